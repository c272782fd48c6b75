namespace DigitalTwin.Gateway.Fanout;

/// <summary>What the fan-out between gateways has done since the start.</summary>
public sealed class FanoutMeters
{
    private long _published;
    private long _publishFailures;
    private long _snapshotsWritten;
    private long _taken;
    private long _gaps;
    private long _silences;
    private long _snapshotsLoaded;
    private long _notOurs;

    /// <summary>Rounds said to other gateways.</summary>
    public long Published => Volatile.Read(ref _published);

    public long PublishFailures => Volatile.Read(ref _publishFailures);

    public long SnapshotsWritten => Volatile.Read(ref _snapshotsWritten);

    /// <summary>Rounds of another gateway that were taken over.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>How often rounds were missing, so that a snapshot had to be loaded.</summary>
    public long Gaps => Volatile.Read(ref _gaps);

    /// <summary>How often nothing, or nothing fresh, was heard.</summary>
    public long Silences => Volatile.Read(ref _silences);

    public long SnapshotsLoaded => Volatile.Read(ref _snapshotsLoaded);

    /// <summary>Messages that were malformed, of another city, or of a second publisher.</summary>
    public long NotOurs => Volatile.Read(ref _notOurs);

    internal void RoundPublished() => Interlocked.Increment(ref _published);

    internal void PublishFailed() => Interlocked.Increment(ref _publishFailures);

    internal void SnapshotWritten() => Interlocked.Increment(ref _snapshotsWritten);

    internal void RoundTaken() => Interlocked.Increment(ref _taken);

    internal void GapFound() => Interlocked.Increment(ref _gaps);

    internal void Silent() => Interlocked.Increment(ref _silences);

    internal void SnapshotLoaded() => Interlocked.Increment(ref _snapshotsLoaded);

    internal void Ignored() => Interlocked.Increment(ref _notOurs);
}
