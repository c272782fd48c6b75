namespace DigitalTwin.Gateway.EventIngest;

/// <summary>What reading event hubs has done since the start.</summary>
public sealed class EventMeters
{
    private long _taken;
    private long _passedOver;
    private long _notAccepted;
    private long _poisonKept;
    private long _poisonDropped;
    private long _checkpoints;
    private long _notCheckpointed;
    private long _lagMilliseconds;

    /// <summary>Events that were dealt with: accepted, refused or passed over.</summary>
    public long Events => Volatile.Read(ref _taken);

    /// <summary>Those of them that were no telemetry.</summary>
    public long EventsPassedOver => Volatile.Read(ref _passedOver);

    /// <summary>How often the engine did not take what it was given; it was given it again.</summary>
    public long AcceptFailures => Volatile.Read(ref _notAccepted);

    public long Poison => Volatile.Read(ref _poisonKept);

    /// <summary>Refused events that were not kept, because there were too many or the store failed.</summary>
    public long PoisonNotKept => Volatile.Read(ref _poisonDropped);

    public long Checkpoints => Volatile.Read(ref _checkpoints);

    public long CheckpointFailures => Volatile.Read(ref _notCheckpointed);

    /// <summary>How old the event was that was dealt with last.</summary>
    public TimeSpan Lag => TimeSpan.FromMilliseconds(Volatile.Read(ref _lagMilliseconds));

    internal void Taken(int events, DateTimeOffset enqueuedAt, DateTimeOffset now)
    {
        Interlocked.Add(ref _taken, events);
        Volatile.Write(ref _lagMilliseconds, (long)(now - enqueuedAt).TotalMilliseconds);
    }

    internal void PassedOver() => Interlocked.Increment(ref _passedOver);

    internal void NotAccepted() => Interlocked.Increment(ref _notAccepted);

    internal void PoisonKept() => Interlocked.Increment(ref _poisonKept);

    internal void PoisonDropped() => Interlocked.Increment(ref _poisonDropped);

    internal void Checkpointed() => Interlocked.Increment(ref _checkpoints);

    internal void NotCheckpointed() => Interlocked.Increment(ref _notCheckpointed);
}
