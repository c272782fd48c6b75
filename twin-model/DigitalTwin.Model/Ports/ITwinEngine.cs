using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;

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

    /// <summary>Starts a feed on which every twin that has a state counts as changed at first.</summary>
    IChangeFeed SubscribeChanges();

    EngineCounters Counters { get; }
}

/// <summary>What the engine has done since it started.</summary>
public readonly record struct EngineCounters(
    long Messages, long ReadingsAdvanced, long ReadingsLate, long ReadingsDuplicate, long TwinChanges);
