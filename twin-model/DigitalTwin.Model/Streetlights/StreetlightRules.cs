using System.Globalization;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Streetlights;

/// <summary>What a passer-by sees; the numbers are part of the frame format.</summary>
public enum LightCondition : byte
{
    Unknown = 0,
    Off = 1,
    On = 2,
    Dimmed = 3,
    Failed = 4,

    /// <summary>Dark when it should burn, though it reports no failure.</summary>
    UnexpectedlyOff = 5,

    /// <summary>Burns when it should be dark.</summary>
    BurnsByDay = 6,
}

/// <summary>
/// Rules of streetlights: what was asked for, what the controller says it does and what it does are kept apart
/// (TALQ 2.7.1 targetLightCommand, feedbackLightCommand, actualLightState). Pure.
/// </summary>
public static class StreetlightRules
{
    // A gap longer than this says nothing of the energy between.
    private const double MeteringGapSecondsMax = 3_600;

    public static IReadOnlyList<string> SummaryNames { get; } = ["dimLevelPercent", "activePowerWatts", "requestedDimPercent"];

    internal static IReadOnlySet<string> ComputedNames { get; } = new HashSet<string> { "plannedDimPercent", "energyWattHours" };

    /// <summary>A new light's memory, from what the import says of it.</summary>
    public static LightState StateFor(IReadOnlyDictionary<string, string> attributes, LightingProgrammes programmes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        ArgumentNullException.ThrowIfNull(programmes);
        var state = new LightState { Programme = (byte)programmes.IndexOf(attributes.GetValueOrDefault("lightingProgramme")) };
        if (attributes.TryGetValue("nominalPowerWatts", out var text)
            && float.TryParse(text, CultureInfo.InvariantCulture, out var watts) && watts > 0)
            state.NominalPowerWatts = watts;
        return state;
    }

    /// <summary>What the light is to do now: an operator's level until it expires, else its programme's.</summary>
    public static double PlannedPercent(in LightState light, LightingCalendar calendar, Instant time)
    {
        ArgumentNullException.ThrowIfNull(calendar);
        return IsOverridden(in light, time) ? light.OverridePercent : calendar.PercentAt(light.Programme, time);
    }

    internal static void Observe(ref TwinScope scope, in LatestValue before, int slot)
    {
        var rules = (LightRuleSet)scope.Rules.Kind!;
        ref readonly var value = ref scope.Latest[slot];
        if (!value.IsUsable)
            return;
        if (slot == rules.Level)
        {
            Meter(ref scope, rules, scope.ValueOf(rules.Power), value.MeasuredAt);
            CountSwitch(ref scope, rules, in before, value.Value > 0, value.MeasuredAt);
            ObserveLevel(ref scope, rules, value.Value, value.MeasuredAt);
            // A message may name the power before the level that explains it; an older power says nothing of
            // this level.
            if (value.Value <= 0 || scope.Latest[rules.Power].MeasuredAt >= value.MeasuredAt)
                ObserveFailure(in scope, rules, value.MeasuredAt);
        }
        else if (slot == rules.Power)
        {
            Meter(ref scope, rules, before.IsUsable ? before.Value : double.NaN, value.MeasuredAt);
            ObserveFailure(in scope, rules, value.MeasuredAt);
        }
        else if (slot == rules.LampFailure || slot == rules.GearFailure)
        {
            ObserveFailure(in scope, rules, value.MeasuredAt);
        }
        else if (slot == rules.SupplyVoltage)
        {
            scope.Observe(rules.SupplyLoss.Position,
                value.Value < rules.SupplyLossVolts ? AlarmTest.Raise
                : value.Value >= rules.SupplyRecoverVolts ? AlarmTest.Clear : AlarmTest.Hold, value.MeasuredAt, value.Value);
        }
        else if (slot == rules.GearTemperature)
        {
            scope.Observe(rules.Overheat.Position,
                value.Value > rules.OverheatCelsius ? AlarmTest.Raise
                : value.Value <= rules.OverheatClearCelsius ? AlarmTest.Clear : AlarmTest.Hold, value.MeasuredAt, value.Value);
        }
    }

    internal static LightCondition Assess(in TwinScope scope)
    {
        var rules = (LightRuleSet)scope.Rules.Kind!;
        // OMA LwM2M 3416/5 and 3416/7: the controller itself says that lamp or gear has failed.
        if (scope.Latest[rules.LampFailure] is { IsUsable: true, Value: not 0 }
            || scope.Latest[rules.GearFailure] is { IsUsable: true, Value: not 0 }
            || scope.IsActive(rules.LampFailureAlarm.Position))
            return LightCondition.Failed;
        ref readonly var level = ref scope.Latest[rules.Level];
        if (!level.IsUsable)
            return LightCondition.Unknown;
        return (level.Value, scope.Light.Obedience) switch
        {
            (<= 0, LightObedience.IsOff) => LightCondition.UnexpectedlyOff,
            ( > 0, LightObedience.IsOn) => LightCondition.BurnsByDay,
            (<= 0, _) => LightCondition.Off,
            ( < 100, _) => LightCondition.Dimmed,
            _ => LightCondition.On,
        };
    }

    internal static void Count(in TwinScope scope, ref Share share)
    {
        if (scope.State.Freshness == Freshness.NeverReported)
            return;
        share.Count(RollupMeasure.Lights);
        if (scope.State.Freshness == Freshness.Lost)
        {
            share.Count(RollupMeasure.LightsSilent);
            return;
        }

        var rules = (LightRuleSet)scope.Rules.Kind!;
        var power = scope.ValueOf(rules.Power);
        if (!double.IsNaN(power))
            share.SetAmount(RollupMeasure.LightingPowerMilliwatts, Tally.Thousandths(power));
        switch ((LightCondition)scope.State.Condition)
        {
            case LightCondition.Failed:
                share.Count(RollupMeasure.LightsFailed);
                return;
            case LightCondition.UnexpectedlyOff:
                share.Count(RollupMeasure.LightsUnexpectedlyOff);
                return;
            case LightCondition.BurnsByDay:
                share.Count(RollupMeasure.LightsBurningByDay);
                share.Count(RollupMeasure.LightsOn);
                return;
            case LightCondition.On or LightCondition.Dimmed:
                share.Count(RollupMeasure.LightsOn);
                break;
        }

        if (scope.Light.Obedience == LightObedience.Obeys)
            share.Count(RollupMeasure.LightsObeying);
    }

    /// <summary>Puts an operator's level before the programme until a time; a time that has passed ends it.</summary>
    public static void Override(ref LightState light, double percent, Instant until) =>
        (light.OverridePercent, light.OverrideUntilSeconds) = Stored(percent, until);

    /// <summary>Ends the override of this level and time; another one stands on.</summary>
    public static void EndOverride(ref LightState light, double percent, Instant until)
    {
        if ((light.OverridePercent, light.OverrideUntilSeconds) == Stored(percent, until))
            light.OverrideUntilSeconds = 0;
    }

    private static (byte Percent, uint UntilSeconds) Stored(double percent, Instant until) =>
        ((byte)Math.Clamp(percent, 0, 100), (uint)Math.Max(0, until.UnixMilliseconds / 1000));

    private static bool IsOverridden(in LightState light, Instant time) =>
        light.OverrideUntilSeconds > time.UnixMilliseconds / 1000;

    private static void ObserveLevel(ref TwinScope scope, LightRuleSet rules, double percent, Instant at)
    {
        ref var light = ref scope.Light;
        var calendar = scope.Rules.City.Lighting;
        double planned = light.OverridePercent;
        var fits = IsOverridden(in light, at)
            ? calendar.IsNear(planned, percent)
            : calendar.Fits(light.Programme, at, percent, out planned);
        light.Obedience = fits ? LightObedience.Obeys
            : percent <= 0 ? LightObedience.IsOff
            : planned <= 0 ? LightObedience.IsOn
            : LightObedience.WrongLevel;
        scope.Compute(rules.Planned, planned, at);
        scope.Observe(rules.UnexpectedOff.Position, Is(light.Obedience == LightObedience.IsOff), at, planned);
        scope.Observe(rules.DayBurner.Position, Is(light.Obedience == LightObedience.IsOn), at, percent);
        scope.Observe(rules.WrongLevel.Position, Is(light.Obedience == LightObedience.WrongLevel), at, percent);
    }

    private static void CountSwitch(
        ref TwinScope scope, LightRuleSet rules, in LatestValue before, bool isOn, Instant at)
    {
        ref var light = ref scope.Light;
        var seconds = (uint)(at.UnixMilliseconds / 1000);
        if (seconds - light.SwitchWindowSeconds >= 3_600)
        {
            light.SwitchWindowSeconds = seconds;
            light.Switches = 0;
        }

        // The first level that is known is no switching.
        if (before.HasValue && isOn != light.WasOn)
            light.Switches = (byte)Math.Min(light.Switches + 1, byte.MaxValue);
        light.WasOn = isOn;
        scope.Observe(rules.Cycling.Position, Is(light.Switches >= rules.SwitchesPerHour), at, light.Switches);
    }

    // Dark gear under a burning command: the lamp is gone even where no flag says so. By day that cannot be seen, so
    // what was found at night stands until the lamp burns.
    private static void ObserveFailure(in TwinScope scope, LightRuleSet rules, Instant at)
    {
        var power = scope.ValueOf(rules.Power);
        var level = scope.ValueOf(rules.Level);
        var nominal = scope.Light.NominalPowerWatts;
        var drawsNothing = nominal > 0 && level > 0 && power < nominal * level / 100 * rules.PowerShareMin;
        var isFlagged = scope.Latest[rules.LampFailure] is { IsUsable: true, Value: not 0 };
        if (drawsNothing)
            scope.Light.DrewNothing = true;
        else if ((level > 0 && !double.IsNaN(power)) || !scope.IsActive(rules.LampFailureAlarm.Position))
            scope.Light.DrewNothing = false;
        scope.Observe(rules.LampFailureAlarm.Position,
            isFlagged || drawsNothing ? AlarmTest.Raise : scope.Light.DrewNothing ? AlarmTest.Hold : AlarmTest.Clear, at, power);
        scope.Observe(rules.GearFailureAlarm.Position,
            Is(scope.Latest[rules.GearFailure] is { IsUsable: true, Value: not 0 }), at, power);
    }

    // From here on power and level are as told; what they were before, they were until now.
    private static void Meter(ref TwinScope scope, LightRuleSet rules, double powerBefore, Instant at)
    {
        ref var light = ref scope.Light;
        var seconds = (uint)(at.UnixMilliseconds / 1000);
        var gap = (long)seconds - light.MeteredAtSeconds;
        if (light.MeteredAtSeconds != 0 && gap > 0 && gap <= MeteringGapSecondsMax)
        {
            if (!double.IsNaN(powerBefore))
                light.EnergyWattHours += powerBefore * gap / 3_600;
            if (light.WasOn)
                light.BurntSeconds += (uint)gap;
            scope.Compute(rules.Energy, light.EnergyWattHours, at);
        }

        light.MeteredAtSeconds = Math.Max(light.MeteredAtSeconds, seconds);
    }

    private static AlarmTest Is(bool condition) => condition ? AlarmTest.Raise : AlarmTest.Clear;
}

/// <summary>Slots, alarms and numbers of a light's model.</summary>
internal sealed class LightRuleSet(TwinRuleSet rules)
{
    public int Level { get; } = rules.Model.SlotOf("dimLevelPercent");
    public int Power { get; } = rules.Model.SlotOf("activePowerWatts");
    public int LampFailure { get; } = rules.Model.SlotOf("lampFailure");
    public int GearFailure { get; } = rules.Model.SlotOf("controlGearFailure");
    public int SupplyVoltage { get; } = rules.Model.SlotOf("supplyVoltageVolts");
    public int GearTemperature { get; } = rules.Model.SlotOf("gearTemperatureCelsius");
    public int Planned { get; } = rules.Model.SlotOf("plannedDimPercent");
    public int Energy { get; } = rules.Model.SlotOf("energyWattHours");
    public AlarmHandle LampFailureAlarm { get; } = new(rules, "LAMP_FAILURE");
    public AlarmHandle GearFailureAlarm { get; } = new(rules, "GEAR_FAILURE");
    public AlarmHandle DayBurner { get; } = new(rules, "DAY_BURNER");
    public AlarmHandle UnexpectedOff { get; } = new(rules, "UNEXPECTED_OFF");
    public AlarmHandle WrongLevel { get; } = new(rules, "WRONG_LEVEL");
    public AlarmHandle Cycling { get; } = new(rules, "CYCLING");
    public AlarmHandle SupplyLoss { get; } = new(rules, "SUPPLY_LOSS");
    public AlarmHandle Overheat { get; } = new(rules, "OVERHEAT");
    public double PowerShareMin { get; } = new AlarmHandle(rules, "LAMP_FAILURE").Number("powerShareMin");
    public double SwitchesPerHour { get; } = new AlarmHandle(rules, "CYCLING").Number("switchesPerHour");
    public double SupplyLossVolts { get; } = new AlarmHandle(rules, "SUPPLY_LOSS").Number("belowVolts");
    public double SupplyRecoverVolts { get; } = new AlarmHandle(rules, "SUPPLY_LOSS").Number("recoverVolts");
    public double OverheatCelsius { get; } = new AlarmHandle(rules, "OVERHEAT").Number("aboveCelsius");
    public double OverheatClearCelsius { get; } = new AlarmHandle(rules, "OVERHEAT").Number("clearCelsius");
}
