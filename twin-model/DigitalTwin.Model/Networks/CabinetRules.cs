using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Networks;

/// <summary>What is to be seen of a lighting cabinet; the numbers are part of the frame format.</summary>
public enum CabinetCondition : byte
{
    Unknown = 0,
    Off = 1,
    On = 2,
    DoorOpen = 3,

    /// <summary>No supply, a contactor that does not follow, or many lamps that do not work.</summary>
    Alarm = 4,
}

/// <summary>Rules of lighting control cabinets (ШУНО): contactor against plan, supply, and the lamps as a group. Pure.</summary>
public static class CabinetRules
{
    internal static IReadOnlySet<string> AlarmsOfSums { get; } = new HashSet<string> { "LAMPS_OUT", "LAMPS_BURN_BY_DAY" };

    private const double SecondsPerHour = 3_600;

    // A cabinet that was silent for longer is believed to have burnt for so long.
    private const long StepSecondsMax = 3_600;

    public static IReadOnlyList<string> SummaryNames { get; } =
        ["activePowerWatts", "contactorClosed", "doorOpen", "lightsOn", "lightsFailed"];

    internal static IReadOnlySet<string> ComputedNames { get; } = new HashSet<string>
    {
        "lights", "lightsOn", "lightsFailed", "lightsUnexpectedlyOff", "lightsBurningByDay", "lightsSilent",
        "lightsObeying", "lightingPowerWatts", "burningHours",
    };

    public static NetworkState StateFor(
        IReadOnlyDictionary<string, string> attributes, LightingProgrammes programmes, int lights)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        ArgumentNullException.ThrowIfNull(programmes);
        return new NetworkState
        {
            Served = lights,
            Programme = (byte)programmes.IndexOf(attributes.GetValueOrDefault("lightingProgramme")),
        };
    }

    internal static CabinetCondition Assess(in TwinScope scope)
    {
        var rules = (CabinetRuleSet)scope.Rules.Kind!;
        if (rules.Troubles.Any(scope))
            return CabinetCondition.Alarm;
        if (scope.Latest[rules.Door] is { IsUsable: true, Value: not 0 })
            return CabinetCondition.DoorOpen;
        ref readonly var contactor = ref scope.Latest[rules.Contactor];
        if (!contactor.IsUsable)
            return CabinetCondition.Unknown;
        return contactor.Value != 0 ? CabinetCondition.On : CabinetCondition.Off;
    }

    internal static void Observe(ref TwinScope scope, in LatestValue before, int slot)
    {
        var rules = (CabinetRuleSet)scope.Rules.Kind!;
        ref readonly var value = ref scope.Latest[slot];
        if (!value.IsUsable)
            return;
        if (slot == rules.Contactor)
        {
            // From here on the contactor is as told; what it was before, it was until now.
            if (before is { IsUsable: true, Value: not 0 })
                scope.Network.BurntSeconds += (uint)Math.Clamp(
                    value.MeasuredAt.UnixMilliseconds / 1000 - before.MeasuredAt.UnixMilliseconds / 1000,
                    0, StepSecondsMax);
            scope.Compute(rules.BurningHours, scope.Network.BurntSeconds / SecondsPerHour, value.MeasuredAt);
            var fits = scope.Rules.City.Lighting.FitsOnOff(scope.Network.Programme, value.MeasuredAt, value.Value != 0);
            scope.Observe(rules.ContactorAlarm.Position, Is(!fits), value.MeasuredAt, value.Value);
        }
        else if (slot == rules.Door)
        {
            scope.Observe(rules.DoorAlarm.Position, Is(value.Value != 0), value.MeasuredAt, value.Value);
        }
        else if (slot == rules.Voltage)
        {
            scope.Observe(rules.SupplyLoss.Position,
                value.Value < rules.SupplyLossVolts ? AlarmTest.Raise
                : value.Value >= rules.SupplyRecoverVolts ? AlarmTest.Clear : AlarmTest.Hold, value.MeasuredAt, value.Value);
        }
        else if (slot == rules.Register && before.IsUsable && value.Value >= before.Value && value.MeasuredAt > before.MeasuredAt)
        {
            FeederRules.CloseHours(ref scope, before.MeasuredAt, value.MeasuredAt, value.Value - before.Value, value.Value);
        }
    }

    /// <summary>Takes in the sums of its lamps: one alarm for many of them.</summary>
    internal static void ApplySums(ref TwinScope scope, in Tally sums)
    {
        var rules = (CabinetRuleSet)scope.Rules.Kind!;
        foreach (var (measure, slot, divisor) in rules.Sums)
            scope.Compute(slot, sums.Of(measure) / divisor, scope.Now);
        var lamps = sums.Of(RollupMeasure.Lights);
        var dark = sums.Of(RollupMeasure.LightsFailed) + sums.Of(RollupMeasure.LightsUnexpectedlyOff);
        var byDay = sums.Of(RollupMeasure.LightsBurningByDay);
        scope.Observe(
            rules.LampsOut.Position, Is(dark >= rules.LampsOutMin && dark > rules.LampsOutShare * lamps), scope.Now, dark);
        scope.Observe(
            rules.BurnByDay.Position, Is(byDay >= rules.BurnByDayMin && byDay > rules.BurnByDayShare * lamps), scope.Now, byDay);
    }

    private static AlarmTest Is(bool condition) => condition ? AlarmTest.Raise : AlarmTest.Clear;
}

/// <summary>Slots, alarms and numbers of a cabinet's model.</summary>
internal sealed class CabinetRuleSet
{
    public CabinetRuleSet(TwinRuleSet rules)
    {
        Contactor = rules.Model.SlotOf("contactorClosed");
        Door = rules.Model.SlotOf("doorOpen");
        Voltage = rules.Model.SlotOf("voltageL1Volts");
        Register = rules.Model.SlotOf("activeEnergyImportWattHours");
        BurningHours = rules.Model.SlotOf("burningHours");
        Sums = GroupSlots.Of(rules);
        ContactorAlarm = new AlarmHandle(rules, "CONTACTOR");
        DoorAlarm = new AlarmHandle(rules, "DOOR");
        SupplyLoss = new AlarmHandle(rules, "SUPPLY_LOSS");
        LampsOut = new AlarmHandle(rules, "LAMPS_OUT");
        BurnByDay = new AlarmHandle(rules, "LAMPS_BURN_BY_DAY");
        LampsOutShare = LampsOut.Number("share");
        LampsOutMin = LampsOut.Number("lampsMin");
        BurnByDayShare = BurnByDay.Number("share");
        BurnByDayMin = BurnByDay.Number("lampsMin");
        SupplyLossVolts = SupplyLoss.Number("belowVolts");
        SupplyRecoverVolts = SupplyLoss.Number("recoverVolts");
        Troubles = new AlarmSet(ContactorAlarm, SupplyLoss, LampsOut, BurnByDay);
    }

    public int Contactor { get; }
    public int Door { get; }
    public int Voltage { get; }
    public int Register { get; }
    public int BurningHours { get; }
    public IReadOnlyList<GroupSlot> Sums { get; }
    public AlarmHandle ContactorAlarm { get; }
    public AlarmHandle DoorAlarm { get; }
    public AlarmHandle SupplyLoss { get; }
    public AlarmHandle LampsOut { get; }
    public AlarmHandle BurnByDay { get; }
    public AlarmSet Troubles { get; }
    public double LampsOutShare { get; }
    public double LampsOutMin { get; }
    public double BurnByDayShare { get; }
    public double BurnByDayMin { get; }
    public double SupplyLossVolts { get; }
    public double SupplyRecoverVolts { get; }
}

/// <summary>Some alarms of a model, asked together.</summary>
internal sealed class AlarmSet(params AlarmHandle[] alarms)
{
    public bool Any(in TwinScope scope)
    {
        foreach (var alarm in alarms)
            if (scope.IsActive(alarm.Position))
                return true;
        return false;
    }
}
