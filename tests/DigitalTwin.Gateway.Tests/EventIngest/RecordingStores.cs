using System.Collections.Concurrent;
using DigitalTwin.Gateway.EventIngest;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Tests.EventIngest;

/// <summary>Keeps what is refused, or fails as often as a test says.</summary>
internal sealed class RecordingPoisonStore : IPoisonStore
{
    public ConcurrentDictionary<string, byte[]> Kept { get; } = [];

    public bool IsBroken { get; set; }

    public Task KeepAsync(string name, ReadOnlyMemory<byte> document, CancellationToken cancellationToken)
    {
        if (IsBroken)
            throw new IOException("the store is not there");
        Kept[name] = document.ToArray();
        return Task.CompletedTask;
    }
}

/// <summary>An engine that takes nothing while a test holds it, and fails as often as one says.</summary>
internal sealed class ReluctantEngine(ITwinEngine engine) : ITwinEngine
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _held;
    private int _failures;
    private int _asked;

    /// <summary>How many batches it was given.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public CityGraph Graph => engine.Graph;

    public CityRules Rules => engine.Rules;

    public EngineCounters Counters => engine.Counters;

    public void FailNext(int times) => Volatile.Write(ref _failures, times);

    public void Hold()
    {
        lock (_gate)
            _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Release()
    {
        lock (_gate)
            _held?.SetResult();
    }

    public async ValueTask AcceptAsync(TelemetryBatch batch, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        Task held;
        lock (_gate)
            held = _held?.Task ?? Task.CompletedTask;
        await held.WaitAsync(cancellationToken);
        if (Interlocked.Decrement(ref _failures) >= 0)
            throw new IOException("the journal is full");
        await engine.AcceptAsync(batch, cancellationToken);
    }

    public ValueTask<TwinSnapshot> GetAsync(TwinHandle twin, CancellationToken cancellationToken) =>
        engine.GetAsync(twin, cancellationToken);

    public ValueTask<TwinPage> QueryAsync(TwinQuery query, CancellationToken cancellationToken) =>
        engine.QueryAsync(query, cancellationToken);

    public ValueTask<Tally> RollupAsync(TwinHandle group, CancellationToken cancellationToken) =>
        engine.RollupAsync(group, cancellationToken);

    public ValueTask<Share> ShareAsync(TwinHandle twin, CancellationToken cancellationToken) =>
        engine.ShareAsync(twin, cancellationToken);

    public ValueTask<TwinForecast?> ForecastAsync(TwinHandle twin, CancellationToken cancellationToken) =>
        engine.ForecastAsync(twin, cancellationToken);

    public ValueTask<IReadOnlyList<AreaAir>> AirAsync(CancellationToken cancellationToken) =>
        engine.AirAsync(cancellationToken);

    public ValueTask OverrideLightsAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken) =>
        engine.OverrideLightsAsync(lights, percent, until, cancellationToken);

    public ValueTask EndOverridesAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken) =>
        engine.EndOverridesAsync(lights, percent, until, cancellationToken);

    public IChangeFeed SubscribeChanges() => engine.SubscribeChanges();

    public ValueTask DisposeAsync() => engine.DisposeAsync();
}
