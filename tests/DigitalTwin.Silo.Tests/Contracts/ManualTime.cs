using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Tests.Contracts;

/// <summary>A clock that moves only when told, and fires the timers that fall due on the caller's thread.</summary>
public sealed class ManualTime(Instant start) : TimeProvider
{
    // Those who wait begin and end on threads of their own, beside the test that moves the clock.
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start.ToDateTimeOffset();

    public Instant Now => Instant.From(GetUtcNow());

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            var timer = new ManualTimer(this, callback, state, _now + dueTime, period);
            _timers.Add(timer);
            return timer;
        }
    }

    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (NextUpTo(end) is { } next)
            next.Call();
    }

    /// <summary>As after a pause of the process: every timer that has fallen due fires once.</summary>
    public void Jump(TimeSpan by)
    {
        ManualTimer[] due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now)];
            foreach (var timer in due)
                timer.GoOnBeyond(_now);
        }

        foreach (var timer in due)
            timer.Call();
    }

    // The first timer that falls due, with the clock at its time; the clock is at the end where there is none.
    private ManualTimer? NextUpTo(DateTimeOffset end)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            _now = next?.Due ?? end;
            next?.GoOn();
            return next;
        }
    }

    private sealed class ManualTimer(
        ManualTime clock, TimerCallback callback, object? state, DateTimeOffset due, TimeSpan period) : ITimer
    {
        public DateTimeOffset Due { get; private set; } = due;

        public void Call() => callback(state);

        public void GoOnBeyond(DateTimeOffset now)
        {
            while (Due <= now)
                GoOn();
        }

        // A timer of one time only, as of a delay, has no period.
        public void GoOn() => Due = period > TimeSpan.Zero ? Due + period : DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod) => throw new NotSupportedException();

        public void Dispose()
        {
            lock (clock._gate)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
