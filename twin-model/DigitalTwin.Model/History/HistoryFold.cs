using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.History;

/// <summary>How often a property is expected to report, and for how long its value stands when it does not.</summary>
/// <param name="Interval">Above zero.</param>
/// <param name="Hold">A value stands until the next one, but no longer than this.</param>
public readonly record struct Cadence(TimeSpan Interval, TimeSpan Hold);

/// <summary>
/// Makes aggregates from values: the same from the same values, so late ones and corrections are a new fold.
/// </summary>
public static class HistoryFold
{
    private const int StepsMax = 1_000_000;

    /// <summary>The edges of the hours of a day of the city: 25, or 26 where the clocks went back.</summary>
    public static Instant[] HoursOf(int day) => Edges(CivilTime.StartOf(day), CivilTime.StartOf(day + 1),
        TimeSpan.FromHours(1));

    /// <summary>Edges of equal steps from a time on; the last step is cut where the span ends.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is not above zero, or there would be more than a
    /// million.</exception>
    public static Instant[] Edges(Instant from, Instant to, TimeSpan step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step.TotalMilliseconds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((to - from) / step, StepsMax);
        var edges = new List<Instant>();
        for (var edge = from; edge < to; edge = edge.Plus(step))
            edges.Add(edge);
        edges.Add(to);
        return [.. edges];
    }

    /// <summary>The edges of the city's days that touch a span.</summary>
    public static Instant[] Days(Instant from, Instant to)
    {
        var first = CivilTime.DayOf(from);
        return [.. Enumerable.Range(first, CivilTime.DayOf(new Instant(to.UnixMilliseconds - 1)) - first + 2)
            .Select(CivilTime.StartOf)];
    }

    /// <summary>One aggregate for each span between two edges; null where it had no value and none stood.</summary>
    /// <param name="standing">In order, one an instant, as <see cref="PointOrder.Standing"/> gives them.</param>
    public static HistoryAggregate?[] Fold(
        IReadOnlyList<HistoryPoint> standing, ReadOnlySpan<Instant> edges, Cadence cadence)
    {
        var spans = new HistoryAggregate?[Math.Max(0, edges.Length - 1)];
        var lastUsable = -1;
        var span = 0;
        var intervalSeen = long.MinValue;
        for (var i = 0; i < standing.Count; i++)
        {
            var point = standing[i];
            while (span < spans.Length && point.MeasuredAt >= edges[span + 1])
                span++;
            var isInside = span < spans.Length && point.MeasuredAt >= edges[0];
            var next = i + 1 < standing.Count ? standing[i + 1].MeasuredAt : edges[^1];
            if (point.IsUsable)
                Stand(spans, edges, point, Earlier(next, point.MeasuredAt.Plus(cadence.Hold)));
            if (isInside)
            {
                var into = spans[span] ??= new HistoryAggregate();
                into.AddValue(point);
                if (point.IsUsable)
                {
                    NoteReset(into, standing, lastUsable, point);
                    var interval = (long)((point.MeasuredAt - edges[0]) / cadence.Interval);
                    if (interval != intervalSeen)
                        into.IntervalsSeen++;
                    intervalSeen = interval;
                }
            }

            if (point.IsUsable)
                lastUsable = i;
        }

        return spans;
    }

    private static void NoteReset(
        HistoryAggregate into, IReadOnlyList<HistoryPoint> standing, int before, in HistoryPoint point)
    {
        if (point.Reason is not (QualityReason.Replaced or QualityReason.Rollover))
            return;
        if (before >= 0)
            into.AddReset(standing[before].Value, point.Value);
        else
            into.BeginsAnew = true;
    }

    private static void Stand(
        HistoryAggregate?[] spans, ReadOnlySpan<Instant> edges, in HistoryPoint point, Instant until)
    {
        var from = point.MeasuredAt;
        var at = edges.BinarySearch(from);
        for (var span = Math.Max(0, at >= 0 ? at : ~at - 1); span < spans.Length && edges[span] < until; span++)
        {
            var start = from > edges[span] ? from : edges[span];
            var milliseconds = Earlier(until, edges[span + 1]).UnixMilliseconds - start.UnixMilliseconds;
            if (milliseconds > 0)
                (spans[span] ??= new HistoryAggregate()).AddStanding(point.Value, milliseconds);
        }
    }

    private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;
}
