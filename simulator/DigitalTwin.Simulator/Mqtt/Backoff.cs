namespace DigitalTwin.Simulator.Mqtt;

/// <summary>
/// How long to wait before the next attempt: doubling, with jitter so that a fleet does not come back at once.
/// </summary>
internal sealed class Backoff(Random random, TimeSpan first, TimeSpan most)
{
    private int _failures;

    public void Reset() => _failures = 0;

    /// <summary>Between half and the whole of the doubled span.</summary>
    public TimeSpan Next()
    {
        var span = Math.Min(most.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures, 30)));
        _failures++;
        return TimeSpan.FromMilliseconds(span * (0.5 + random.NextDouble() / 2));
    }
}
