namespace DigitalTwin.Gateway.Replay;

/// <summary>How fast the clock of a replay really goes, over the last rounds.</summary>
internal sealed class ReachedSpeed
{
    // Two seconds of rounds: short enough to follow a change, long enough to be read.
    private const int RoundsMax = 20;

    private readonly Queue<(TimeSpan Elapsed, double Milliseconds)> _rounds = new(RoundsMax);
    private TimeSpan _elapsed;
    private double _milliseconds;

    /// <summary>Seconds of the city in one second; 0 before the first round.</summary>
    public double Value => _elapsed > TimeSpan.Zero ? _milliseconds / _elapsed.TotalMilliseconds : 0;

    /// <param name="elapsed">Time that has passed here.</param>
    /// <param name="milliseconds">Time that has passed in the city.</param>
    public void Add(TimeSpan elapsed, double milliseconds)
    {
        if (_rounds.Count == RoundsMax)
        {
            var (oldElapsed, oldMilliseconds) = _rounds.Dequeue();
            _elapsed -= oldElapsed;
            _milliseconds -= oldMilliseconds;
        }

        _rounds.Enqueue((elapsed, milliseconds));
        _elapsed += elapsed;
        _milliseconds += milliseconds;
    }

    public void Reset()
    {
        _rounds.Clear();
        _elapsed = TimeSpan.Zero;
        _milliseconds = 0;
    }
}
