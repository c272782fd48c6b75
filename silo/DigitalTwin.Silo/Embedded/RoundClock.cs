using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// The city's clock as its rounds tell it, for finding a moment again: it never goes back, even where the computer's
/// does. It remembers the latest rounds, because the newest may not be on disk yet.
/// </summary>
internal sealed class RoundClock
{
    // A round a second; a disk that is so far behind stops the city.
    private const int Remembered = 64;

    private readonly Lock _gate = new();
    private readonly Queue<(long Sequence, Instant At)> _latest = new(Remembered);
    private Instant _now = Instant.Never;

    /// <summary>The instant of the newest round.</summary>
    public Instant Now
    {
        get
        {
            lock (_gate)
                return _now;
        }
    }

    /// <summary>Takes in a round; returns its instant by this clock.</summary>
    public Instant Tell(long sequence, Instant now)
    {
        lock (_gate)
        {
            if (now > _now)
                _now = now;
            if (_latest.Count == Remembered)
                _latest.Dequeue();
            _latest.Enqueue((sequence, _now));
            return _now;
        }
    }

    /// <summary>The newest round up to a sequence and an instant; never where none of those it remembers is.</summary>
    public Instant NewestUpTo(long sequence, Instant at)
    {
        lock (_gate)
            return _latest.LastOrDefault(
                round => round.Sequence <= sequence && round.At <= at, (0, Instant.Never)).At;
    }
}
