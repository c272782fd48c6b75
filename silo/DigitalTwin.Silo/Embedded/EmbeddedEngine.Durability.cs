using System.Threading.Channels;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.TimeTravel;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// What makes the engine outlive its process: every input in a journal before it is answered, the state in snapshots,
/// and both played back at the start. The same inputs in the same order give the same state to the byte.
/// </summary>
public sealed partial class EmbeddedEngine
{
    // Chunks of twins copied in one go: about a millisecond of a loop.
    private const int CopiedAtOnce = 64;

    private readonly SemaphoreSlim _snapshotting = new(1);
    private readonly List<PlayedInput> _played = [];
    private HistoryFeed? _history;
    private ulong _gatheredUpTo;
    private int _epoch;

    /// <summary>
    /// An engine as it was: the newest whole snapshot, and behind it every input that the journal has. Takes nothing in
    /// before that; its alarms go to the queue as they come again, with the origin that they had.
    /// </summary>
    /// <param name="manifest">As when the journal was begun: the order of signals is told by partition.</param>
    /// <param name="before">The city as it was under another definition, asked for while no snapshot is of this one.</param>
    /// <exception cref="JournalException">The snapshot is of another city, or the journal lacks what follows it.</exception>
    internal static async Task<(EmbeddedEngine Engine, EngineRecovery Recovery)> RecoverAsync(
        CityGraph graph, TimeProvider time, EngineManifest manifest, CityRules rules, AlarmQueue? alarms,
        SegmentedJournal journal, SnapshotStore snapshots, IHistory? history,
        Func<Task<EmbeddedEngine?>>? before = null)
    {
        var partitions = manifest.Partitions;
        var engine = new EmbeddedEngine(graph, time, partitions, rules, alarms, journal);
        engine._epoch = manifest.Epoch;
        foreach (var loop in engine._loops)
        {
            loop.Partition.Epoch = manifest.Epoch;
            loop.Partition.Gathered = history is null ? null : [];
        }

        engine._history = history is null ? null : new HistoryFeed(history, journal, time);
        var damaged = new List<string>();
        byte[]? totals = null;
        var beside = new byte[partitions][];
        var sequence = await snapshots.ReadNewestAsync(
            (kind, partition, index, bytes) =>
            {
                if (partition >= partitions)
                    throw new JournalException(
                        "snapshot", $"has {partition + 1} partitions or more, not {partitions}", "start with as many");
                if (kind == SnapshotBlockKind.Twins)
                    engine._loops[partition].Partition.ReadTwins(index, bytes);
                else if (kind == SnapshotBlockKind.Partition)
                    beside[partition] = bytes.ToArray();
                else
                    totals = bytes.ToArray();
            },
            damaged.Add);
        if (sequence > 0)
            engine.ReadBeside(sequence, snapshots.InstantOf(sequence), beside, totals!);
        var carried = default(CarriedOver?);
        if (sequence == 0 && before is not null && await before() is { } city)
            await using (city)
                carried = engine.Adopt(city);
        engine._gatheredUpTo = engine.HistorySequence(sequence);
        var records = await Task.Run(() => engine.PlayBack(sequence + 1));
        // Whatever was played back is done when a question behind it is answered.
        foreach (var loop in engine._loops)
            await loop.RunAsync(_ => true, CancellationToken.None);
        // What was played back is on its way to history before anybody can ask for it, not at the first tick.
        if (history is not null && records > 0)
            await engine.TickAsync(engine.Now);
        engine.Start();
        return (engine, new EngineRecovery(sequence, records, damaged, carried));
    }

    /// <summary>
    /// Writes the state of one moment to a new snapshot while the engine goes on, and lets go of what it makes
    /// unnecessary. Returns the sequence that it contains.
    /// </summary>
    /// <param name="alarmsSettled">Ends when the signals made so far are on disk.</param>
    /// <exception cref="IOException">The disk does not write; the engine goes on, and the journal keeps what it has.</exception>
    internal async Task<long> SnapshotAsync(
        SnapshotStore snapshots, PastRetention past, Func<CancellationToken, Task> alarmsSettled,
        CancellationToken cancellationToken)
    {
        await _snapshotting.WaitAsync(cancellationToken);
        try
        {
            var (sequence, at, copies, beside, totals) = await BeginCopiesAsync();
            // A start refuses a snapshot that the journal does not reach.
            await CommittedAsync(sequence, cancellationToken);
            // What a snapshot contains is not played back any more; the alarm board and history have it then.
            await alarmsSettled(cancellationToken);
            if (_history is not null)
                await _history.FlushAsync(cancellationToken);
            using (var writer = snapshots.Begin(sequence, at))
            {
                writer.Write(new SnapshotBlock(SnapshotBlockKind.Totals, 0, 0, totals));
                foreach (var block in beside)
                    writer.Write(in block);
                for (var i = 0; i < _loops.Length; i++)
                    while (!copies[i].IsWhole)
                        foreach (var block in await CopyAsync(i, copies[i], cancellationToken))
                            writer.Write(in block);
                writer.Finish();
            }

            // The one before is kept for the day that this one is damaged, and the journal behind it.
            _journal?.RetireBefore(snapshots.OldestForAStart + 1);
            snapshots.Retire(past, at, _journal?.FirstSequence ?? 0);
            return sequence;
        }
        finally
        {
            _snapshotting.Release();
        }
    }

    /// <summary>
    /// Equal for engines that will behave alike, over everything that they remember; each partition when it comes to the
    /// question, so of one moment only while nothing is taken in.
    /// </summary>
    internal async Task<ulong> ChecksumAsync()
    {
        var check = 0UL;
        foreach (var loop in _loops)
            check = check * 31 + await loop.RunAsync(partition => partition.Checksum(), CancellationToken.None);
        return check * 31
            + await _loops[0].RunAsync(_ => Crc32C.Of(_totals.Write()), CancellationToken.None);
    }

    // While all partitions stand still: what they gathered belongs to this round, now and when it is played back.
    private ValueTask GatherAsync(long sequence)
    {
        var values = new List<HistoryValue>();
        foreach (var loop in _loops)
        {
            values.AddRange(loop.Partition.Gathered!);
            loop.Partition.Gathered!.Clear();
        }

        var (previous, current) = (_gatheredUpTo, HistorySequence(sequence));
        _gatheredUpTo = current;
        return values.Count == 0 ? ValueTask.CompletedTask : _history!.WriteAsync(previous, current, sequence, values);
    }

    private ulong HistorySequence(long sequence) => (ulong)SignalOrigin.Of(0, _epoch, Math.Max(1, sequence), 0).Sequence;

    // Of the city at one round; every copy must be advanced to its end.
    private async Task<(long Sequence, Instant At, StateCopy[] Copies, SnapshotBlock[] Beside, byte[] Totals)>
        BeginCopiesAsync()
    {
        var copies = new StateCopy[_loops.Length];
        var beside = new SnapshotBlock[_loops.Length];
        byte[] totals = [];
        var (sequence, at) = await RoundAsync(Now, () =>
        {
            for (var i = 0; i < _loops.Length; i++)
                copies[i] = _loops[i].Partition.BeginCopy(out beside[i]);
            totals = _totals.Write();
        });
        return (sequence, at, copies, beside, totals);
    }

    private async Task<List<SnapshotBlock>> CopyAsync(int loop, StateCopy copy, CancellationToken cancellationToken) =>
        await _loops[loop].RunAsync(partition => partition.AdvanceCopy(copy, CopiedAtOnce), cancellationToken);

    private async ValueTask OverrideAsync(LightOverride order, CancellationToken cancellationToken)
    {
        var touched = TouchedBy(order);
        await EnterAsync(touched, cancellationToken);
        var outcomes = new List<Task>();
        long sequence;
        lock (_order)
        {
            sequence = AppendNow(order.Kind, EngineRecords.Write(order));
            Post(order, sequence, outcomes);
        }

        await Task.WhenAll(outcomes);
        await CommittedAsync(sequence, cancellationToken);
    }

    private async Task RestoreAsync(StandingAlarms alarms)
    {
        await EnterAsync(AllLoops, CancellationToken.None);
        var outcomes = new List<Task>();
        long sequence;
        lock (_order)
        {
            sequence = AppendNow(EngineRecord.StandingAlarms, EngineRecords.Write(alarms));
            Post(alarms, sequence, outcomes);
        }

        await Task.WhenAll(outcomes);
        await CommittedAsync(sequence, CancellationToken.None);
    }

    private void Post(StandingAlarms alarms, long sequence, List<Task>? outcomes)
    {
        for (var i = 0; i < _loops.Length; i++)
        {
            var mine = alarms.Alarms.Where(alarm => _map.PartitionOf(alarm.Twin) == i).ToArray();
            var work = new PartitionWork<bool>(partition => Array.TrueForAll(
                mine, alarm => partition.RestoreAlarm(_map.LocalOf(alarm.Twin), alarm.Code)));
            if (!_loops[i].Post(work, sequence))
                work.Abandon(new ChannelClosedException());
            outcomes?.Add(work.Outcome);
        }
    }

    private void Post(LightOverride order, long sequence, List<Task>? outcomes)
    {
        foreach (var group in order.Lights.GroupBy(_map.PartitionOf))
        {
            var locals = group.Select(_map.LocalOf).ToArray();
            var work = new PartitionWork<bool>(partition => Array.TrueForAll(
                locals, local => partition.Override(local, order)));
            if (!_loops[group.Key].Post(work, sequence))
                work.Abandon(new ChannelClosedException());
            outcomes?.Add(work.Outcome);
        }
    }

    // Under the lock of the order: small records of the engine's own, for which the journal has room at once or soon.
    private long AppendNow(EngineRecord kind, byte[] record)
    {
        var sequence = 0L;
        while (_journal is not null && !_journal.TryAppend((byte)kind, record, out sequence))
            Thread.Yield();
        return sequence;
    }

    private long PlayBack(long from)
    {
        var records = 0L;
        _journal!.Replay(from, record =>
        {
            records++;
            Read(record, _played);
            if (_played.Count >= PlayedAtOnce || (_played.Count > 0 && _played[^1].Parts is null))
                PlayWhatWasRead();
        });
        PlayWhatWasRead();
        return records;
    }

    // The journal's reader gives one record after another and has nothing else to do.
    private void PlayWhatWasRead()
    {
        PlayAsync(_played).AsTask().GetAwaiter().GetResult();
        _played.Clear();
    }
}

/// <summary>What an engine was made from at its start.</summary>
/// <param name="SnapshotSequence">What the snapshot contained; 0 where there was none.</param>
/// <param name="RecordsPlayedBack">Inputs of the journal behind it.</param>
/// <param name="DamagedSnapshots">Files that were passed over.</param>
/// <param name="Carried">What was taken over from the city as it was under another definition.</param>
internal sealed record EngineRecovery(
    long SnapshotSequence, long RecordsPlayedBack, IReadOnlyList<string> DamagedSnapshots, CarriedOver? Carried);
