using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>A clock that goes only where a test puts it; whoever waits for it is called once a step.</summary>
internal sealed class SteppedTime(Instant start) : TimeProvider
{
    private readonly List<Waiting> _waiting = [];
    private Instant _now = start;

    public Instant Now
    {
        get
        {
            lock (_waiting)
                return _now;
        }
    }

    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();

    public override long TimestampFrequency => TimeSpan.FromSeconds(1).Ticks / TimeSpan.TicksPerMillisecond;

    public override long GetTimestamp() => Now.UnixMilliseconds;

    public void Step(TimeSpan by)
    {
        Waiting[] called;
        lock (_waiting)
        {
            _now = _now.Plus(by);
            called = [.. _waiting];
        }

        foreach (var waiting in called)
            waiting.Call();
    }

    /// <summary>Time passes while somebody works: nobody is called.</summary>
    public void Pass(TimeSpan by)
    {
        lock (_waiting)
            _now = _now.Plus(by);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var waiting = new Waiting(this, () => callback(state));
        lock (_waiting)
            _waiting.Add(waiting);
        return waiting;
    }

    private sealed class Waiting(SteppedTime time, Action call) : ITimer
    {
        public void Call() => call();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            lock (time._waiting)
                time._waiting.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
