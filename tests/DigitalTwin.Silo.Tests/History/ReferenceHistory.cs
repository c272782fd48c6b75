using System.Runtime.CompilerServices;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Tests.History;

/// <summary>
/// The port in plain lists, without buffer, codec or store: what the contract means, and a check of the contract
/// itself.
/// </summary>
public sealed class ReferenceHistory(CityGraph graph, HistoryPolicy policy, ReferenceHistory.Disk disk) : IHistory
{
    /// <summary>What survives a restart.</summary>
    public sealed class Disk
    {
        public SortedDictionary<(int Day, string Twin), SortedDictionary<string, DayColumn>> Days { get; } = [];

        public ulong Sequence { get; set; }
    }

    private readonly Lock _one = new();
    private readonly List<(ulong Sequence, HistoryValue[] Values)> _waiting = [];

    public ulong LastSequence => disk.Sequence;

    public HistoryCounters Counters => default;

    public ValueTask<bool> AppendAsync(
        ulong sequence, ReadOnlyMemory<HistoryValue> values, CancellationToken cancellationToken)
    {
        foreach (var value in values.Span)
            if (value.Twin.Ordinal >= graph.Count || value.Slot >= graph.ModelOf(value.Twin).SlotCount
                || !HistoryBounds.Takes(value.Point))
                throw new ArgumentException("refused", nameof(values));
        lock (_one)
        {
            if (sequence <= disk.Sequence || _waiting.Exists(batch => batch.Sequence >= sequence))
                return new(false);
            _waiting.Add((sequence, values.ToArray()));
            return new(true);
        }
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        lock (_one)
        {
            foreach (var (sequence, values) in _waiting)
            {
                foreach (var value in values)
                    Column(value.Twin, PropertyOf(value.Twin, value.Slot), CivilTime.DayOf(value.Point.MeasuredAt))
                        .Merge([value.Point]);
                disk.Sequence = sequence;
            }

            _waiting.Clear();
            return default;
        }
    }

    public async ValueTask<int> CorrectAsync(HistoryCorrection correction, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(correction.Who);
        ArgumentException.ThrowIfNullOrWhiteSpace(correction.Why);
        await FlushAsync(cancellationToken);
        var column = Column(correction.Twin, PropertyOf(correction.Twin, correction.Slot),
            CivilTime.DayOf(correction.MeasuredAt));
        return column.Retired.Count > 0 ? throw new HistoryRefusedException("retired") : column.Correct(correction);
    }

    public async ValueTask<IReadOnlyList<CorrectedPoint>> CorrectionsAsync(
        TwinHandle twin, ushort slot, Instant from, Instant until, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        return [.. Columns(twin, PropertyOf(twin, slot)).SelectMany(day => day.Column.Corrections)
            .Where(correction => correction.After.MeasuredAt >= from && correction.After.MeasuredAt < until)
            .OrderBy(correction => correction.After.MeasuredAt).ThenBy(correction => correction.Version)];
    }

    public async IAsyncEnumerable<HistoryPage> ReadAsync(
        HistoryQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        List<HistoryPage> pages;
        lock (_one)
            pages = [.. Pages(query)];
        foreach (var page in pages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return page;
        }
    }

    private IEnumerable<HistoryPage> Pages(HistoryQuery query)
    {
        var left = query.Limit;
        foreach (var twin in query.Twins)
            foreach (var (_, column) in Columns(twin, query.Property))
            {
                var points = column.Standing()
                    .Where(point => point.MeasuredAt >= query.From && point.MeasuredAt < query.To).ToList();
                if (points.Count == 0)
                    continue;
                var kept = points.Take(left).ToList();
                var isHit = kept.Count < points.Count;
                left -= kept.Count;
                yield return new HistoryPage(twin, kept,
                    column.Corrections.Count == 0 ? null : kept.ConvertAll(point => column.VersionOf(point.MeasuredAt)),
                    isHit, isHit ? points[kept.Count].MeasuredAt : Instant.Never);
                if (isHit)
                    yield break;
            }
    }

    public async IAsyncEnumerable<HistorySpans> AggregatesAsync(
        HistoryQuery query, HistoryPeriod period, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        var left = query.Limit;
        foreach (var twin in query.Twins)
        {
            var cadence = policy.CadenceOf(graph.ModelOf(twin).Kind, graph.ExpectedIntervalOf(twin));
            foreach (var (day, column) in Columns(twin, query.Property))
            {
                var (start, end) = (CivilTime.StartOf(day), CivilTime.StartOf(day + 1));
                if (end <= query.From || start >= query.To)
                    continue;
                var spans = period == HistoryPeriod.Day
                    ? column.WholeDay(day, cadence) is { } whole ? [(start, whole)] : []
                    : column.Hours(day, cadence)
                        .Select((aggregate, hour) => (From: start.Plus(TimeSpan.FromHours(hour)), aggregate!))
                        .Where(span => span.Item2 is not null && span.From < query.To
                            && span.From.Plus(TimeSpan.FromHours(1)) > query.From).ToList();
                if (spans.Count == 0)
                    continue;
                var kept = spans.Take(left).ToList();
                var isHit = kept.Count < spans.Count;
                left -= kept.Count;
                yield return new HistorySpans(twin, kept, isHit, isHit ? spans[kept.Count].Item1 : Instant.Never);
                if (isHit)
                    yield break;
            }
        }
    }

    public async ValueTask<RetentionOutcome> RetainAsync(Instant now, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        var (retired, dropped) = (0, 0);
        foreach (var ((day, twinId), columns) in disk.Days.ToList())
        {
            graph.TryFind(twinId, out var twin);
            var kept = policy.Of(graph.ModelOf(twin).Kind);
            var age = CivilTime.DayOf(now) - day;
            if (age > kept.DailyDays)
            {
                disk.Days.Remove((day, twinId));
                dropped++;
            }
            else if (age > kept.RawDays && columns.Values.Any(column => column.Points.Count > 0
                || (age > kept.HourlyDays && column.Retired.Keys.Any(hour => hour >= 0))))
            {
                var cadence = policy.CadenceOf(graph.ModelOf(twin).Kind, graph.ExpectedIntervalOf(twin));
                foreach (var column in columns.Values)
                    column.Retire(day, cadence, keepsHours: age <= kept.HourlyDays);
                retired++;
            }
        }

        return new RetentionOutcome(0, retired, dropped);
    }

    public async IAsyncEnumerable<HistoryDay> ExportAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        foreach (var ((day, twin), columns) in disk.Days)
        {
            var record = new DayRecord(day);
            var names = new Dictionary<int, string>();
            foreach (var (name, column) in columns)
            {
                names.Add(names.Count, name);
                Join(record.ColumnOf(names.Count - 1), column);
            }

            yield return new HistoryDay(twin, record, names);
        }
    }

    public ValueTask ImportAsync(HistoryDay day, CancellationToken cancellationToken)
    {
        graph.TryFind(day.TwinId, out var twin);
        foreach (var column in day.Record.Columns)
            Join(Column(twin, day.Properties[column.Property], day.Record.Day), column);
        return default;
    }

    public ValueTask BackupAsync(string folder, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask DisposeAsync() => FlushAsync(CancellationToken.None);

    private static void Join(DayColumn into, DayColumn from)
    {
        if (into.Points.Count + into.Retired.Count > 0 && into.Retired.Count > 0 != from.Retired.Count > 0)
            return;
        into.Merge(from.Points);
        into.Corrections.AddRange(from.Corrections.Except(into.Corrections));
        foreach (var (hour, aggregate) in from.Retired)
            into.Retired.TryAdd(hour, aggregate);
    }

    private string PropertyOf(TwinHandle twin, int slot) => graph.ModelOf(twin).Slots[slot].Name;

    private DayColumn Column(TwinHandle twin, string property, int day)
    {
        var key = (day, graph.IdOf(twin));
        if (!disk.Days.TryGetValue(key, out var columns))
            disk.Days.Add(key, columns = []);
        if (!columns.TryGetValue(property, out var column))
            columns.Add(property, column = new DayColumn(0));
        return column;
    }

    private List<(int Day, DayColumn Column)> Columns(TwinHandle twin, string property) =>
        [.. disk.Days.Where(day => day.Key.Twin == graph.IdOf(twin) && day.Value.ContainsKey(property))
            .Select(day => (day.Key.Day, day.Value[property]))];
}
