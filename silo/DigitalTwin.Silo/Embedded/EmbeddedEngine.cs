using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Embedded;

/// <summary>The city in this process: twins partitioned over single-writer loops, all state in memory.</summary>
public sealed class EmbeddedEngine : ITwinEngine
{
    // Twins looked at by one clock tick in one partition: a few hundred microseconds of its loop.
    private const int SweptMax = 100_000;

    // A scan gives way to waiting batches after so many twins.
    private const int ScannedMax = 50_000;

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(1);

    [ThreadStatic]
    private static TelemetryBatch?[]? t_parts;

    private readonly PartitionMap _map;
    private readonly PartitionLoop[] _loops;
    private readonly TimeProvider _time;
    private readonly ITimer _sweepTimer;

    /// <param name="partitions">1 to 64; one a core is a good number.</param>
    public EmbeddedEngine(CityGraph graph, TimeProvider time, int partitions)
    {
        ArgumentNullException.ThrowIfNull(time);
        Graph = graph;
        _time = time;
        _map = new PartitionMap(graph, partitions);
        _loops = [.. Enumerable.Range(0, partitions)
            .Select(index => new PartitionLoop(new TwinPartition(graph, _map, index)))];
        Completion = Task.WhenAny(_loops.Select(loop => loop.Completion)).Unwrap();
        _sweepTimer = time.CreateTimer(_ => Sweep(), state: null, s_sweepInterval, s_sweepInterval);
    }

    public CityGraph Graph { get; }

    /// <summary>Ends when the engine does; faulted where it ended by itself, and then nothing is accepted any more.</summary>
    public Task Completion { get; }

    public EngineCounters Counters
    {
        get
        {
            var sum = default(EngineCounters);
            foreach (var loop in _loops)
            {
                ref readonly var counted = ref loop.Counters;
                sum = new EngineCounters(
                    sum.Messages + Volatile.Read(in counted.Messages),
                    sum.ReadingsAdvanced + Volatile.Read(in counted.Advanced),
                    sum.ReadingsLate + Volatile.Read(in counted.Late),
                    sum.ReadingsDuplicate + Volatile.Read(in counted.Duplicate),
                    sum.TwinChanges + Volatile.Read(in counted.Changes));
            }

            return sum;
        }
    }

    // Every input of the engine passes here, whole and once: a journal appends and flushes before the dispatch.
    public ValueTask AcceptAsync(TelemetryBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var readings = batch.Readings;
        if (readings.IsEmpty)
        {
            batch.Return();
            return ValueTask.CompletedTask;
        }

        var first = _map.PartitionOf(readings[0].Twin);
        foreach (ref readonly var reading in readings)
            if (_map.PartitionOf(reading.Twin) != first)
                return SplitAsync(batch, cancellationToken);
        return _loops[first].PostAsync(batch, cancellationToken);
    }

    public ValueTask<TwinSnapshot> GetAsync(TwinHandle twin, CancellationToken cancellationToken)
    {
        var local = _map.LocalOf(twin);
        return _loops[_map.PartitionOf(twin)].RunAsync(partition => partition.SnapshotOf(local), cancellationToken);
    }

    public async ValueTask<TwinPage> QueryAsync(TwinQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNotEqual(query.Limit is >= 1 and <= TwinQuery.LimitMax, true, nameof(query));
        var filter = new TwinFilter(query, Graph.Catalog);
        // One more than asked for, so that the last page is known to be the last.
        var pages = await Task.WhenAll(_loops.Select(loop =>
            ScanAsync(loop, filter, query.After, query.Limit + 1, cancellationToken)));
        var found = pages.SelectMany(page => page).OrderBy(snapshot => snapshot.Twin.Ordinal).Take(query.Limit + 1).ToList();
        if (found.Count <= query.Limit)
            return new TwinPage(found, TwinHandle.None);
        found.RemoveAt(query.Limit);
        return new TwinPage(found, found[^1].Twin);
    }

    public IChangeFeed SubscribeChanges() => new EmbeddedChangeFeed(_loops);

    public async ValueTask DisposeAsync()
    {
        await _sweepTimer.DisposeAsync();
        await Task.WhenAll(_loops.Select(loop => loop.StopAsync()));
    }

    private static async Task<List<TwinSnapshot>> ScanAsync(
        PartitionLoop loop, TwinFilter filter, TwinHandle after, int foundMax, CancellationToken cancellationToken)
    {
        var found = new List<TwinSnapshot>();
        var local = await loop.RunAsync(partition => partition.LocalAfter(after), cancellationToken);
        while (local < loop.TwinCount && found.Count < foundMax)
        {
            var from = local;
            local = await loop.RunAsync(
                partition => partition.Find(filter, from, ScannedMax, foundMax, found), cancellationToken);
        }

        return found;
    }

    // Split on the caller's thread and posted without a state machine as long as the queues have room.
    private ValueTask SplitAsync(TelemetryBatch batch, CancellationToken cancellationToken)
    {
        var parts = t_parts ??= new TelemetryBatch?[PartitionMap.PartitionsMax];
        foreach (ref readonly var reading in batch.Readings)
        {
            ref var part = ref parts[_map.PartitionOf(reading.Twin)];
            part ??= TelemetryBatch.Rent(batch.ReceivedAt);
            part.Add(in reading);
        }

        // Messages are counted once, where the batch starts.
        parts[_map.PartitionOf(batch.Readings[0].Twin)]!.MessageCount = batch.MessageCount;
        batch.Return();
        for (var i = 0; i < _loops.Length; i++)
        {
            if (parts[i] is not { } part)
                continue;
            if (!_loops[i].TryPost(part))
                return PostRestAsync(i, cancellationToken);
            parts[i] = null;
        }

        return ValueTask.CompletedTask;
    }

    private ValueTask PostRestAsync(int from, CancellationToken cancellationToken)
    {
        var rest = t_parts.AsSpan(0, _loops.Length).ToArray();
        Array.Clear(t_parts!);
        return PostAllAsync();

        async ValueTask PostAllAsync()
        {
            for (var i = from; i < rest.Length; i++)
                if (rest[i] is { } part)
                    await _loops[i].PostAsync(part, cancellationToken);
        }
    }

    private void Sweep()
    {
        var now = Instant.From(_time.GetUtcNow());
        foreach (var loop in _loops)
            loop.TryPost(new PartitionWork<bool>(partition => { partition.Sweep(now, SweptMax); return true; }));
    }
}
