using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

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
    private readonly CityGroups _groups;
    private readonly CityTotals _totals;
    private readonly PartitionLoop[] _loops;
    private readonly TimeProvider _time;
    private readonly ITimer _sweepTimer;
    private Task _advancing = Task.CompletedTask;

    /// <param name="partitions">1 to 64; one a core is a good number.</param>
    /// <param name="rules">The city's rules; the compiled-in ones where none are given.</param>
    /// <param name="alarms">Where alarm conditions go; where there is none they are only counted.</param>
    public EmbeddedEngine(
        CityGraph graph, TimeProvider time, int partitions, CityRules? rules = null, AlarmQueue? alarms = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(time);
        Graph = graph;
        _time = time;
        Rules = rules ?? CityRules.BuiltInFor(graph);
        _map = new PartitionMap(graph, partitions);
        _groups = new CityGroups(graph);
        _loops = [.. Enumerable.Range(0, partitions)
            .Select(index => new PartitionLoop(new TwinPartition(graph, Rules, _map, _groups, index, alarms)))];
        _totals = new CityTotals(graph, _map, _groups, _loops);
        Completion = Task.WhenAny(_loops.Select(loop => loop.Completion)).Unwrap();
        _sweepTimer = time.CreateTimer(_ => Sweep(), state: null, s_sweepInterval, s_sweepInterval);
    }

    public CityGraph Graph { get; }

    public CityRules Rules { get; }

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
                    sum.TwinChanges + Volatile.Read(in counted.Changes),
                    sum.ReadingsScreened + Volatile.Read(in counted.Screened),
                    sum.AlarmSignals + Volatile.Read(in counted.AlarmSignals));
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

    public async ValueTask<Tally> RollupAsync(TwinHandle group, CancellationToken cancellationToken)
    {
        var kind = Graph.ModelOf(group).Kind;
        if (kind is TwinKind.Building or TwinKind.LightingCabinet)
        {
            var local = _map.LocalOf(group);
            return await _loops[_map.PartitionOf(group)].RunAsync(
                partition => partition.Sums.Container(local), cancellationToken);
        }

        var index = _groups.IndexOf(group);
        if (index < 0)
            throw new ArgumentException($"a {kind} carries no sums", nameof(group));
        var sums = default(Tally);
        foreach (var loop in _loops)
        {
            var part = await loop.RunAsync(partition => partition.Sums.Part(index), cancellationToken);
            sums.Add(in part);
        }

        return sums;
    }

    public ValueTask<Share> ShareAsync(TwinHandle twin, CancellationToken cancellationToken)
    {
        var (local, now) = (_map.LocalOf(twin), Now);
        return _loops[_map.PartitionOf(twin)].RunAsync(partition => partition.ShareOf(local, now), cancellationToken);
    }

    public ValueTask<TwinForecast?> ForecastAsync(TwinHandle twin, CancellationToken cancellationToken)
    {
        var (local, now) = (_map.LocalOf(twin), Now);
        return _loops[_map.PartitionOf(twin)].RunAsync(partition => partition.ForecastOf(local, now), cancellationToken);
    }

    public async ValueTask<IReadOnlyList<AreaAir>> AirAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        return await _loops[PartitionMap.AirPartition].RunAsync(
            partition => _totals.AreasOf(partition.Air, now, withMonths: true), cancellationToken);
    }

    public async ValueTask OverrideLightsAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lights);
        var now = Now;
        foreach (var light in lights)
        {
            if (Graph.ModelOf(light).Kind != TwinKind.Streetlight)
                throw new ArgumentException($"{Graph.IdOf(light)} is no streetlight", nameof(lights));
            var local = _map.LocalOf(light);
            await _loops[_map.PartitionOf(light)].RunAsync(
                partition => partition.Override(local, percent, until, now), cancellationToken);
        }
    }

    /// <summary>Alarms that were on before a restart: they are on until their twin says otherwise, and not raised again.</summary>
    public async Task RestoreAlarmsAsync(IEnumerable<(TwinHandle Twin, string Code)> alarms)
    {
        ArgumentNullException.ThrowIfNull(alarms);
        foreach (var (twin, code) in alarms)
        {
            var local = _map.LocalOf(twin);
            await _loops[_map.PartitionOf(twin)].RunAsync(
                partition => partition.RestoreAlarm(local, code), CancellationToken.None);
        }
    }

    public IChangeFeed SubscribeChanges() => new EmbeddedChangeFeed(_loops);

    public async ValueTask DisposeAsync()
    {
        await _sweepTimer.DisposeAsync();
        await _advancing;
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

    private Instant Now => Instant.From(_time.GetUtcNow());

    private void Sweep()
    {
        var now = Now;
        foreach (var loop in _loops)
            loop.TryPost(new PartitionWork<bool>(partition => { partition.Sweep(now, SweptMax); return true; }));
        // A round that takes longer than a second makes the next one come later, never twice at once.
        if (_advancing.IsCompleted)
            _advancing = AdvanceAsync(now);
    }

    private async Task AdvanceAsync(Instant now)
    {
        try
        {
            await _totals.AdvanceAsync(now);
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            // The engine has stopped meanwhile; a failure of a loop is told by its own completion.
        }
    }
}
