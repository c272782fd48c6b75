using System.Text.Json;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// What the annunciated alarms cost their operators, by ten minutes for 30 days; older periods are forgotten.
/// </summary>
internal sealed class AlarmLoad(AlarmNorms norms)
{
    public const long PeriodMilliseconds = 600_000;
    private const int PeriodsKept = 30 * 144;
    private const int PeriodsPerDay = 144;
    private const int DaysKept = 31;
    private const int TopSources = 10;

    private readonly SortedDictionary<long, Period> _periods = [];
    private readonly SortedDictionary<long, Dictionary<string, int>> _sourcesByDay = [];

    /// <summary>The board's first input.</summary>
    public Instant StartedAt { get; private set; } = Instant.Never;

    public void Start(Instant now) => StartedAt = StartedAt.IsNever ? now : StartedAt;

    public void Annunciate(Instant now, AlarmPriority priority, string sourceId)
    {
        PeriodOf(now).Annunciated[(int)priority]++;
        var day = PeriodNumber(now) / PeriodsPerDay;
        if (!_sourcesByDay.TryGetValue(day, out var sources))
        {
            _sourcesByDay[day] = sources = new Dictionary<string, int>(StringComparer.Ordinal);
            Forget(_sourcesByDay, day - DaysKept);
        }

        // Sources beyond the bound are in the total and in nobody's share: a day of so many has no top ten.
        if (sources.TryGetValue(sourceId, out var count) || sources.Count < norms.Capacity.SourcesPerDayMax)
            sources[sourceId] = count + 1;
    }

    public void Acknowledge(Instant now, TimeSpan waited)
    {
        var period = PeriodOf(now);
        period.Acknowledged++;
        period.WaitedMilliseconds += (long)waited.TotalMilliseconds;
    }

    public void Fleet(Instant now) => PeriodOf(now).Fleeting++;

    /// <param name="now">The board's clock: nothing is known of later.</param>
    public AlarmKpis Report(Instant from, Instant to, Instant now, int operators, AlarmIndex index)
    {
        operators = Math.Max(1, operators);
        var last = PeriodNumber(to <= now ? to.Plus(TimeSpan.FromMilliseconds(-1)) : now);
        var oldest = PeriodNumber(StartedAt.IsNever ? now : StartedAt);
        var first = Math.Max(Math.Max(PeriodNumber(from), oldest), PeriodNumber(now) - PeriodsKept + 1);
        var window = _periods.Where(entry => entry.Key >= first && entry.Key <= last).ToList();
        var periodCount = Math.Max(0, last - first + 1);
        var total = window.Sum(entry => entry.Value.Total);
        var top = Top(first / PeriodsPerDay, last / PeriodsPerDay);
        var values = Rates(window, first, last, total, operators)
            .Concat(Nuisances(window, index))
            .Concat(Shares(window, total, top))
            .Select(figure => new AlarmKpi(
                figure.Code, periodCount == 0 ? null : figure.Value,
                norms.Targets.FirstOrDefault(t => t.Code == figure.Code)));
        return new AlarmKpis(
            StartOf(first), StartOf(last + 1), operators, total, [.. values], top,
            [.. index.Chattering.Take(norms.Capacity.EntriesPerQueryMax).Select(alarm => alarm.Id)],
            [.. window.Select(entry => new AlarmPeriod(StartOf(entry.Key), entry.Value.Total))]);
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("startedAt", StartedAt.UnixMilliseconds);
        writer.WriteStartArray("periods");
        foreach (var (number, period) in _periods)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(number);
            foreach (var count in period.Annunciated)
                writer.WriteNumberValue(count);
            writer.WriteNumberValue(period.Fleeting);
            writer.WriteNumberValue(period.Acknowledged);
            writer.WriteNumberValue(period.WaitedMilliseconds);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteStartObject("sources");
        foreach (var (day, sources) in _sourcesByDay)
        {
            writer.WriteStartObject(day.ToString(System.Globalization.CultureInfo.InvariantCulture));
            foreach (var (source, count) in sources.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                writer.WriteNumber(source, count);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    public void Read(JsonElement json)
    {
        StartedAt = new Instant(json.GetProperty("startedAt").GetInt64());
        foreach (var row in json.GetProperty("periods").EnumerateArray())
        {
            var period = new Period();
            var count = period.Annunciated.Length;
            for (var priority = 0; priority < count; priority++)
                period.Annunciated[priority] = row[1 + priority].GetInt32();
            period.Fleeting = row[count + 1].GetInt32();
            period.Acknowledged = row[count + 2].GetInt32();
            period.WaitedMilliseconds = row[count + 3].GetInt64();
            _periods[row[0].GetInt64()] = period;
        }

        foreach (var day in json.GetProperty("sources").EnumerateObject())
            _sourcesByDay[long.Parse(day.Name, System.Globalization.CultureInfo.InvariantCulture)] = day.Value
                .EnumerateObject()
                .ToDictionary(source => source.Name, source => source.Value.GetInt32(), StringComparer.Ordinal);
    }

    private IEnumerable<(string Code, double? Value)> Rates(
        List<KeyValuePair<long, Period>> window, long first, long last, int total, int operators)
    {
        double count = Math.Max(1, last - first + 1);
        var mean = total / count / operators;
        double PerOperator(Period period) => (double)period.Total / operators;
        var hours = window
            .GroupBy(entry => entry.Key / 6)
            .Count(hour => hour.Sum(entry => PerOperator(entry.Value)) > 30);
        yield return ("averagePerTenMinutes", mean);
        yield return ("averagePerHour", mean * 6);
        yield return ("averagePerDay", mean * PeriodsPerDay);
        yield return ("maximumPerTenMinutes", window.Select(entry => PerOperator(entry.Value)).DefaultIfEmpty().Max());
        yield return ("timeInFloodShare", PeriodsInFlood(first, last, operators) / count);
        yield return ("periodsAboveTenShare", window.Count(entry => PerOperator(entry.Value) > 10) / count);
        yield return ("hoursAboveThirtyShare", hours / Math.Ceiling(count / 6));
    }

    private static IEnumerable<(string Code, double? Value)> Nuisances(
        List<KeyValuePair<long, Period>> window, AlarmIndex index)
    {
        var acknowledged = window.Sum(entry => entry.Value.Acknowledged);
        yield return ("stale", index.StaleCount);
        yield return ("chattering", index.Chattering.Count);
        yield return ("fleeting", window.Sum(entry => entry.Value.Fleeting));
        yield return ("meanSecondsToAcknowledge", acknowledged == 0
            ? null
            : window.Sum(entry => entry.Value.WaitedMilliseconds) / 1000.0 / acknowledged);
    }

    private static IEnumerable<(string Code, double? Value)> Shares(
        List<KeyValuePair<long, Period>> window, int total, AlarmSource[] top)
    {
        double? Share(params AlarmPriority[] priorities) => total == 0
            ? null
            : (double)window.Sum(entry => priorities.Sum(priority => entry.Value.Annunciated[(int)priority])) / total;
        yield return ("topTenShare", total == 0 ? null : top.Sum(source => source.Share));
        yield return ("lowShare", Share(AlarmPriority.Low));
        yield return ("mediumShare", Share(AlarmPriority.Medium));
        yield return ("highShare", Share(AlarmPriority.High, AlarmPriority.Critical));
        yield return ("criticalShare", Share(AlarmPriority.Critical));
    }

    // ISA-18.2 §16.5.4: a flood lasts from a period above the one limit until a period below the other.
    private int PeriodsInFlood(long first, long last, int operators)
    {
        var count = 0;
        var isFlood = false;
        // From before the window, since a flood may have started there.
        for (var number = _periods.Keys.DefaultIfEmpty(first).First(); number <= last; number++)
        {
            var rate = _periods.TryGetValue(number, out var period) ? (double)period.Total / operators : 0;
            isFlood = isFlood ? rate >= norms.FloodEndsBelow : rate > norms.FloodStartsAbove;
            count += isFlood && number >= first ? 1 : 0;
        }

        return count;
    }

    // Sources are counted by day, so the window is rounded out to whole days.
    private AlarmSource[] Top(long firstDay, long lastDay)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (source, count) in _sourcesByDay
            .Where(day => day.Key >= firstDay && day.Key <= lastDay)
            .SelectMany(day => day.Value))
            counts[source] = counts.GetValueOrDefault(source) + count;
        var total = _periods
            .Where(entry => entry.Key / PeriodsPerDay >= firstDay && entry.Key / PeriodsPerDay <= lastDay)
            .Sum(entry => entry.Value.Total);
        return [.. counts
            .OrderByDescending(entry => entry.Value)
            .ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(TopSources)
            .Select(entry => new AlarmSource(entry.Key, entry.Value, (double)entry.Value / Math.Max(total, 1)))];
    }

    private Period PeriodOf(Instant now)
    {
        var number = PeriodNumber(now);
        if (_periods.TryGetValue(number, out var period))
            return period;
        _periods[number] = period = new Period();
        Forget(_periods, number - PeriodsKept);
        return period;
    }

    private static void Forget<T>(SortedDictionary<long, T> byNumber, long newestForgotten)
    {
        while (byNumber.Keys.First() is var oldest && oldest <= newestForgotten)
            byNumber.Remove(oldest);
    }

    private static long PeriodNumber(Instant at) =>
        (long)Math.Floor((decimal)at.UnixMilliseconds / PeriodMilliseconds);

    private static Instant StartOf(long period) => new(period * PeriodMilliseconds);

    private sealed class Period
    {
        public int[] Annunciated { get; } = new int[(int)AlarmPriority.Critical + 1];

        public int Fleeting { get; set; }

        public int Acknowledged { get; set; }

        public long WaitedMilliseconds { get; set; }

        public int Total => Annunciated.Sum();
    }
}
