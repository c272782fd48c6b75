using System.Text;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Simulator.City;

/// <summary>Chance that can be asked again: the same seed and time give the same answer in any order.</summary>
internal static class Noise
{
    /// <summary>A seed of its own for each id (FNV-1a, then mixed).</summary>
    public static ulong Seed(int seed, string id)
    {
        var hash = 14_695_981_039_346_656_037UL ^ (uint)seed * 0x9E3779B97F4A7C15UL;
        foreach (var octet in Encoding.UTF8.GetBytes(id))
            hash = (hash ^ octet) * 1_099_511_628_211UL;
        return Mix(hash);
    }

    /// <summary>From 0 to 1, evenly; the number tells apart what is drawn from one seed.</summary>
    public static double Unit(ulong seed, long number) =>
        (Mix(seed + (ulong)number * 0x9E3779B97F4A7C15UL) >> 11) * (1.0 / (1UL << 53));

    /// <summary>From −1 to 1, evenly.</summary>
    public static double Signed(ulong seed, long number) => 2 * Unit(seed, number) - 1;

    /// <summary>From −1 to 1, wandering: a new value every period, and a smooth way there.</summary>
    public static double Wander(ulong seed, Instant time, TimeSpan period)
    {
        var position = time.UnixMilliseconds / period.TotalMilliseconds;
        var step = Math.Floor(position);
        var part = position - step;
        var weight = part * part * (3 - 2 * part);
        return Signed(seed, (long)step) * (1 - weight) + Signed(seed, (long)step + 1) * weight;
    }

    // SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Mix(ulong value)
    {
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ value >> 27) * 0x94D049BB133111EBUL;
        return value ^ value >> 31;
    }
}
