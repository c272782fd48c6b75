using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Telemetry;

/// <summary>
/// Readings on their way into the engine, received together. Rented and given back, so that the hot path allocates
/// nothing: who accepts a batch owns it and returns it.
/// </summary>
public sealed class TelemetryBatch
{
    /// <summary>A batch larger than this is not kept for reuse, so that one burst does not hold memory for ever.</summary>
    private const int ReadingsKeptMax = 16_384;

    private const int PooledMax = 4_096;

    private static readonly LifoPool<TelemetryBatch> s_pool = new(PooledMax);

    private Reading[] _readings = new Reading[16];

    private TelemetryBatch()
    {
    }

    public Instant ReceivedAt { get; private set; }

    public int Count { get; private set; }

    /// <summary>How many device messages the readings came in.</summary>
    public int MessageCount { get; set; }

    public ReadOnlySpan<Reading> Readings => _readings.AsSpan(0, Count);

    public static TelemetryBatch Rent(Instant receivedAt)
    {
        if (!s_pool.TryTake(out var batch))
            batch = new TelemetryBatch();
        batch.ReceivedAt = receivedAt;
        return batch;
    }

    public void Add(in Reading reading)
    {
        if (Count == _readings.Length)
            Array.Resize(ref _readings, _readings.Length * 2);
        _readings[Count++] = reading;
    }

    /// <summary>Takes back what was added after <paramref name="count"/>: a message is accepted whole or not at all.</summary>
    public void TruncateTo(int count) => Count = Math.Min(Count, count);

    public void Return()
    {
        Count = 0;
        MessageCount = 0;
        if (_readings.Length <= ReadingsKeptMax)
            s_pool.Return(this);
    }
}
