using System.Runtime.CompilerServices;

namespace DigitalTwin.Model.Rollups;

/// <summary>
/// What one twin adds to the sums of its groups, or such a sum itself, by <see cref="RollupMeasure"/>. Whole numbers,
/// so that adding and taking away any number of times gives exactly what a recount gives.
/// </summary>
[InlineArray(RollupMeasures.Count)]
public struct Tally
{
    // Far below the range of a long even for a million meters at the limit.
    private const double RateMax = 1e12;

    private long _first;

    public readonly long Of(RollupMeasure measure) => this[(int)measure];

    public static long Thousandths(double rate) => (long)Math.Round(Math.Clamp(rate, -RateMax, RateMax) * 1000);

    /// <summary>The step from one to another; false where there is none.</summary>
    public static bool TryDifference(in Tally before, in Tally after, ref Tally difference)
    {
        var any = 0L;
        for (var i = 0; i < RollupMeasures.Count; i++)
        {
            var step = after[i] - before[i];
            difference[i] = step;
            any |= step;
        }

        return any != 0;
    }

    public void Add(in Tally other)
    {
        for (var i = 0; i < RollupMeasures.Count; i++)
            this[i] += other[i];
    }
}
