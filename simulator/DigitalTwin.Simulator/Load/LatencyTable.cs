using System.Numerics;

namespace DigitalTwin.Simulator.Load;

/// <summary>How often which latency was seen, to about 3 %; a fixed size whatever is put in.</summary>
internal sealed class LatencyTable
{
    private const int BitsPerOctave = 5;
    private const int StepsPerOctave = 1 << BitsPerOctave;

    // Up to 2³⁶ µs, which is 19 hours.
    private readonly int[] _counts = new int[(36 - BitsPerOctave + 1) * StepsPerOctave];

    public void Add(TimeSpan latency)
    {
        var microseconds = Math.Max(0, (long)latency.TotalMicroseconds);
        _counts[Math.Min(IndexOf(microseconds), _counts.Length - 1)]++;
    }

    public void AddAll(LatencyTable other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
    }

    /// <summary>
    /// The latency that this share of all stays below or reaches, in milliseconds; zero where there was none.
    /// </summary>
    public double MillisecondsAt(double share)
    {
        var wanted = _counts.Sum(count => (long)count) * share;
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen > 0 && seen >= wanted)
                return UpperMicroseconds(i) / 1_000.0;
        }

        return 0;
    }

    private static int IndexOf(long microseconds)
    {
        if (microseconds < StepsPerOctave)
            return (int)microseconds;
        var octave = BitOperations.Log2((ulong)microseconds) - BitsPerOctave;
        return octave * StepsPerOctave + (int)(microseconds >> octave);
    }

    private static long UpperMicroseconds(int index)
    {
        if (index < 2 * StepsPerOctave)
            return index;
        var octave = index / StepsPerOctave - 1;
        return ((long)(index % StepsPerOctave + StepsPerOctave + 1) << octave) - 1;
    }
}
