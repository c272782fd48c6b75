using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.History;

/// <summary>
/// What is known of a property over an hour, a day or any other span. Merging is exact and of any order; what is
/// written to disk has its sums rounded once, to the nearest double. Bad values are counted and count for nothing else.
/// </summary>
public sealed class HistoryAggregate
{
    private readonly ExactSum _sum = new();
    private readonly ExactSum _weighted = new();
    private readonly ExactSum _resets = new();

    /// <summary>Good and suspect values.</summary>
    public int Count { get; internal set; }

    /// <summary>Those of them that are suspect.</summary>
    public int SuspectCount { get; internal set; }

    public int BadCount { get; internal set; }

    /// <summary>Of the intervals in which a value is expected, how many had one.</summary>
    public int IntervalsSeen { get; internal set; }

    /// <summary>For how long a value stood, in milliseconds.</summary>
    public long CoveredMilliseconds { get; internal set; }

    /// <summary>NaN where nothing was counted, as the other values.</summary>
    public double Min { get; internal set; } = double.NaN;

    public double Max { get; internal set; } = double.NaN;

    public double First { get; internal set; } = double.NaN;

    public double Last { get; internal set; } = double.NaN;

    public Instant FirstAt { get; internal set; } = Instant.Never;

    public Instant LastAt { get; internal set; } = Instant.Never;

    /// <summary>
    /// Whether the first value is that of a register which began anew, so that it does not follow what was before.
    /// </summary>
    public bool BeginsAnew { get; internal set; }

    public double Sum => Count == 0 ? double.NaN : _sum.Value;

    public double Mean => Count == 0 ? double.NaN : _sum.Value / Count;

    /// <summary>Every value counted for as long as it stood.</summary>
    public double TimeWeightedMean =>
        CoveredMilliseconds == 0 ? double.NaN : _weighted.Value / CoveredMilliseconds;

    /// <summary>By how much a register moved where it was replaced or rolled over, which was no consumption.</summary>
    public double Resets => _resets.Value;

    internal double SumOrZero => _sum.Value;

    internal double Weighted => _weighted.Value;

    /// <summary>Share of the expected intervals of a span that had a value, 0 to 1.</summary>
    public double Completeness(TimeSpan span, TimeSpan interval) =>
        Math.Min(1, IntervalsSeen / Math.Max(1, Math.Round(span / interval)));

    /// <summary>What is known of spans together that do not overlap, in whatever order they are given.</summary>
    public static HistoryAggregate Merge(IEnumerable<HistoryAggregate?> spans)
    {
        var merged = new HistoryAggregate();
        foreach (var span in spans)
            if (span is not null)
                merged.Add(span);
        return merged;
    }

    internal void AddValue(in HistoryPoint point)
    {
        if (!point.IsUsable)
        {
            BadCount++;
            return;
        }

        Count++;
        if (point.Quality == Telemetry.Quality.Suspect)
            SuspectCount++;
        _sum.Add(point.Value);
        TakeEnds(point.Value, point.MeasuredAt, point.Value, point.MeasuredAt, beginsAnew: false);
        (Min, Max) = (Lower(Min, point.Value), Higher(Max, point.Value));
    }

    internal void AddStanding(double value, long milliseconds)
    {
        _weighted.AddProduct(value, milliseconds);
        CoveredMilliseconds += milliseconds;
    }

    internal void AddSums(double sum, double weighted, double resets)
    {
        _sum.Add(sum);
        _weighted.Add(weighted);
        _resets.Add(resets);
    }

    internal void AddReset(double from, double to)
    {
        _resets.Add(to);
        _resets.Add(-from);
    }

    private void Add(HistoryAggregate other)
    {
        Count += other.Count;
        SuspectCount += other.SuspectCount;
        BadCount += other.BadCount;
        IntervalsSeen += other.IntervalsSeen;
        CoveredMilliseconds += other.CoveredMilliseconds;
        _sum.Add(other._sum);
        _weighted.Add(other._weighted);
        _resets.Add(other._resets);
        if (other.Count == 0)
            return;
        TakeEnds(other.First, other.FirstAt, other.Last, other.LastAt, other.BeginsAnew);
        (Min, Max) = (Lower(Min, other.Min), Higher(Max, other.Max));
    }

    private void TakeEnds(double first, Instant firstAt, double last, Instant lastAt, bool beginsAnew)
    {
        if (FirstAt.IsNever || firstAt < FirstAt || (firstAt == FirstAt && first < First))
            (First, FirstAt, BeginsAnew) = (first, firstAt, beginsAnew);
        if (LastAt.IsNever || lastAt > LastAt || (lastAt == LastAt && last > Last))
            (Last, LastAt) = (last, lastAt);
    }

    private static double Lower(double a, double b) => double.IsNaN(a) || b < a ? b : a;

    private static double Higher(double a, double b) => double.IsNaN(a) || b > a ? b : a;
}
