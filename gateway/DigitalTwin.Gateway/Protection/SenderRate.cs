namespace DigitalTwin.Gateway.Protection;

/// <summary>
/// What one sender has used of its rate, as the moments at which each of its buckets is full again (a token bucket as
/// the generic cell rate algorithm has it): nothing runs, nothing is refilled, and one that sends nothing is all zeros.
/// </summary>
internal sealed class SenderRate(string name, int twins)
{
    private long _messagesFullAt;
    private long _bytesFullAt;
    private long _readingsFullAt;
    private long _connectsFullAt;

    /// <summary>The device, or the session of a service.</summary>
    public string Name => name;

    /// <summary>Twins it speaks for: more of them are a higher rate.</summary>
    public int Twins => twins;

    /// <summary>Connections that use it; kept by <see cref="SenderRates"/>.</summary>
    public int Users { get; set; }

    /// <summary>Since when and how it is slowed; null: it never was, or not for long.</summary>
    public ThrottleEpisode? Episode { get; set; }

    /// <summary>When the fullest of the buckets is as it was before anything was sent.</summary>
    public long FullAt => Math.Max(
        Math.Max(Volatile.Read(ref _messagesFullAt), Volatile.Read(ref _bytesFullAt)),
        Volatile.Read(ref _readingsFullAt));

    /// <summary>Nothing of it is worth keeping.</summary>
    public bool IsIdle(long now) => FullAt <= now && Volatile.Read(ref _connectsFullAt) <= now;

    /// <summary>Charges what was read; returns when the buckets are full again.</summary>
    public long Charge(long now, double messageTicks, double byteTicks, double readingTicks)
    {
        var messages = Advance(ref _messagesFullAt, now, messageTicks);
        var bytes = Advance(ref _bytesFullAt, now, byteTicks);
        var readings = Advance(ref _readingsFullAt, now, readingTicks);
        return Math.Max(Math.Max(messages, bytes), readings);
    }

    /// <summary>Charges a connection where there is room for it within the burst.</summary>
    public bool TryConnect(long now, double connectTicks, long burstTicks)
    {
        while (true)
        {
            var seen = Volatile.Read(ref _connectsFullAt);
            var next = Math.Max(seen, now) + (long)connectTicks;
            if (next - now > burstTicks)
                return false;
            if (Interlocked.CompareExchange(ref _connectsFullAt, next, seen) == seen)
                return true;
        }
    }

    private static long Advance(ref long fullAt, long now, double ticks)
    {
        while (true)
        {
            var seen = Volatile.Read(ref fullAt);
            var next = Math.Max(seen, now) + (long)ticks;
            if (Interlocked.CompareExchange(ref fullAt, next, seen) == seen)
                return next;
        }
    }
}

/// <summary>A time for which a device is slowed, with breaks no longer than a moment.</summary>
internal sealed class ThrottleEpisode(DateTimeOffset since, long startedAt)
{
    private long _heldBack;

    public DateTimeOffset Since => since;

    public long StartedAt => startedAt;

    public long LastHeldAt { get; set; }

    /// <summary>What is read next of it waited.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Until when it is refused for having gone on; 0: it is not.</summary>
    public long RefusedUntil { get; set; }

    /// <summary>Messages that waited, or that were answered by 429.</summary>
    public long HeldBack => Interlocked.Read(ref _heldBack);

    public void AddHeldBack(long messages) => Interlocked.Add(ref _heldBack, messages);
}
