using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Tests.Contracts;

/// <summary>A clock that moves only when told, and fires the timers that fall due on the caller's thread.</summary>
public sealed class ManualTime(Instant start) : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start.ToDateTimeOffset();

    public Instant Now => Instant.From(_now);

    public override DateTimeOffset GetUtcNow() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state, _now + dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var end = _now + by;
        while (_timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due) is { } next)
        {
            _now = next.Due;
            next.Fire();
        }

        _now = end;
    }

    /// <summary>As after a pause of the process: every timer that has fallen due fires once.</summary>
    public void Jump(TimeSpan by)
    {
        _now += by;
        foreach (var timer in _timers.Where(timer => timer.Due <= _now).ToArray())
            timer.FireOnce(_now);
    }

    private sealed class ManualTimer(
        ManualTime clock, TimerCallback callback, object? state, DateTimeOffset due, TimeSpan period) : ITimer
    {
        public DateTimeOffset Due { get; private set; } = due;

        public void Fire()
        {
            GoOn();
            callback(state);
        }

        public void FireOnce(DateTimeOffset now)
        {
            while (Due <= now)
                GoOn();
            callback(state);
        }

        // A timer of one time only, as of a delay, has no period.
        private void GoOn() => Due = period > TimeSpan.Zero ? Due + period : DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod) => throw new NotSupportedException();

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
