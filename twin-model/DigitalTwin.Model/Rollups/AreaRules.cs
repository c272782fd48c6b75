using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Rollups;

/// <summary>Rules of districts, polycentres and the city: they carry the sums of what lies in them, and their air. Pure.</summary>
public static class AreaRules
{
    internal static IReadOnlySet<string> ComputedNames { get; } = new HashSet<string>(GroupSlots.Names)
    {
        "officialEuropeanAqiLevel", "officialUsAqi", "officialMaximumOneTimeMultiple", "officialPosts",
        "indicativeEuropeanAqiLevel", "indicativeUsAqi", "indicativeSensors",
    };

    internal static void ApplySums(ref TwinScope scope, in Tally sums)
    {
        var rules = (AreaRuleSet)scope.Rules.Kind!;
        foreach (var (measure, slot, divisor) in rules.Sums)
            if (sums.Of(RollupMeasures.CountBehind(measure)) > 0 || scope.Latest[slot].HasValue)
                scope.Compute(slot, sums.Of(measure) / divisor, scope.Now);
    }

    /// <summary>Official posts and indicative sensors, side by side and never in one figure; null where there are none.</summary>
    internal static void ApplyAir(ref TwinScope scope, AirAggregate? official, AirAggregate? indicative)
    {
        var rules = (AreaRuleSet)scope.Rules.Kind!;
        if (official is not null)
        {
            Show(in scope, rules.OfficialLevel, official.Median.EuropeanAqi?.Value, Quality.Good);
            Show(in scope, rules.OfficialUsAqi, official.Median.UsAqi?.Value, Quality.Good);
            Show(in scope, rules.OfficialMultiple, official.Worst.MaximumOneTimeMultiple?.Index.Value, Quality.Good);
            scope.Compute(rules.OfficialPosts, official.SensorCount, scope.Now);
        }

        if (indicative is not null)
        {
            Show(in scope, rules.IndicativeLevel, indicative.Median.EuropeanAqi?.Value, Quality.Suspect);
            Show(in scope, rules.IndicativeUsAqi, indicative.Median.UsAqi?.Value, Quality.Suspect);
            scope.Compute(rules.IndicativeSensors, indicative.SensorCount, scope.Now);
        }
    }

    // A figure of sensors that have all fallen silent is no figure of now.
    private static void Show(in TwinScope scope, int slot, double? value, Quality quality)
    {
        if (value is { } known)
            scope.Compute(slot, known, scope.Now, quality);
        else if (slot >= 0)
            scope.Latest[slot].Clear();
    }
}

/// <summary>Slots of an area's model.</summary>
internal sealed class AreaRuleSet(TwinRuleSet rules)
{
    public IReadOnlyList<GroupSlot> Sums { get; } = GroupSlots.Of(rules);
    public int OfficialLevel { get; } = rules.SlotOf("officialEuropeanAqiLevel");
    public int OfficialUsAqi { get; } = rules.SlotOf("officialUsAqi");
    public int OfficialMultiple { get; } = rules.SlotOf("officialMaximumOneTimeMultiple");
    public int OfficialPosts { get; } = rules.SlotOf("officialPosts");
    public int IndicativeLevel { get; } = rules.SlotOf("indicativeEuropeanAqiLevel");
    public int IndicativeUsAqi { get; } = rules.SlotOf("indicativeUsAqi");
    public int IndicativeSensors { get; } = rules.SlotOf("indicativeSensors");
}
