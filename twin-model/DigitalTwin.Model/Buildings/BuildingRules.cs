using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Buildings;

/// <summary>Rules of buildings: totals by medium from the meters' changes. Pure.</summary>
public static class BuildingRules
{
    /// <summary>In the order of <see cref="Medium"/>.</summary>
    public static IReadOnlyList<string> SummaryNames { get; } =
    [
        "electricPowerWatts", "coldWaterFlowLitresPerHour", "hotWaterFlowLitresPerHour",
        "gasFlowLitresPerHour", "heatPowerWatts",
    ];

    internal static IReadOnlySet<string> ComputedNames { get; } = SummaryNames.ToHashSet();

    /// <summary>Takes in what one meter of the building changed. A medium without a counted meter has no value, not zero.</summary>
    public static void Apply(
        TwinModel model, ref BuildingState building, ref TwinState state, Span<LatestValue> latest,
        in ContributionChange change, Instant measuredAt, Instant receivedAt, ref Effects effects)
    {
        var medium = (int)change.Medium;
        building.RateThousandths[medium] += change.DeltaThousandths;
        building.Meters[medium] += change.DeltaMeters;
        if (measuredAt > state.MeasuredAt)
            state.MeasuredAt = measuredAt;
        state.HeardAt = receivedAt;
        ref var total = ref latest[model.SummarySlots[medium]];
        if (building.Meters[medium] == 0)
            total.Clear();
        else
            total.Advance(building.RateThousandths[medium] / 1000.0, Quality.Good, state.MeasuredAt, receivedAt);
        state.Freshness = HasAnyMeter(in building) ? Freshness.Live : Freshness.Lost;
        state.Condition = 1;
        state.Revision++;
        effects.Changed = true;
    }

    private static bool HasAnyMeter(in BuildingState building)
    {
        for (var medium = 0; medium < BuildingState.MediumCount; medium++)
            if (building.Meters[medium] > 0)
                return true;
        return false;
    }
}
