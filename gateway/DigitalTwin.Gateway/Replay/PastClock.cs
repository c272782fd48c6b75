using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Replay;

/// <summary>The clock of a past city: what is shown of it is dated and judged by this one.</summary>
internal sealed class PastClock(Func<Instant> now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now().ToDateTimeOffset();
}
