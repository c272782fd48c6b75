using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// A city whose units live elsewhere, in a cluster. Accepted is what every unit of a batch has stored; where a unit
/// cannot be reached, it is asked again until it can or the caller gives up. Counts what came in through it.
/// </summary>
public sealed class UnitEngine : ITwinEngine
{
    // A page asks so many units at once.
    private const int AskedAtOnce = 64;

    // Candidates looked at before the next ones are chosen, where a query has conditions that few twins meet.
    private const int ScannedAtOnce = 1_024;

    private readonly IUnitCluster _cluster;
    private readonly TimeProvider _time;
    private readonly Func<int, CancellationToken, Task> _pause;
    private readonly UnitLanes _lanes = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _counting = new();
    private readonly ulong _source;
    private EngineCounters _counters;

    /// <param name="source">Drawn at random at each start: no other engine of the cluster has it.</param>
    /// <param name="pause">Waits before the call is made again for the n-th time.</param>
    public UnitEngine(
        UnitPlan plan, IUnitCluster cluster, TimeProvider time, ulong source, Func<int, CancellationToken, Task> pause)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (Plan, _cluster, _time, _source, _pause) = (plan, cluster, time, source, pause);
    }

    public UnitPlan Plan { get; }

    internal IUnitCluster Cluster => _cluster;

    public CityGraph Graph => Plan.Graph;

    public CityRules Rules => Plan.Rules;

    public EngineCounters Counters
    {
        get
        {
            lock (_counting)
                return _counters;
        }
    }

    public async ValueTask AcceptAsync(TelemetryBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(_ending.IsCancellationRequested, this);
        var byUnit = new Dictionary<int, List<Reading>>();
        foreach (ref readonly var reading in batch.Readings)
        {
            var unit = Plan.UnitOf(reading.Twin);
            if (!byUnit.TryGetValue(unit, out var readings))
                byUnit.Add(unit, readings = []);
            readings.Add(reading);
        }

        var (receivedAt, messages) = (batch.ReceivedAt, batch.MessageCount);
        batch.Return();
        if (byUnit.Count == 0)
            return;
        using var turn = await _lanes.EnterAsync(byUnit.Keys, cancellationToken);
        var deliveries = byUnit
            .Select(entry => new UnitDelivery(entry.Key, _source, turn.Sequence, receivedAt, entry.Value)).ToArray();
        var receipt = await AskAsync(() => _cluster.DeliverAsync(deliveries), cancellationToken);
        Count(receipt, messages);
    }

    public async ValueTask<TwinSnapshot> GetAsync(TwinHandle twin, CancellationToken cancellationToken) =>
        (await AskAsync(() => UnitOf(twin).SnapshotsAsync([twin]), cancellationToken))[0];

    public async ValueTask<TwinPage> QueryAsync(TwinQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNotEqual(query.Limit is >= 1 and <= TwinQuery.LimitMax, true, nameof(query));
        var filter = new TwinFilter(query, Graph.Catalog);
        var found = new List<TwinSnapshot>();
        var candidates = new List<TwinHandle>();
        // One more than asked for, so that the last page is known to be the last.
        for (var next = query.After.Ordinal + 1; next < Graph.Count && found.Count <= query.Limit;)
        {
            candidates.Clear();
            for (; next < Graph.Count && candidates.Count < Math.Max(ScannedAtOnce, query.Limit + 1); next++)
                if (new TwinHandle(next) is var twin && filter.MayFit(Graph, twin, Graph.ModelOf(twin)))
                    candidates.Add(twin);
            foreach (var snapshot in await SnapshotsAsync(candidates, cancellationToken))
                if (found.Count <= query.Limit && Fits(filter, snapshot))
                    found.Add(snapshot);
        }

        return TwinPage.Of(found, query.Limit);
    }

    public async ValueTask<Tally> RollupAsync(TwinHandle group, CancellationToken cancellationToken)
    {
        var kind = Graph.ModelOf(group).Kind;
        if (kind is TwinKind.Building or TwinKind.LightingCabinet)
            return await AskAsync(UnitOf(group).ContainedAsync, cancellationToken);
        if (kind is not (TwinKind.Feeder or TwinKind.District or TwinKind.Polycentre or TwinKind.City))
            throw new ArgumentException($"a {kind} carries no sums", nameof(group));
        return await AskAsync(_cluster.Group(Plan.UnitOf(group)).SumsAsync, cancellationToken);
    }

    public async ValueTask<Share> ShareAsync(TwinHandle twin, CancellationToken cancellationToken) =>
        await AskAsync(() => UnitOf(twin).ShareAsync(twin), cancellationToken);

    public async ValueTask<TwinForecast?> ForecastAsync(TwinHandle twin, CancellationToken cancellationToken) =>
        await AskAsync(() => UnitOf(twin).ForecastAsync(twin), cancellationToken);

    /// <summary>Made here from what the sensors remember: asked for seldom, and too large to take apart.</summary>
    public async ValueTask<IReadOnlyList<AreaAir>> AirAsync(CancellationToken cancellationToken)
    {
        var unit = new TwinUnit(Plan, UnitPlan.AirUnit);
        unit.Read(await AskAsync(_cluster.Unit(UnitPlan.AirUnit).MemoryAsync, cancellationToken));
        return CityAir.AreasOf(Graph, Plan.Groups, unit.Air, Now, withMonths: true);
    }

    public ValueTask OverrideLightsAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken) =>
        ChangeLightsAsync(lights, twins => new UnitOverride(twins, percent, until, Now), cancellationToken);

    public ValueTask EndOverridesAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken) =>
        ChangeLightsAsync(
            lights, twins => new UnitOverride(twins, percent, until, Now) { IsEnd = true }, cancellationToken);

    private async ValueTask ChangeLightsAsync(
        IReadOnlyList<TwinHandle> lights, Func<TwinHandle[], UnitOverride> order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lights);
        foreach (var light in lights)
            if (Graph.ModelOf(light).Kind != TwinKind.Streetlight)
                throw new ArgumentException($"{Graph.IdOf(light)} is no streetlight", nameof(lights));
        await Task.WhenAll(lights.GroupBy(Plan.UnitOf).Select(unit => AskAsync(
            async () =>
            {
                await _cluster.Unit(unit.Key).OverrideAsync(order([.. unit]));
                return true;
            },
            cancellationToken)));
    }

    public IChangeFeed SubscribeChanges() => new UnitChangeFeed(this, _cluster);

    /// <summary>Accepts nothing more and waits for what is on its way; what cannot be reached is not asked again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _lanes.EmptyAsync();
        _lanes.Dispose();
    }

    /// <summary>Asks until there is an answer.</summary>
    internal async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await ask().WaitAsync(cancellationToken);
            }
            catch (UnitUnreachableException) when (!_ending.IsCancellationRequested)
            {
                await _pause(attempt, cancellationToken);
            }
        }
    }

    private Instant Now => Instant.From(_time.GetUtcNow());

    private IUnit UnitOf(TwinHandle twin) => _cluster.Unit(Plan.UnitOf(twin));

    private bool Fits(TwinFilter filter, TwinSnapshot snapshot) => filter.Fits(
        Graph, snapshot.Twin, Graph.ModelOf(snapshot.Twin), snapshot.State, snapshot.Latest.ToArray());

    private async Task<IEnumerable<TwinSnapshot>> SnapshotsAsync(
        List<TwinHandle> twins, CancellationToken cancellationToken)
    {
        var snapshots = new List<TwinSnapshot>(twins.Count);
        foreach (var units in twins.GroupBy(Plan.UnitOf).Chunk(AskedAtOnce))
            foreach (var some in await Task.WhenAll(units.Select(unit => AskAsync(
                () => _cluster.Unit(unit.Key).SnapshotsAsync([.. unit]), cancellationToken))))
                snapshots.AddRange(some);
        return snapshots.OrderBy(snapshot => snapshot.Twin.Ordinal);
    }

    private void Count(UnitReceipt receipt, int messages)
    {
        lock (_counting)
            _counters = new EngineCounters(
                _counters.Messages + messages, _counters.ReadingsAdvanced + receipt.Advanced,
                _counters.ReadingsLate + receipt.Late, _counters.ReadingsDuplicate + receipt.Duplicate,
                _counters.TwinChanges + receipt.Changes, _counters.ReadingsScreened + receipt.Screened,
                _counters.AlarmSignals + receipt.AlarmSignals);
    }
}
