using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Meters;

/// <summary>What is to be seen of a meter at a glance; the numbers are part of the frame format.</summary>
public enum MeterCondition : byte
{
    Unknown = 0,
    Normal = 1,

    /// <summary>A leak or a burst, by the meter's own word or by ours.</summary>
    Leak = 2,

    /// <summary>Somebody meddled with it.</summary>
    Tamper = 3,

    /// <summary>An electricity meter whose phases are all without voltage.</summary>
    NoSupply = 4,

    /// <summary>Some other alarm condition is on.</summary>
    Alarm = 5,
}

/// <summary>Rules of utility meters of the five media. Pure.</summary>
public static class MeterRules
{
    public const string DeviationName = "deviationSpreads";

    internal static IReadOnlySet<string> ComputedNames { get; } =
        new HashSet<string> { DeviationName, "lastHourEnergyWattHours", "lastHourVolumeLitres" };

    /// <summary>Rate first, then the register.</summary>
    public static IReadOnlyList<string> SummaryNames(string modelId) => MediumOf(modelId) switch
    {
        Medium.Electricity => ["activePowerWatts", "activeEnergyImportWattHours"],
        Medium.Heat => ["heatPowerWatts", "heatEnergyWattHours"],
        null => [],
        _ => ["flowLitresPerHour", "volumeLitres"],
    };

    internal static string LastHourName(string modelId) =>
        MediumOf(modelId) is Medium.Electricity or Medium.Heat ? "lastHourEnergyWattHours" : "lastHourVolumeLitres";

    /// <summary>The medium of a meter model; none for the common base.</summary>
    public static Medium? MediumOf(string modelId) => modelId switch
    {
        "dtmi:kz:almaty:ElectricityMeter;1" => Medium.Electricity,
        "dtmi:kz:almaty:ColdWaterMeter;1" => Medium.ColdWater,
        "dtmi:kz:almaty:HotWaterMeter;1" => Medium.HotWater,
        "dtmi:kz:almaty:GasMeter;1" => Medium.Gas,
        "dtmi:kz:almaty:HeatMeter;1" => Medium.Heat,
        _ => null,
    };

    /// <summary>A new meter's memory, from what the import says of it.</summary>
    public static MeterState StateFor(IReadOnlyDictionary<string, string> attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var state = new MeterState { DayMinimumFlow = float.MaxValue, DeviationSpreads = float.NaN };
        if (attributes.TryGetValue("permanentFlowLitresPerHour", out var text)
            && float.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var flow) && flow > 0)
            state.PermanentFlowLitresPerHour = flow;
        if (attributes.TryGetValue("occupied", out var occupied) && occupied == "false")
            state.Flags |= MeterFlags.Unoccupied;
        return state;
    }

    internal static void Observe(ref TwinScope scope, in LatestValue before, int slot)
    {
        var rules = MeterRuleSet.Of(scope.Rules);
        var role = rules.RoleOf(slot);
        ref readonly var value = ref scope.Latest[slot];
        if (role == MeterRole.None || !value.IsUsable)
            return;
        if (role == MeterRole.Register)
        {
            ObserveRegister(ref scope, rules, in before, in value);
            return;
        }

        if (role == MeterRole.Rate)
            scope.Meter.Flags |= MeterFlags.HasOwnRate;
        MeterAlarms.Observe(ref scope, rules, role, value.Value, value.MeasuredAt);
    }

    internal static MeterCondition Assess(in TwinScope scope)
    {
        var rules = MeterRuleSet.Of(scope.Rules);
        if (scope.IsActive(rules.Outage.Position) || (scope.Meter.Flags & MeterFlags.WithoutSupply) != 0)
            return MeterCondition.NoSupply;
        if (scope.IsActive(rules.Tamper.Position) || scope.IsActive(rules.Magnet.Position) || scope.IsActive(rules.Cover.Position))
            return MeterCondition.Tamper;
        if (scope.IsActive(rules.Leak.Position) || scope.IsActive(rules.Burst.Position))
            return MeterCondition.Leak;
        return scope.State.ActiveAlarms > 0 ? MeterCondition.Alarm : MeterCondition.Normal;
    }

    internal static void Count(in TwinScope scope, ref Share share)
    {
        var rules = MeterRuleSet.Of(scope.Rules);
        var slot = rules.Slot(MeterRole.Rate);
        if (slot < 0 || rules.Medium is not { } medium)
            return;
        if (scope.State.Freshness == Freshness.NeverReported)
            return;
        // The measure names the medium even where there is nothing to add.
        share.SetAmount(RateOf(medium), 0);
        share.Count(RollupMeasure.Meters);
        if (scope.State.ActiveAlarms > 0)
            share.Count(RollupMeasure.MetersInAlarm);
        if (scope.State.Freshness == Freshness.Lost)
        {
            share.Count(RollupMeasure.MetersSilent);
            return;
        }

        ref readonly var rate = ref scope.Latest[slot];
        if (!rate.IsUsable)
            return;
        share.SetAmount(RateOf(medium), Tally.Thousandths(rate.Value));
        share.Count(RollupMeasures.CountBehind(RateOf(medium)));
    }

    private static RollupMeasure RateOf(Medium medium) =>
        (RollupMeasure)((int)RollupMeasure.ElectricPowerMilliwatts + (int)medium);

    private static void ObserveRegister(
        ref TwinScope scope, MeterRuleSet rules, in LatestValue before, in LatestValue value)
    {
        if (!before.IsUsable)
        {
            scope.Meter.MovedAtSeconds = (uint)(value.MeasuredAt.UnixMilliseconds / 1000);
            return;
        }

        var consumed = MeterScreening.Consumed(rules.Screening, before.Value, value.Value, value.Reason);
        if (value.Reason is QualityReason.Replaced or QualityReason.Rollover)
            scope.Meter.Hours.Shift(value.Value - before.Value - consumed);
        if (value.MeasuredAt > before.MeasuredAt)
            MeterHours.Advance(ref scope, rules, before.MeasuredAt, consumed, value.Value, value.MeasuredAt);
    }
}
