using System.Runtime.CompilerServices;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.History;

/// <summary>Reads: what waits is looked at before the store, so that a flush in between hides nothing.</summary>
public sealed partial class CityHistory
{
    private long _daysLearnedAt;

    public async IAsyncEnumerable<HistoryPage> ReadAsync(
        HistoryQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = LimitOf(query);
        await foreach (var (twin, column, _, _) in ColumnsAsync(query, query.From, query.To, isDaily: false,
            cancellationToken))
        {
            var points = column!.Standing();
            points.RemoveAll(point => point.MeasuredAt < query.From || point.MeasuredAt >= query.To);
            if (points.Count == 0)
                continue;
            var isHit = points.Count > left;
            var next = isHit ? points[left].MeasuredAt : Instant.Never;
            if (isHit)
                points.RemoveRange(left, points.Count - left);
            left -= points.Count;
            var versions = column.Corrections.Count == 0
                ? null
                : points.ConvertAll(point => column.VersionOf(point.MeasuredAt));
            yield return new HistoryPage(twin, points, versions, isHit, next);
            if (isHit)
                yield break;
        }
    }

    public async IAsyncEnumerable<HistorySpans> AggregatesAsync(
        HistoryQuery query, HistoryPeriod period, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = LimitOf(query);
        var isDaily = period == HistoryPeriod.Day;
        await foreach (var (twin, column, day, daily) in ColumnsAsync(query, query.From, query.To, isDaily,
            cancellationToken))
        {
            var spans = daily is not null
                ? [(CivilTime.StartOf(day), daily)]
                : isDaily ? DayOf(column!, day, twin) : HoursOf(column!, day, twin, query);
            if (spans.Count == 0)
                continue;
            var isHit = spans.Count > left;
            var next = isHit ? spans[left].From : Instant.Never;
            if (isHit)
                spans.RemoveRange(left, spans.Count - left);
            left -= spans.Count;
            yield return new HistorySpans(twin, spans, isHit, next);
            if (isHit)
                yield break;
        }
    }

    public async ValueTask<IReadOnlyList<CorrectedPoint>> CorrectionsAsync(
        TwinHandle twin, ushort slot, Instant from, Instant until, CancellationToken cancellationToken)
    {
        RefuseUnknown(twin, slot);
        string property;
        lock (_gate)
            property = _names.PropertyName(_names.PropertyNumber(twin, slot));
        var found = new List<CorrectedPoint>();
        var query = new HistoryQuery([twin], property, from, until);
        await foreach (var (_, column, _, _) in ColumnsAsync(query, from, until, isDaily: false, cancellationToken))
            found.AddRange(column!.Corrections.Where(
                correction => correction.After.MeasuredAt >= from && correction.After.MeasuredAt < until));
        return [.. found.OrderBy(correction => correction.After.MeasuredAt).ThenBy(correction => correction.Version)];
    }

    private readonly record struct Wanted(TwinHandle Twin, DayKey Key, List<HistoryPoint>? Pending);

    private static int LimitOf(HistoryQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, nameof(query));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, HistoryLimits.RowsMax, nameof(query));
        return query.Limit;
    }

    private List<(Instant From, HistoryAggregate Aggregate)> DayOf(DayColumn column, int day, TwinHandle twin) =>
        column.WholeDay(day, CadenceOf(twin)) is { } whole ? [(CivilTime.StartOf(day), whole)] : [];

    private List<(Instant From, HistoryAggregate Aggregate)> HoursOf(
        DayColumn column, int day, TwinHandle twin, HistoryQuery query)
    {
        var edges = HistoryFold.HoursOf(day);
        var hours = column.Hours(day, CadenceOf(twin));
        var spans = new List<(Instant, HistoryAggregate)>();
        for (var hour = 0; hour < hours.Length; hour++)
            if (hours[hour] is { } known && edges[hour + 1] > query.From && edges[hour] < query.To)
                spans.Add((edges[hour], known));
        return spans;
    }

    private Cadence CadenceOf(TwinHandle twin)
    {
        lock (_gate)
            return _names.CadenceOf(_names.NumberOf(twin));
    }

    // The column of each twin and day that has the property; of a stored day of which nothing waits only the aggregate
    // where that is all that is asked for.
    private async IAsyncEnumerable<(TwinHandle Twin, DayColumn? Column, int Day, HistoryAggregate? Daily)> ColumnsAsync(
        HistoryQuery query, Instant from, Instant to, bool isDaily,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        from = from > HistoryBounds.Earliest ? from : HistoryBounds.Earliest;
        to = to < HistoryBounds.Latest ? to : HistoryBounds.Latest;
        if (from >= to)
            yield break;
        if (_time.GetElapsedTime(Volatile.Read(ref _daysLearnedAt)) >= _options.DaysKnownFor)
            await LearnDaysAsync(cancellationToken);
        var (fromDay, toDay) = (CivilTime.DayOf(from), CivilTime.DayOf(new Instant(to.UnixMilliseconds - 1)));
        var wanted = new List<Wanted>();
        for (var i = 0; i < query.Twins.Count; i++)
        {
            AddWanted(query.Twins[i], query.Property, fromDay, toDay, wanted);
            var isLast = i == query.Twins.Count - 1;
            if (wanted.Count < _options.DaysPerReadMax && !isLast)
                continue;
            for (var first = 0; first < wanted.Count; first += _options.DaysPerReadMax)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var block = wanted.GetRange(first, Math.Min(_options.DaysPerReadMax, wanted.Count - first));
                var bodies = await _store.LoadAsync(block.ConvertAll(day => day.Key), cancellationToken);
                for (var j = 0; j < block.Count; j++)
                    if (ColumnOf(block[j], bodies[j], query.Property, isDaily) is { } found)
                        yield return (block[j].Twin, found.Column, block[j].Key.Day, found.Daily);
            }

            wanted.Clear();
        }
    }

    // Others that write here write on days of which this has never seen anything.
    private async ValueTask LearnDaysAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _daysLearnedAt, _time.GetTimestamp());
        if (await _store.DaysAsync(cancellationToken) is not { } days)
            return;
        lock (_gate)
            foreach (var (day, age) in days)
                _days[day] = age;
    }

    private void AddWanted(TwinHandle twin, string property, int fromDay, int toDay, List<Wanted> wanted)
    {
        lock (_gate)
        {
            var (number, propertyNumber) = (_names.NumberOf(twin), _names.NumberOf(property));
            if (number == HistoryNames.None || propertyNumber == HistoryNames.None)
                return;
            var waiting = new List<PendingValue>();
            _draining.Collect(number, propertyNumber, fromDay, toDay, waiting);
            _filling.Collect(number, propertyNumber, fromDay, toDay, waiting);
            var byDay = waiting.ToLookup(value => value.Key.Day, value => value.Point);
            foreach (var day in DaysBetween(fromDay, toDay).Union(byDay.Select(group => group.Key)).Order())
                wanted.Add(new Wanted(
                    twin, new DayKey(day, number), byDay.Contains(day) ? [.. byDay[day]] : null));
        }
    }

    private IEnumerable<int> DaysBetween(int fromDay, int toDay)
    {
        if ((long)toDay - fromDay < _days.Count)
        {
            for (var day = fromDay; day <= toDay; day++)
                if (_days.ContainsKey(day))
                    yield return day;
            yield break;
        }

        foreach (var day in _days.Keys)
            if (day >= fromDay && day <= toDay)
                yield return day;
    }

    private (DayColumn? Column, HistoryAggregate? Daily)? ColumnOf(
        in Wanted wanted, byte[]? body, string property, bool isDaily)
    {
        int number;
        lock (_gate)
            number = _names.NumberOf(property);
        try
        {
            if (isDaily && wanted.Pending is null)
                return body is not null && DayRecordCodec.ReadDaily(body, wanted.Key.Day, number) is { } daily
                    ? (null, daily)
                    : null;
            var column = body is null ? null : DayRecordCodec.Read(body, wanted.Key.Day, number).Find(number);
            if (wanted.Pending is not null)
                (column ??= new DayColumn(number)).Merge(wanted.Pending);
            return column is null ? null : (column, null);
        }
        catch (HistoryFormatException wrong)
        {
            throw Damaged(wanted.Key, wrong);
        }
    }
}
