using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>The sum and number of samples of one slice of time, in millionths of a µg/m³.</summary>
internal readonly record struct MeanBucket(long Index, long SumMillionths, int Count)
{
    private const double MillionthsPerMicrogram = 1e6;

    public double MicrogramsPerCubicMetre => SumMillionths / MillionthsPerMicrogram / Count;

    public MeanBucket With(double microgramsPerCubicMetre) => this with
    {
        SumMillionths = SumMillionths + (long)Math.Round(microgramsPerCubicMetre * MillionthsPerMicrogram),
        Count = Count + 1,
    };
}

/// <summary>
/// The newest slices of time as a ring. Sums are whole numbers, so that the same samples in any order are the same
/// sums.
/// </summary>
internal sealed class MeanBuckets
{
    // Earlier than any slice, and far enough from the end that no difference overflows.
    private const long NoSlice = long.MinValue / 2;

    private readonly MeanBucket[] _ring;
    private readonly long _spanMilliseconds;
    private long _newest;

    public MeanBuckets(TimeSpan span, int kept)
    {
        _spanMilliseconds = (long)span.TotalMilliseconds;
        _ring = new MeanBucket[kept];
        Clear();
    }

    public long IndexOf(Instant time)
    {
        var (quotient, remainder) = Math.DivRem(time.UnixMilliseconds, _spanMilliseconds);
        return remainder < 0 ? quotient - 1 : quotient;
    }

    public Instant StartOf(long index) => new(index * _spanMilliseconds);

    /// <summary>
    /// False where the sample is older than what is kept. A slice that leaves the ring is handed over.
    /// </summary>
    public bool TryAdd(Instant measuredAt, double microgramsPerCubicMetre, Action<MeanBucket>? leaving = null)
    {
        var index = IndexOf(measuredAt);
        if (index <= _newest - _ring.Length)
            return false;
        if (index > _newest)
        {
            if (leaving is not null)
                HandOver(newNewest: index, leaving);
            _newest = index;
        }

        ref var slot = ref _ring[SlotOf(index)];
        slot = (slot.Index == index ? slot : new MeanBucket(index, 0, 0)).With(microgramsPerCubicMetre);
        return true;
    }

    /// <summary>The slice, if it is kept and has a sample.</summary>
    public bool TryGet(long index, out MeanBucket bucket)
    {
        bucket = _ring[SlotOf(index)];
        return bucket.Index == index && index > _newest - _ring.Length;
    }

    /// <summary>Everything kept, the oldest first.</summary>
    public IEnumerable<MeanBucket> Kept()
    {
        for (var index = _newest - _ring.Length + 1; index <= _newest; index++)
            if (TryGet(index, out var bucket))
                yield return bucket;
    }

    /// <summary>What of the ring no longer counts is left out; it never comes back.</summary>
    public void Write(MemoryWriter writer)
    {
        writer.WriteFlag(!IsEmpty);
        if (IsEmpty)
            return;
        writer.WriteWhole(_newest);
        for (var index = _newest - _ring.Length + 1; index <= _newest; index++)
        {
            // A slice that is there has at least one sample.
            if (!TryGet(index, out var bucket))
            {
                writer.WriteCount(0);
                continue;
            }

            writer.WriteCount(bucket.Count);
            writer.WriteWhole(bucket.SumMillionths);
        }
    }

    public void Read(ref MemoryReader reader)
    {
        Clear();
        if (!reader.ReadFlag("whether there are slices of time"))
            return;
        _newest = reader.ReadWhole(
            "newest slice of time", IndexOf(MemoryWriter.Earliest), IndexOf(MemoryWriter.Latest));
        for (var index = _newest - _ring.Length + 1; index <= _newest; index++)
            if (reader.ReadCount("samples of a slice of time") is > 0 and var count)
                _ring[SlotOf(index)] = new MeanBucket(index, reader.ReadWhole("sum of a slice of time"), count);
    }

    private bool IsEmpty => _newest == NoSlice;

    private void Clear()
    {
        _newest = NoSlice;
        Array.Fill(_ring, new MeanBucket(long.MinValue, 0, 0));
    }

    private void HandOver(long newNewest, Action<MeanBucket> leaving)
    {
        var last = Math.Min(_newest, newNewest - _ring.Length);
        for (var index = _newest - _ring.Length + 1; index <= last; index++)
            if (TryGet(index, out var bucket))
                leaving(bucket);
    }

    private int SlotOf(long index) => (int)(((index % _ring.Length) + _ring.Length) % _ring.Length);
}
