using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>
/// Counts everything that is refused and keeps the newest. A sender in a loop costs a counter: only a few a second
/// of one device are described and kept.
/// </summary>
public sealed class RejectList
{
    // Devices share a bucket by hash; a shared bucket keeps fewer of each and counts all.
    private const int BucketCount = 1_024;

    private readonly long[] _countByReason = new long[Enum.GetValues<RejectReason>().Length];
    private readonly long[] _buckets = new long[BucketCount]; // second << 8 | kept in that second
    private readonly Reject?[] _ring;
    private readonly Lock _keeping = new();
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private long _kept;

    public RejectList(GatewayLimits limits, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _limits = limits;
        _time = time;
        _ring = new Reject?[limits.RejectsKeptMax];
    }

    public long Total => RejectReasons.All.Sum(CountOf);

    public long CountOf(RejectReason reason) => Volatile.Read(ref _countByReason[(int)reason]);

    /// <summary>The newest ones, newest first; a copy.</summary>
    public IReadOnlyList<Reject> Recent()
    {
        lock (_keeping)
        {
            var count = (int)Math.Min(_kept, _ring.Length);
            var recent = new Reject[count];
            for (var i = 0; i < count; i++)
                recent[i] = _ring[(int)((_kept - 1 - i) % _ring.Length)]!;
            return recent;
        }
    }

    /// <summary>Counts one; true where it should also be described and kept.</summary>
    internal bool Count(RejectReason reason, string? sender)
    {
        Interlocked.Increment(ref _countByReason[(int)reason]);
        var second = _time.GetUtcNow().ToUnixTimeSeconds();
        ref var bucket = ref _buckets[(uint)(sender?.GetHashCode(StringComparison.Ordinal) ?? 0) % BucketCount];
        while (true)
        {
            var seen = Volatile.Read(ref bucket);
            var kept = seen >> 8 == second ? seen & 0xFF : 0;
            if (kept >= _limits.RejectsKeptPerSecondMax)
                return false;
            if (Interlocked.CompareExchange(ref bucket, (second << 8) | (kept + 1), seen) == seen)
                return true;
        }
    }

    internal void Keep(
        RejectReason reason, IngestTransport transport, string? deviceId, string? twinId, string detail, string excerpt)
    {
        var reject = new Reject(
            Instant.From(_time.GetUtcNow()), deviceId, twinId, transport, reason,
            Excerpt.Of(detail, _limits.ExcerptCharactersMax), excerpt);
        lock (_keeping)
            _ring[(int)(_kept++ % _ring.Length)] = reject;
    }
}
