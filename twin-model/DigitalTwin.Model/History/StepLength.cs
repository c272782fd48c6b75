using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.History;

/// <summary>
/// How long the steps of a question to history are. Steps lie in the city's calendar: those within a day begin at its
/// midnight and the last one ends with it, a week begins on Monday, a month with its first day.
/// </summary>
public sealed class StepLength
{
    private const int MinutesPerDay = 24 * 60;
    private const int DaysPerWeek = 7;

    // 1970-01-01, day 0, was a Thursday.
    private const int DaysFromMondayToDayZero = 3;

    private readonly int _minutes;

    private StepLength(string name, int minutes, HistoryPeriod? source)
    {
        Name = name;
        _minutes = minutes;
        Source = source;
    }

    /// <summary>Every length that can be asked for, ascending.</summary>
    public static IReadOnlyList<StepLength> All { get; } =
    [
        Minutes(1), Minutes(5), Minutes(10), Minutes(15), Minutes(20), Minutes(30), Hours(1), Hours(2), Hours(3), Hours(4),
        Hours(6), Hours(8), Hours(12), new("1d", MinutesPerDay, HistoryPeriod.Day),
        new("1w", DaysPerWeek * MinutesPerDay, HistoryPeriod.Day), new("1mo", 0, HistoryPeriod.Day),
    ];

    /// <summary>As in a query's <c>step</c>.</summary>
    public string Name { get; }

    /// <summary>What the steps are made of; null where only the values are fine enough.</summary>
    public HistoryPeriod? Source { get; }

    private bool IsMonth => _minutes == 0;

    public static bool TryParse(string name, out StepLength step)
    {
        step = All.FirstOrDefault(known => known.Name == name)!;
        return step is not null;
    }

    /// <summary>When the step that holds a time begins.</summary>
    public Instant FloorOf(Instant time)
    {
        var day = CivilTime.DayOf(time);
        if (IsMonth)
        {
            var date = CivilTime.DateOf(time);
            return CivilTime.StartOf(new DateOnly(date.Year, date.Month, 1));
        }

        if (_minutes > MinutesPerDay)
            return CivilTime.StartOf(day - (day + DaysFromMondayToDayZero) % DaysPerWeek);
        var start = CivilTime.StartOf(day);
        var length = _minutes * CivilTime.MillisecondsPerMinute;
        return _minutes == MinutesPerDay
            ? start
            : new Instant(start.UnixMilliseconds + (time.UnixMilliseconds - start.UnixMilliseconds) / length * length);
    }

    /// <summary>When the step ends that begins at a time.</summary>
    public Instant EndOf(Instant start)
    {
        if (IsMonth)
            return CivilTime.StartOf(CivilTime.DateOf(start).AddMonths(1));
        var day = CivilTime.DayOf(start);
        if (_minutes >= MinutesPerDay)
            return CivilTime.StartOf(day + _minutes / MinutesPerDay);
        var (end, midnight) = (start.Plus(TimeSpan.FromMinutes(_minutes)), CivilTime.StartOf(day + 1));
        return end < midnight ? end : midnight;
    }

    /// <summary>The edges of the steps that touch a span, one more than there are steps.</summary>
    /// <param name="to">After <paramref name="from"/>.</param>
    public Instant[] EdgesOf(Instant from, Instant to)
    {
        var edges = new List<Instant> { FloorOf(from) };
        while (edges[^1] < to)
            edges.Add(EndOf(edges[^1]));
        return [.. edges];
    }

    /// <summary>About how many steps a span has; none is cut.</summary>
    public double CountIn(TimeSpan span) => span.TotalMinutes / (IsMonth ? 28 * MinutesPerDay : _minutes);

    public override string ToString() => Name;

    private static StepLength Minutes(int minutes) => new($"{minutes}m", minutes, source: null);

    private static StepLength Hours(int hours) => new($"{hours}h", hours * 60, HistoryPeriod.Hour);
}
