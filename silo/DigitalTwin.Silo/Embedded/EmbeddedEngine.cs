using System.Threading.Channels;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Silo.Embedded;

/// <summary>The city in this process: twins partitioned over single-writer loops, all state in memory.</summary>
public sealed partial class EmbeddedEngine : ITwinEngine
{
    // Twins looked at by one clock tick in one partition: a few hundred microseconds of its loop.
    private const int SweptMax = 100_000;

    // A scan gives way to waiting batches after so many twins.
    private const int ScannedMax = 50_000;

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(1);

    private readonly PartitionMap _map;
    private readonly CityGroups _groups;
    private readonly CityTotals _totals;
    private readonly PartitionLoop[] _loops;
    private readonly TimeProvider _time;
    private readonly SegmentedJournal? _journal;
    private readonly object _order = new();
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _sweepTimer;
    private Task _ticking = Task.CompletedTask;

    /// <param name="partitions">1 to 64; one a core is a good number.</param>
    /// <param name="rules">The city's rules; the compiled-in ones where none are given.</param>
    /// <param name="alarms">Where alarm conditions go; where there is none they are only counted.</param>
    public EmbeddedEngine(
        CityGraph graph, TimeProvider time, int partitions, CityRules? rules = null, AlarmQueue? alarms = null)
        : this(graph, time, partitions, rules, alarms, journal: null) => Start();

    private EmbeddedEngine(
        CityGraph graph, TimeProvider time, int partitions, CityRules? rules, AlarmQueue? alarms, SegmentedJournal? journal)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(time);
        Graph = graph;
        _time = time;
        _journal = journal;
        Rules = rules ?? CityRules.BuiltInFor(graph);
        _map = new PartitionMap(graph, partitions);
        _groups = new CityGroups(graph);
        _loops = [.. Enumerable.Range(0, partitions)
            .Select(index => new PartitionLoop(new TwinPartition(graph, Rules, _map, _groups, index, alarms)))];
        _totals = new CityTotals(graph, Rules, _map, _groups, [.. _loops.Select(loop => loop.Partition)]);
        Completion = Task.WhenAny(_loops.Select(loop => loop.Completion).Append(_broken.Task)).Unwrap();
    }

    public CityGraph Graph { get; }

    public CityRules Rules { get; }

    /// <summary>The city's clock as its rounds told it.</summary>
    internal RoundClock Clock { get; } = new();

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

    /// <summary>
    /// Ends when the batch is in the journal and on disk, where there is a journal; else when it is in the queues.
    /// </summary>
    public ValueTask AcceptAsync(TelemetryBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Readings.IsEmpty)
        {
            batch.Return();
            return ValueTask.CompletedTask;
        }

        var touched = TouchedBy(batch);
        return TryEnter(touched) && TryAppend(batch, touched, out var sequence)
            ? CommittedAsync(sequence, cancellationToken)
            : AcceptOnceThereIsRoomAsync(batch, touched, cancellationToken);
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
        return TwinPage.Of(found, query.Limit);
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

    public ValueTask OverrideLightsAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken) =>
        ChangeLightsAsync(new LightOverride(lights, percent, until, Now), cancellationToken);

    public ValueTask EndOverridesAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken) =>
        ChangeLightsAsync(new LightOverride(lights, percent, until, Now) { IsEnd = true }, cancellationToken);

    private async ValueTask ChangeLightsAsync(LightOverride order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order.Lights);
        foreach (var light in order.Lights)
            if (Graph.ModelOf(light).Kind != TwinKind.Streetlight)
                throw new ArgumentException($"{Graph.IdOf(light)} is no streetlight", nameof(order));
        if (order.Lights.Count > 0)
            await OverrideAsync(order, cancellationToken);
    }

    /// <summary>Alarms that were on before a restart: they are on until their twin says otherwise, and not raised again.</summary>
    public async Task RestoreAlarmsAsync(IEnumerable<(TwinHandle Twin, string Code)> alarms)
    {
        ArgumentNullException.ThrowIfNull(alarms);
        if (alarms.ToArray() is { Length: > 0 } standing)
            await RestoreAsync(new StandingAlarms(standing));
    }

    public IChangeFeed SubscribeChanges() => new EmbeddedChangeFeed(_loops);

    public async ValueTask DisposeAsync()
    {
        if (_sweepTimer is not null)
            await _sweepTimer.DisposeAsync();
        // A round that waits for history would keep the loops from ending.
        _history?.BeginEnd();
        await _ticking;
        await Task.WhenAll(_loops.Select(loop => loop.StopAsync()));
        if (_history is not null)
            await _history.DisposeAsync();
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

    private Instant Now => Instant.From(_time.GetUtcNow());

    private void Start() =>
        _sweepTimer = _time.CreateTimer(_ => Tick(), state: null, s_sweepInterval, s_sweepInterval);

    // Rounds wait in the queues as everything else does; only one at a time waits for its place there.
    private void Tick()
    {
        if (_ticking.IsCompleted)
            _ticking = TickAsync(Now);
    }

    private async Task TickAsync(Instant now)
    {
        try
        {
            await PostRoundAsync(now, atEnd: null);
        }
        catch (JournalFailedException failure)
        {
            // Nothing is accepted any more, and nobody knows what is on disk: the next start finds out.
            _broken.TrySetException(failure);
        }
        catch (Exception ended) when (ended is ChannelClosedException or JournalException)
        {
            // The engine has stopped meanwhile; a failure is told by the completion of its loop or to who sends.
        }
    }

    /// <summary>A round beside those of the clock; ends when every partition has gone past it.</summary>
    internal async Task<(long Sequence, Instant At)> RoundAsync(Instant now, Action? atEnd)
    {
        var (sequence, at, round) = await PostRoundAsync(now, atEnd);
        await round.End;
        return (sequence, at);
    }

    private async Task<(long Sequence, Instant At, CityRound Round)> PostRoundAsync(Instant now, Action? atEnd)
    {
        await EnterAsync(AllLoops, CancellationToken.None);
        lock (_order)
        {
            var sequence = AppendNow(EngineRecord.Tick, EngineRecords.WriteTick(now));
            var round = Post(now, sequence, atEnd);
            return (sequence, Clock.Now, round);
        }
    }

    private ulong AllLoops => ulong.MaxValue >> (PartitionMap.PartitionsMax - _loops.Length);

    private CityRound Post(Instant now, long sequence, Action? atEnd)
    {
        Clock.Tell(sequence, now);
        var round = new CityRound(
            now, SweptMax, _loops.Length, _totals, atEnd, _history is null ? null : () => GatherAsync(sequence));
        foreach (var loop in _loops)
            if (!loop.Post(round, sequence))
                round.Abandon(new ChannelClosedException());
        return round;
    }
}
