using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Twins;

/// <summary>
/// The one place where a twin's state changes: <c>(state, input, time) → state, effects</c>. Pure and deterministic;
/// the same inputs in the same order give the same state in every engine.
/// </summary>
public static class TwinRules
{
    /// <summary>Takes in one reading. <paramref name="latest"/> has one element a slot of <paramref name="model"/>.</summary>
    public static ApplyStatus Apply(
        TwinModel model, ref TwinState state, Span<LatestValue> latest, in Reading reading,
        Instant receivedAt, TimeSpan expectedInterval, FreshnessPolicy policy, ref Effects effects)
    {
        if (receivedAt > state.HeardAt)
            state.HeardAt = receivedAt;
        var before = ContributionOf(model, in state, latest);
        var status = latest[reading.Slot].Advance(reading.Value, reading.Quality, reading.MeasuredAt, receivedAt);
        if (status != ApplyStatus.Advanced)
            return status;

        if (reading.MeasuredAt > state.MeasuredAt)
            state.MeasuredAt = reading.MeasuredAt;
        state.Freshness = FreshnessRules.Judge(state.MeasuredAt, receivedAt, expectedInterval, policy);
        state.Condition = Assess(model, latest, in reading, receivedAt);
        state.Quality = WorstQuality(model.SummarySlots, latest);
        state.Revision++;
        effects.Changed = true;
        effects.Contribution = ContributionChange.Between(before, ContributionOf(model, in state, latest));
        return status;
    }

    /// <summary>Looks at the clock: a silent twin turns stale, then lost. Returns whether anything changed.</summary>
    public static bool Refresh(
        TwinModel model, ref TwinState state, ReadOnlySpan<LatestValue> latest,
        Instant now, TimeSpan expectedInterval, FreshnessPolicy policy, ref Effects effects)
    {
        // A building is as fresh as its meters, which report their own silence as a change of contribution.
        if (model.Kind == TwinKind.Building)
            return false;
        var freshness = FreshnessRules.Judge(state.MeasuredAt, now, expectedInterval, policy);
        if (freshness == state.Freshness)
            return false;
        var before = ContributionOf(model, in state, latest);
        state.Freshness = freshness;
        state.Revision++;
        effects.Changed = true;
        effects.Contribution = ContributionChange.Between(before, ContributionOf(model, in state, latest));
        return true;
    }

    /// <summary>What the twin adds to its building now; a lost meter adds nothing.</summary>
    public static Contribution ContributionOf(TwinModel model, in TwinState state, ReadOnlySpan<LatestValue> latest) =>
        model.Kind == TwinKind.UtilityMeter ? MeterRules.ContributionOf(model, in state, latest) : Contribution.None;

    private static byte Assess(TwinModel model, Span<LatestValue> latest, in Reading reading, Instant receivedAt) =>
        model.Kind switch
        {
            TwinKind.UtilityMeter => (byte)MeterRules.Assess(model, latest),
            TwinKind.Streetlight => (byte)StreetlightRules.Assess(model, latest),
            TwinKind.AirQualitySensor => (byte)AirQualityRules.Assess(model, latest, reading.MeasuredAt, receivedAt),
            TwinKind.Feeder => (byte)FeederRules.Assess(model, latest),
            TwinKind.LightingCabinet => (byte)CabinetRules.Assess(model, latest),
            _ => 1,
        };

    private static Quality WorstQuality(ReadOnlySpan<int> slots, ReadOnlySpan<LatestValue> latest)
    {
        var worst = Quality.Good;
        foreach (var slot in slots)
            if (latest[slot].Quality > worst)
                worst = latest[slot].Quality;
        return worst;
    }
}
