using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Ports;

/// <summary>
/// Where twins live. Readings go in as batches, changes come out conflated, and anyone may ask. One writer a twin;
/// what holds for a user of this port is written as a clause of the engine contract suite.
/// </summary>
public interface ITwinEngine : IAsyncDisposable
{
    CityGraph Graph { get; }

    /// <summary>
    /// Hands a batch over; from here on it is the engine's. Completes once the batch is accepted: an engine with a
    /// journal has it on disk by then, so the caller may acknowledge. Waits while the engine is full.
    /// </summary>
    /// <exception cref="OperationCanceledException">The outcome is unknown; sending again is safe.</exception>
    ValueTask AcceptAsync(TelemetryBatch batch, CancellationToken cancellationToken);

    /// <summary>The state of one twin, after everything accepted before the call.</summary>
    ValueTask<TwinSnapshot> GetAsync(TwinHandle twin, CancellationToken cancellationToken);

    /// <summary>One page of the twins that fit, by ascending handle, each after everything accepted before the call.</summary>
    ValueTask<TwinPage> QueryAsync(TwinQuery query, CancellationToken cancellationToken);

    /// <summary>The sums of a building, feeder, cabinet, district, polycentre or the city, exact at the call.</summary>
    /// <exception cref="ArgumentException">The twin carries no sums.</exception>
    ValueTask<Tally> RollupAsync(TwinHandle group, CancellationToken cancellationToken);

    /// <summary>What one twin adds to those sums now.</summary>
    ValueTask<Share> ShareAsync(TwinHandle twin, CancellationToken cancellationToken);

    /// <summary>The next 24 hours of a meter or an air sensor; null where too little is known.</summary>
    ValueTask<TwinForecast?> ForecastAsync(TwinHandle twin, CancellationToken cancellationToken);

    /// <summary>The air over each district that has sensors, and over the city.</summary>
    ValueTask<IReadOnlyList<AreaAir>> AirAsync(CancellationToken cancellationToken);

    /// <summary>Puts a level before the lights' programmes until a time; a time that has passed ends an override.</summary>
    /// <exception cref="ArgumentException">One of them is no streetlight; then none is changed.</exception>
    ValueTask OverrideLightsAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the override of this level and time, to the second, where it still stands; another one since stands on.
    /// </summary>
    /// <exception cref="ArgumentException">One of them is no streetlight; then none is changed.</exception>
    ValueTask EndOverridesAsync(
        IReadOnlyList<TwinHandle> lights, double percent, Instant until, CancellationToken cancellationToken);

    /// <summary>Starts a feed on which every twin that has a state counts as changed at first.</summary>
    IChangeFeed SubscribeChanges();

    CityRules Rules { get; }

    EngineCounters Counters { get; }
}

/// <summary>The air over a district or the city: official posts and indicative sensors side by side, null where there are none.</summary>
/// <param name="Months">СИ, НП and ИЗА5 of the official posts: of the running month, then of the one before; only those with data.</param>
public sealed record AreaAir(
    TwinHandle Area, AirAggregate? Official, AirAggregate? Indicative, IReadOnlyList<KazakhstanMonth> Months);

/// <summary>What the engine has done since it started.</summary>
public readonly record struct EngineCounters(
    long Messages, long ReadingsAdvanced, long ReadingsLate, long ReadingsDuplicate, long TwinChanges,
    long ReadingsScreened, long AlarmSignals);
