using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Twins;

/// <summary>What a map or a list shows of a twin.</summary>
public struct TwinSummary
{
    public TwinHandle Twin;
    public byte Condition;
    public Freshness Freshness;
    public Quality Quality;
    public Instant MeasuredAt;
    public Measures Measures;

    public static TwinSummary Of(
        TwinHandle twin, ReadOnlySpan<int> summarySlots, in TwinState state, ReadOnlySpan<LatestValue> latest)
    {
        var summary = new TwinSummary
        {
            Twin = twin,
            Condition = state.Condition,
            Freshness = state.Freshness,
            Quality = state.Quality,
            MeasuredAt = state.MeasuredAt,
        };
        for (var i = 0; i < Measures.CountMax; i++)
            summary.Measures[i] = i < summarySlots.Length ? (float)latest[summarySlots[i]].ValueOrNaN : float.NaN;
        return summary;
    }
}
