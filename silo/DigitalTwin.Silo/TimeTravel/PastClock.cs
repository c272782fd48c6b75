using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.TimeTravel;

/// <summary>A clock that stands at an instant that has passed until it is moved on. It has no timers.</summary>
internal sealed class PastClock : TimeProvider
{
    private long _now = Instant.Never.UnixMilliseconds;

    public Instant Now
    {
        get => new(Volatile.Read(ref _now));
        set => Volatile.Write(ref _now, value.UnixMilliseconds);
    }

    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new NotSupportedException("the past is moved on by who looks at it");
}
