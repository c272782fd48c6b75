using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>What a twin's values say of an alarm's condition; between raise and clear lies the deadband.</summary>
public enum AlarmTest : byte
{
    Clear,
    Hold,
    Raise,
}

/// <summary>
/// Whether one alarm of one twin is on, and since when it waits for its delay; 4 bytes, because a million meters
/// have a dozen each.
/// </summary>
public struct AlarmTimer
{
    private const uint ActiveBit = 1u << 31;

    // Seconds since 2020, plus one; 31 bits last until 2088.
    private static readonly long s_epochSeconds = Instant.Utc(2020, 1, 1).UnixMilliseconds / 1000;

    private uint _packed;

    public readonly bool IsActive => (_packed & ActiveBit) != 0;

    /// <summary>Waits to be raised, or, when active, to be cleared.</summary>
    public readonly bool IsPending => (_packed & ~ActiveBit) != 0;

    /// <summary>Since when it waits; <see cref="Instant.Never"/> where it does not.</summary>
    public readonly Instant PendingSince =>
        IsPending ? new Instant(((_packed & ~ActiveBit) - 1 + s_epochSeconds) * 1000) : Instant.Never;

    /// <summary>An alarm known from before a restart.</summary>
    public static AlarmTimer Restored => new() { _packed = ActiveBit };

    internal void Wait(Instant since)
    {
        var seconds = Math.Clamp(since.UnixMilliseconds / 1000 - s_epochSeconds + 1, 1, ActiveBit - 1);
        _packed = (_packed & ActiveBit) | (uint)seconds;
    }

    internal void StopWaiting() => _packed &= ActiveBit;

    internal void Set(bool isActive) => _packed = isActive ? ActiveBit : 0;
}

/// <summary>An alarm's condition came or went at one twin: what the alarm list is made of.</summary>
/// <param name="Rule">Index of the rule in the book.</param>
/// <param name="At">When, by event time.</param>
/// <param name="Value">What the condition was about; NaN where it is no number.</param>
public readonly record struct AlarmSignal(Graph.TwinHandle Twin, ushort Rule, bool IsRaised, Instant At, float Value)
{
    public SignalOrigin Origin { get; init; }
}
