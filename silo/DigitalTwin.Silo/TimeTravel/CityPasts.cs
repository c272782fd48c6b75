using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.TimeTravel;

/// <summary>
/// Makes the city as it was from its snapshots, its journal and its alarm log, beside the city that goes on writing
/// them. What is open is counted in twins, because each costs its memory again.
/// </summary>
internal sealed class CityPasts(
    EmbeddedEngine living, AlarmDesk desk, SegmentedJournal journal, SnapshotStore snapshots, string alarmsFolder,
    AlarmNorms norms, int epoch, PastRetention retention, PastBounds bounds) : ITimeTravel, IAsyncDisposable
{
    // The first record there is: a journal that still has it needs no snapshot.
    private const long FirstSequence = 1;

    // Loading is told as more than half of the way.
    private const double LoadedShare = 0.6;

    private readonly Lock _gate = new();
    private readonly List<PastCity> _open = [];
    private readonly List<int> _reserved = [];
    private Instant _firstRound = Instant.Never;
    private bool _isClosed;

    public PastSpan? Span
    {
        get
        {
            var to = living.Clock.NewestUpTo(journal.CommittedSequence, desk.SettledTo);
            if (to.IsNever || Earliest() is not { IsNever: false } from)
                return null;
            from = Later(from, to.Plus(-retention.Span));
            try
            {
                from = Later(from, AlarmLogReader.EarliestOf(alarmsFolder));
            }
            catch (InputLogException)
            {
                // A new one is begun just now.
                return null;
            }

            return from > to ? null : new PastSpan(from, to);
        }
    }

    public async ValueTask<IPastCity> OpenAsync(
        Instant at, TwinHandle district, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (!district.IsNone && living.Graph.ModelOf(district).Kind != TwinKind.District)
            throw new ArgumentException($"{living.Graph.IdOf(district)} is no district", nameof(district));
        if (Span is not { } span || !span.Contains(at))
            throw new PastUnavailableException(
                $"{at} cannot be returned to: " + (Span is { } kept ? $"{kept.From} to {kept.To} can" : "nothing can yet"));
        try
        {
            return await Task.Run(() => OpenWithinAsync(at, district, progress, cancellationToken), cancellationToken);
        }
        catch (Exception wrong) when (wrong is JournalException or InputLogException or IOException
            or UnauthorizedAccessException)
        {
            throw new PastUnavailableException($"The city of {at} cannot be read: {wrong.Message}", wrong);
        }
    }

    public async ValueTask DisposeAsync()
    {
        PastCity[] open;
        lock (_gate)
        {
            _isClosed = true;
            open = [.. _open];
        }

        foreach (var past in open)
            await past.DisposeAsync();
    }

    private async Task<IPastCity> OpenWithinAsync(
        Instant at, TwinHandle district, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var map = district.IsNone ? living.Map : PartitionMap.PartFor(living.Map, living.Graph, district);
        var twins = map.Count;
        Reserve(twins);
        PastCity? past = null;
        try
        {
            var alarms = Task.Run(
                () => AlarmLogReader.Open(alarmsFolder, at, living.Graph, living.Rules.Book, norms), cancellationToken);
            past = await MakeAsync(at, map, alarms, () => Release(twins), progress, cancellationToken);
            await past.AdvanceAsync(at, Share(progress, LoadedShare, 1), cancellationToken);
            Keep(past);
            return past;
        }
        catch
        {
            // It gives its place back itself.
            if (past is not null)
                await past.DisposeAsync();
            else
                Release(twins);
            throw;
        }
    }

    // From the newest snapshot that is not later and is whole, or else from the first input.
    private async Task<PastCity> MakeAsync(
        Instant at, PartitionMap map, Task<AlarmLogReader> alarms, Action closed, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        JournalCursor? cursor = null;
        try
        {
            foreach (var snapshot in snapshots.Stored.Where(stored => !stored.At.IsNever && stored.At <= at))
            {
                cursor?.Dispose();
                // Held before it is loaded: what follows must still be there then.
                cursor = journal.OpenCursor(snapshot.Sequence + 1);
                var clock = new PastClock();
                if (await TryLoadAsync(snapshot, map, clock, progress, cancellationToken) is { } engine)
                    return await JoinAsync(engine, alarms, clock, cursor, closed);
            }

            cursor?.Dispose();
            cursor = journal.OpenCursor(FirstSequence);
            var first = new PastClock();
            return await JoinAsync(living.Another(first, map, isFirst: true), alarms, first, cursor, closed);
        }
        catch
        {
            cursor?.Dispose();
            _ = alarms.ContinueWith(
                opened => opened.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default);
            throw;
        }
    }

    private async Task<PastCity> JoinAsync(
        EmbeddedEngine engine, Task<AlarmLogReader> alarms, PastClock clock, JournalCursor cursor, Action closed)
    {
        try
        {
            return new PastCity(
                engine, new PastAlarmDesk(await alarms, epoch), clock, cursor, () => desk.SettledTo, closed);
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    // Nothing where it is damaged: there is an older one, and more of the journal.
    private async Task<EmbeddedEngine?> TryLoadAsync(
        StoredSnapshot snapshot, PartitionMap map, PastClock clock, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        var engine = living.Another(clock, map, isFirst: false);
        try
        {
            using var file = snapshots.Open(snapshot.Sequence);
            if (!snapshots.TryHeader(file, snapshot.Sequence, out var header))
                throw new InvalidDataException("its header is damaged");
            var partitions = engine.Partitions;
            var beside = new byte[partitions.Count][];
            byte[]? totals = null;
            var pass = new SnapshotPass(
                file, header.Bytes,
                (partition, index) => partition >= partitions.Count || partitions[partition].HasTwinsOf(index),
                (kind, partition, index, bytes) =>
                {
                    if (partition >= partitions.Count)
                        throw new InvalidDataException("it has more partitions than the city");
                    if (kind == SnapshotBlockKind.Twins)
                        partitions[partition].ReadTwins(index, bytes);
                    else if (kind == SnapshotBlockKind.Partition)
                        beside[partition] = bytes.ToArray();
                    else
                        totals = bytes.ToArray();
                },
                Share(progress, 0, LoadedShare));
            if (!await pass.TryReadAsync(map.Whole is not null, cancellationToken)
                || totals is null || Array.Exists(beside, bytes => bytes is null))
                throw new InvalidDataException("it is not whole");
            engine.ReadBeside(snapshot.Sequence, snapshot.At, beside, totals);
            return engine;
        }
        catch (Exception wrong)
        {
            await engine.DisposeAsync();
            if (wrong is InvalidDataException or MemoryFormatException or IOException
                || wrong is AggregateException { InnerException: MemoryFormatException })
                return null;
            throw;
        }
    }

    private Instant Earliest()
    {
        var journalFrom = journal.FirstSequence;
        var oldest = snapshots.Stored
            .Where(stored => stored.Sequence + 1 >= journalFrom && !stored.At.IsNever)
            .Select(stored => stored.At).DefaultIfEmpty(Instant.Never).Last();
        // From the first input on where that is no further than from one snapshot to the next.
        return journalFrom == FirstSequence && FirstRound() is { IsNever: false } first
            && (oldest.IsNever || oldest - first <= retention.Spacing)
            ? first
            : oldest;
    }

    // It never changes once it is on disk.
    private Instant FirstRound()
    {
        if (!_firstRound.IsNever)
            return _firstRound;
        try
        {
            using var cursor = journal.OpenCursor(FirstSequence);
            while (cursor.TryNext(out var record))
                if ((EngineRecord)record.Kind == EngineRecord.Tick)
                    return _firstRound = EngineRecords.ReadTick(record.Payload);
        }
        catch (Exception none) when (none is JournalException or IOException or InvalidDataException)
        {
            // It has been retired just now, or the disk does not read: then there is none to return to.
        }

        return Instant.Never;
    }

    private void Reserve(int twins)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_reserved.Count >= bounds.OpenMax)
                throw new PastUnavailableException(
                    $"{_reserved.Count} moments of the city are open already, as many as may be; close one first");
            if (_reserved.Sum() + (long)twins > bounds.TwinsMax)
                throw new PastUnavailableException(
                    $"the moments that are open hold {_reserved.Sum():N0} twins, and {twins:N0} more would be over the "
                    + $"{bounds.TwinsMax:N0} that memory is meant for; close one first, or open one district");
            _reserved.Add(twins);
        }
    }

    private void Release(int twins)
    {
        lock (_gate)
        {
            _reserved.Remove(twins);
            _open.RemoveAll(past => past.IsClosed);
        }
    }

    private void Keep(PastCity past)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _open.Add(past);
        }
    }

    private static Instant Later(Instant a, Instant b) => a.IsNever || b.IsNever ? a : a > b ? a : b;

    private static PartOfProgress? Share(IProgress<double>? whole, double from, double to) =>
        whole is null ? null : new PartOfProgress(whole, from, to);

    private sealed class PartOfProgress(IProgress<double> whole, double from, double to) : IProgress<double>
    {
        public void Report(double value) => whole.Report(from + value * (to - from));
    }
}
