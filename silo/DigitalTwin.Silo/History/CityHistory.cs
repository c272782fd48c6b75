using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.History;

/// <summary>
/// The city's history over a store of days: values wait in memory, where reads see them, until a flush joins them with
/// their days. Every join may be done again, so that a crash between two transactions only costs the work.
/// </summary>
public sealed partial class CityHistory : IHistory
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _appending = new(1, 1);
    private readonly SemaphoreSlim _flushing = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly IDayStore _store;
    private readonly HistoryOptions _options;
    private readonly TimeProvider _time;
    private readonly HistoryPolicy _policy;
    private readonly HistoryNames _names;
    private readonly SortedDictionary<int, int> _days;
    private readonly ITimer _timer;
    private PendingValues _filling;
    private PendingValues _draining;
    private Task _background = Task.CompletedTask;
    private ulong _accepted;
    private ulong _drainedUpTo;
    private ulong _stored;
    private HistoryCounters _counters;

    private CityHistory(
        IDayStore store, CityGraph graph, StoreCatalog catalog, HistoryPolicy policy, HistoryOptions options,
        TimeProvider time)
    {
        _store = store;
        (_options, _time) = (options, time);
        _policy = policy;
        _names = new HistoryNames(graph, catalog, policy);
        _days = catalog.Days;
        _daysLearnedAt = time.GetTimestamp();
        _accepted = _drainedUpTo = _stored = catalog.Sequence;
        _filling = new PendingValues(options.ValuesBufferedMax / 2);
        _draining = new PendingValues(options.ValuesBufferedMax / 2);
        _timer = time.CreateTimer(_ => FlushInBackground(), null, options.FlushInterval, options.FlushInterval);
    }

    public ulong LastSequence
    {
        get
        {
            lock (_gate)
                return _stored;
        }
    }

    public HistoryCounters Counters
    {
        get
        {
            lock (_gate)
                return _counters with { ValuesBuffered = _filling.Count + _draining.Count };
        }
    }

    /// <summary>Opens history in a folder of its own, or makes it.</summary>
    /// <exception cref="HistoryStoreException">A file is damaged, another program's, or of a newer version.</exception>
    public static ValueTask<CityHistory> OpenSqliteAsync(
        string folder, CityGraph graph, HistoryPolicy policy, HistoryOptions options, TimeProvider time,
        CancellationToken cancellationToken) =>
        OpenAsync(new SqliteDayStore(folder), graph, policy, options, time, cancellationToken);

    /// <summary>Opens history on a server, and makes its tables where there are none.</summary>
    /// <exception cref="HistoryStoreException">
    /// The server cannot be reached, or its schema is of a newer version.
    /// </exception>
    public static ValueTask<CityHistory> OpenPostgresAsync(
        string connectionString, CityGraph graph, HistoryPolicy policy, HistoryOptions options, TimeProvider time,
        CancellationToken cancellationToken) =>
        OpenPostgresAsync(
            new HistoryServer(connectionString, Writer: null), graph, policy, options, time, cancellationToken);

    /// <summary>The same under the name that the server's settings give this process; the options' name counts otherwise.</summary>
    /// <inheritdoc cref="OpenPostgresAsync(string, CityGraph, HistoryPolicy, HistoryOptions, TimeProvider, CancellationToken)"/>
    public static ValueTask<CityHistory> OpenPostgresAsync(
        HistoryServer server, CityGraph graph, HistoryPolicy policy, HistoryOptions options, TimeProvider time,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        options = options with { Writer = server.Writer ?? options.Writer };
        return OpenAsync(
            new PostgresDayStore(
                server, time, options, () => [.. graph.All().Select(graph.IdOf)],
                () => [.. graph.Catalog.Models.SelectMany(model => model.Slots).Select(slot => slot.Name).Distinct()]),
            graph, policy, options, time, cancellationToken);
    }

    public async ValueTask<bool> AppendAsync(
        ulong sequence, ReadOnlyMemory<HistoryValue> values, CancellationToken cancellationToken)
    {
        Refuse(sequence, values.Span);
        bool isHalfFull;
        await _appending.WaitAsync(cancellationToken);
        try
        {
            lock (_gate)
                if (sequence <= _accepted)
                    return false;
            while (!HasRoomFor(values.Length))
                await FlushAsync(cancellationToken);
            lock (_gate)
            {
                foreach (var value in values.Span)
                    _filling.Add(new PendingValue(
                        _names.Number(value.Twin), _names.PropertyNumber(value.Twin, value.Slot), value.Point));
                _accepted = sequence;
                _counters = _counters with { ValuesAppended = _counters.ValuesAppended + values.Length };
                isHalfFull = _filling.Count > _filling.Capacity / 2;
            }
        }
        finally
        {
            _appending.Release();
        }

        if (isHalfFull)
            FlushInBackground();
        return true;
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _flushing.WaitAsync(cancellationToken);
        try
        {
            // What an earlier flush could not store goes first, and then what came since.
            for (var turn = 0; turn < 2; turn++)
                if (TakeWhatWaits())
                    await DrainAsync(cancellationToken);
        }
        finally
        {
            _flushing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        Task background;
        lock (_gate)
            background = _background;
        await background;
        try
        {
            await FlushAsync(CancellationToken.None);
        }
        catch (HistoryStoreException)
        {
            // What is not stored is delivered again from LastSequence on.
        }

        await _ending.CancelAsync();
        await _store.DisposeAsync();
        _ending.Dispose();
        _appending.Dispose();
        _flushing.Dispose();
    }

    internal static async ValueTask<CityHistory> OpenAsync(
        IDayStore store, CityGraph graph, HistoryPolicy policy, HistoryOptions options, TimeProvider time,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(
            options.ValuesBufferedMax, 2 * HistoryLimits.ValuesPerAppendMax, nameof(options));
        try
        {
            var catalog = await store.OpenAsync(cancellationToken);
            return new CityHistory(store, graph, catalog, policy, options, time);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private void Refuse(ulong sequence, ReadOnlySpan<HistoryValue> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(values.Length, HistoryLimits.ValuesPerAppendMax, nameof(values));
        foreach (var value in values)
        {
            RefuseUnknown(value.Twin, value.Slot);
            RefuseValue(value.Point);
        }
    }

    private void RefuseUnknown(TwinHandle twin, int slot)
    {
        if (!_names.IsKnown(twin, slot))
            throw new ArgumentException($"There is no slot {slot} of a twin {twin.Ordinal}.", nameof(slot));
    }

    private static void RefuseValue(in HistoryPoint point)
    {
        if (!HistoryBounds.Takes(point))
            throw new ArgumentException($"{point} is no value of a city.", nameof(point));
    }

    private bool HasRoomFor(int values)
    {
        lock (_gate)
            return _filling.HasRoomFor(values);
    }

    private bool TakeWhatWaits()
    {
        lock (_gate)
        {
            if (_draining.Count > 0 || _drainedUpTo > _stored)
                return true;
            if (_accepted == _stored)
                return false;
            (_filling, _draining) = (_draining, _filling);
            _drainedUpTo = _accepted;
            return true;
        }
    }

    private async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        var written = 0L;
        var values = _draining.InStoreOrder();
        await LearnDaysAsync(cancellationToken);
        for (var first = 0; first < values.Length;)
        {
            var changes = new StoreChanges();
            var next = await JoinAsync(values, first, changes, cancellationToken);
            if (!await TryCommitAsync(changes, cancellationToken))
                continue;
            first = next;
            written += changes.Days.Count;
        }

        await TryCommitAsync(new StoreChanges { Sequence = _drainedUpTo }, cancellationToken);
        lock (_gate)
        {
            _draining.Clear();
            _stored = _drainedUpTo;
            _counters = _counters with
            {
                Flushes = _counters.Flushes + 1, DaysWritten = _counters.DaysWritten + written,
            };
        }
    }

    private async ValueTask<int> JoinAsync(
        PendingValue[] values, int first, StoreChanges changes, CancellationToken cancellationToken)
    {
        var starts = new List<int>();
        var end = first;
        while (end < values.Length)
        {
            if (end == first || values[end].Key != values[end - 1].Key)
            {
                if (starts.Count == _options.DaysPerCommitMax)
                    break;
                starts.Add(end);
            }

            end++;
        }

        var bodies = await _store.LoadAsync(starts.ConvertAll(start => values[start].Key), cancellationToken);
        for (var i = 0; i < starts.Count; i++)
        {
            var to = i + 1 < starts.Count ? starts[i + 1] : end;
            var key = values[starts[i]].Key;
            var record = ReadWhole(bodies[i], key);
            changes.ValuesOverBound += Join(record, values.AsSpan(starts[i]..to));
            var body = Body(record, key.Twin);
            // What is delivered again costs no write.
            if (bodies[i] is not { } before || !before.AsSpan().SequenceEqual(body))
                changes.Days.Add(new StoredDay(key, body) { Before = bodies[i] });
        }

        return end;
    }

    // Returns how many values found no room.
    private static int Join(DayRecord record, ReadOnlySpan<PendingValue> values)
    {
        var room = HistoryBounds.PointsPerDayMax - record.Columns.Sum(column => column.Points.Count);
        var taken = Math.Min(values.Length, room);
        for (var first = 0; first < taken;)
        {
            var points = new List<HistoryPoint>();
            var property = values[first].Property;
            for (; first < taken && values[first].Property == property; first++)
                points.Add(values[first].Point);
            record.ColumnOf(property).Merge(points);
        }

        return values.Length - taken;
    }

    private byte[] Body(DayRecord record, int twin)
    {
        Cadence cadence;
        lock (_gate)
            cadence = _names.CadenceOf(twin);
        return DayRecordCodec.Write(record, _ => cadence);
    }

    private DayRecord ReadWhole(byte[]? body, DayKey key)
    {
        try
        {
            return body is null ? new DayRecord(key.Day) : DayRecordCodec.Read(body, key.Day);
        }
        catch (HistoryFormatException wrong)
        {
            throw Damaged(key, wrong);
        }
    }

    private HistoryStoreException Damaged(DayKey key, HistoryFormatException wrong)
    {
        lock (_gate)
            return new HistoryStoreException(_store.Name,
                $"{CivilTime.StartOf(key.Day)} of {_names.TwinId(key.Twin)}: {wrong.Message}", wrong);
    }

    // False where another process has written one of the days since it was loaded: it is to be joined again.
    private async ValueTask<bool> TryCommitAsync(StoreChanges changes, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _names.AddNew(changes);
            // A day that is written to again has values to retire again.
            foreach (var day in changes.Days)
                if (_days.GetValueOrDefault(day.Key.Day, -1) >= 0)
                    changes.RetiredAges.TryAdd(day.Key.Day, -1);
        }

        if (changes.IsEmpty)
            return true;
        try
        {
            if (!await _store.CommitAsync(changes, cancellationToken))
                return false;
        }
        catch (HistoryStoreException)
        {
            lock (_gate)
                _counters = _counters with { FlushesFailed = _counters.FlushesFailed + 1 };
            throw;
        }

        lock (_gate)
        {
            _counters = _counters with { ValuesOverBound = _counters.ValuesOverBound + changes.ValuesOverBound };
            _names.NoteStored(changes);
            foreach (var day in changes.Days)
                _days.TryAdd(day.Key.Day, -1);
            foreach (var (day, age) in changes.RetiredAges)
                _days[day] = age;
            foreach (var day in changes.EmptyDays)
                _days.Remove(day);
        }

        return true;
    }

    private void FlushInBackground()
    {
        lock (_gate)
            if (_background.IsCompleted)
                _background = Task.Run(FlushOrWaitAsync);
    }

    private async Task FlushOrWaitAsync()
    {
        try
        {
            await FlushAsync(_ending.Token);
        }
        catch (HistoryStoreException)
        {
            // Counted; the values stay, the next flush tries again, and whoever finds no room is told.
        }
        catch (OperationCanceledException)
        {
            // The end: what is not stored is delivered again.
        }
    }
}
