using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.History;

/// <summary>
/// Everything that is kept of one twin for one day of the city: the values of each property, who corrected what, and
/// the aggregates that remain once values are retired.
/// </summary>
public sealed class DayRecord(int day)
{
    /// <summary>Stands for the whole day among aggregates that are kept by the hour.</summary>
    public const int WholeDay = -1;

    private readonly List<DayColumn> _columns = [];

    /// <summary>Local days since 1970-01-01.</summary>
    public int Day { get; } = day;

    /// <summary>By ascending property number.</summary>
    public IReadOnlyList<DayColumn> Columns => _columns;

    /// <summary>The column of a property; made where there is none.</summary>
    public DayColumn ColumnOf(int property)
    {
        var at = IndexOf(property);
        if (at < 0)
            _columns.Insert(at = ~at, new DayColumn(property));
        return _columns[at];
    }

    /// <summary>The column of a property, or null.</summary>
    public DayColumn? Find(int property) => IndexOf(property) is >= 0 and var at ? _columns[at] : null;

    private int IndexOf(int property)
    {
        var (low, high) = (0, _columns.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _columns[middle].Property.CompareTo(property);
            if (order == 0)
                return middle;
            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}

/// <summary>One property of a <see cref="DayRecord"/>.</summary>
public sealed class DayColumn(int property)
{
    /// <summary>The number that the store gave the property's name.</summary>
    public int Property { get; } = property;

    /// <summary>Canonical (<see cref="PointOrder"/>) as sent; corrections stand beside them.</summary>
    public List<HistoryPoint> Points { get; } = [];

    /// <summary>In the order they were made.</summary>
    public List<CorrectedPoint> Corrections { get; } = [];

    /// <summary>
    /// What is left of values that were retired: by hour since the day began, or of the <see
    /// cref="DayRecord.WholeDay"/>.
    /// </summary>
    public SortedDictionary<int, HistoryAggregate> Retired { get; } = [];

    /// <summary>The day's aggregate as it was last written.</summary>
    public HistoryAggregate? Daily { get; internal set; }

    /// <summary>Puts values in, wherever they belong; those that are there already change nothing.</summary>
    public void Merge(IEnumerable<HistoryPoint> points)
    {
        Points.AddRange(points);
        PointOrder.Canonicalise(Points);
    }

    /// <summary>One value an instant: the last that the device sent, or what a person put in its place.</summary>
    public List<HistoryPoint> Standing()
    {
        var standing = PointOrder.Standing(Points);
        foreach (var correction in Corrections)
        {
            var at = IndexOf(standing, correction.After.MeasuredAt);
            if (at >= 0)
                standing[at] = correction.After;
            else
                standing.Insert(~at, correction.After);
        }

        return standing;
    }

    /// <summary>How often the value of an instant was corrected.</summary>
    public int VersionOf(Instant measuredAt)
    {
        var version = 0;
        foreach (var correction in Corrections)
            if (correction.After.MeasuredAt == measuredAt)
                version = correction.Version;
        return version;
    }

    /// <summary>Puts a person's value in place; what stood before is kept.</summary>
    /// <returns>The new version; the one it already has where the same was said before.</returns>
    public int Correct(HistoryCorrection correction)
    {
        var after = new HistoryPoint(
            correction.MeasuredAt, correction.At, correction.Value, correction.Quality, correction.Reason);
        foreach (var made in Corrections)
            if (made.After == after && made.Who == correction.Who && made.Why == correction.Why)
                return made.Version;
        var standing = Standing();
        var at = IndexOf(standing, correction.MeasuredAt);
        var version = VersionOf(correction.MeasuredAt) + 1;
        Corrections.Add(new CorrectedPoint(
            version, at >= 0 ? standing[at] : null, after, correction.Who, correction.Why));
        return version;
    }

    /// <summary>The hours of the day, from what is retired and what is not; null where nothing is known.</summary>
    public HistoryAggregate?[] Hours(int day, Cadence cadence)
    {
        var hours = HistoryFold.Fold(Standing(), HistoryFold.HoursOf(day), cadence);
        foreach (var (hour, retired) in Retired)
            if (hour >= 0 && hour < hours.Length)
                hours[hour] = HistoryAggregate.Merge([hours[hour], retired]);
        return hours;
    }

    /// <summary>The day, from what is retired and what is not; null where nothing is known.</summary>
    public HistoryAggregate? WholeDay(int day, Cadence cadence)
    {
        var hours = Hours(day, cadence);
        Retired.TryGetValue(DayRecord.WholeDay, out var retired);
        return retired is null && Array.TrueForAll(hours, hour => hour is null)
            ? null
            : HistoryAggregate.Merge([retired, .. hours]);
    }

    /// <summary>Keeps hours, or the day alone, in place of values and of the corrections in them.</summary>
    public void Retire(int day, Cadence cadence, bool keepsHours)
    {
        var whole = WholeDay(day, cadence);
        var hours = keepsHours ? Hours(day, cadence) : [];
        Retired.TryGetValue(DayRecord.WholeDay, out var before);
        Retired.Clear();
        Points.Clear();
        Corrections.Clear();
        if (!keepsHours && whole is not null)
            Retired[DayRecord.WholeDay] = whole;
        if (keepsHours && before is not null)
            Retired[DayRecord.WholeDay] = before;
        for (var hour = 0; hour < hours.Length; hour++)
            if (hours[hour] is { } kept)
                Retired[hour] = kept;
    }

    private static int IndexOf(List<HistoryPoint> standing, Instant measuredAt)
    {
        var (low, high) = (0, standing.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = standing[middle].MeasuredAt.CompareTo(measuredAt);
            if (order == 0)
                return middle;
            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
