using System.Numerics;
using System.Runtime.CompilerServices;

namespace DigitalTwin.Model.Rollups;

/// <summary>
/// The sums of a group of twins by <see cref="RollupMeasure"/>: of their <see cref="Share"/>s. Whole numbers, so that adding and taking away any number of times gives exactly what a recount gives.
/// </summary>
[InlineArray(RollupMeasures.Count)]
public struct Tally : IEquatable<Tally>
{
    // Far below the range of a long even for a million meters at the limit.
    private const double RateMax = 1e12;

    private long _first;

    public readonly long Of(RollupMeasure measure) => this[(int)measure];

    public static long Thousandths(double rate) => (long)Math.Round(Math.Clamp(rate, -RateMax, RateMax) * 1000);

    /// <summary>Takes one twin's share out and puts its new one in.</summary>
    public void Replace(in Share before, in Share after)
    {
        this[(int)before.Measure] -= before.Amount;
        this[(int)after.Measure] += after.Amount;
        for (var gone = before.Counts & ~after.Counts; gone != 0; gone &= gone - 1)
            this[BitOperations.TrailingZeroCount(gone)]--;
        for (var come = after.Counts & ~before.Counts; come != 0; come &= come - 1)
            this[BitOperations.TrailingZeroCount(come)]++;
    }

    public void Add(in Tally other)
    {
        for (var i = 0; i < RollupMeasures.Count; i++)
            this[i] += other[i];
    }

    public void Subtract(in Tally other)
    {
        for (var i = 0; i < RollupMeasures.Count; i++)
            this[i] -= other[i];
    }

    public readonly bool Equals(Tally other) =>
        ((ReadOnlySpan<long>)this).SequenceEqual((ReadOnlySpan<long>)other);

    public override readonly bool Equals(object? obj) => obj is Tally other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(this[0], this[RollupMeasures.Count / 2]);

    public static bool operator ==(Tally a, Tally b) => a.Equals(b);

    public static bool operator !=(Tally a, Tally b) => !a.Equals(b);
}
