using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.TimeTravel;

/// <summary>An engine that is read and takes nothing in; of a part of a city, the other twins have no state.</summary>
internal sealed class PastEngine(EmbeddedEngine engine) : ITwinEngine
{
    private bool IsWhole => engine.Map.Whole is null;

    public CityGraph Graph => engine.Graph;

    public CityRules Rules => engine.Rules;

    public EngineCounters Counters => engine.Counters;

    public ValueTask AcceptAsync(TelemetryBatch batch, CancellationToken cancellationToken) => throw Refusal();

    public ValueTask OverrideLightsAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken) =>
        throw Refusal();

    public ValueTask EndOverridesAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken) =>
        throw Refusal();

    public ValueTask<TwinSnapshot> GetAsync(TwinHandle twin, CancellationToken cancellationToken) => Has(twin)
        ? engine.GetAsync(twin, cancellationToken)
        : ValueTask.FromResult(new TwinSnapshot(
            twin, TwinState.New, new LatestValue[Graph.ModelOf(twin).SlotCount]));

    public ValueTask<TwinPage> QueryAsync(TwinQuery query, CancellationToken cancellationToken) =>
        engine.QueryAsync(query, cancellationToken);

    public ValueTask<Tally> RollupAsync(TwinHandle group, CancellationToken cancellationToken) =>
        IsWhole || (Has(group) && Graph.ModelOf(group).Kind != TwinKind.Polycentre)
            ? engine.RollupAsync(group, cancellationToken)
            : ValueTask.FromException<Tally>(new ArgumentException(
                $"{Graph.IdOf(group)} has sums over other districts than the one that was opened", nameof(group)));

    public ValueTask<Share> ShareAsync(TwinHandle twin, CancellationToken cancellationToken) =>
        Has(twin) ? engine.ShareAsync(twin, cancellationToken) : ValueTask.FromResult(default(Share));

    public ValueTask<TwinForecast?> ForecastAsync(TwinHandle twin, CancellationToken cancellationToken) =>
        Has(twin) ? engine.ForecastAsync(twin, cancellationToken) : ValueTask.FromResult<TwinForecast?>(null);

    public ValueTask<IReadOnlyList<AreaAir>> AirAsync(CancellationToken cancellationToken) =>
        engine.AirAsync(cancellationToken);

    public IChangeFeed SubscribeChanges() => engine.SubscribeChanges();

    /// <summary>Does nothing: the engine ends with its city.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NotSupportedException Refusal() => new("the past takes nothing in");

    private bool Has(TwinHandle twin) => engine.Map.Has(twin);
}
