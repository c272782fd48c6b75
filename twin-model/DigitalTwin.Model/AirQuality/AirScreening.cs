using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>What screening found wrong with a value; a value may have several.</summary>
[Flags]
public enum AirFlags
{
    None = 0,
    Negative = 1,
    AboveHardCap = 2,
    Constant = 4,
    RobustOutlier = 8,
    Spike = 16,
    Stuck = 32,
    NeighbourOutlier = 64,
    UnitFault = 128,
}

/// <summary>The raw values of the other posts at about the same time.</summary>
public readonly record struct AirNeighbours(
    double MedianMicrogramsPerCubicMetre, double DeviationMicrogramsPerCubicMetre, int PostCount)
{
    public static AirNeighbours Of(IEnumerable<double> microgramsPerCubicMetre)
    {
        double[] values = [.. microgramsPerCubicMetre];
        if (values.Length == 0)
            return default;
        var spread = RobustSpread.Of(values);
        return new AirNeighbours(spread.Median, spread.StandardDeviation, values.Length);
    }
}

/// <summary>
/// The plausibility stages of air values, each a flag. Thresholds: <c>twin-model/norms/air-screening.json</c>.
/// </summary>
public static class AirScreening
{
    private static readonly AirScreeningRules s_rules = NormDocument.Read("air-screening", AirScreeningRules.Read);

    /// <summary>
    /// The flags of a value against what the sensor reported before and what its neighbours report. A value that is not
    /// newer than the last is judged on its own and against the window, but changes nothing: stages in time need order.
    /// </summary>
    public static AirFlags Screen(
        AirScreeningState state, Pollutant pollutant, double rawMicrogramsPerCubicMetre, Instant measuredAt,
        AirNeighbours? neighbours = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        var value = rawMicrogramsPerCubicMetre;
        // What is no concentration at all must not reach the window, where it would spoil the median.
        if (ImpossibleFlag(pollutant, value) is var impossible and not AirFlags.None)
            return impossible;

        var flags = OutlierFlag(state, pollutant, value)
            | NeighbourFlag(pollutant, value, neighbours)
            | UnitFlag(state, pollutant, value, neighbours);
        if (measuredAt <= state.Newest)
            return flags;
        flags |= SpikeFlag(state, pollutant, value, measuredAt)
            | StuckFlag(state, value, measuredAt)
            | ConstantFlag(state, pollutant, value, measuredAt);
        state.Remember(value, measuredAt, s_rules.WindowInterval);
        return flags;
    }

    public static Quality QualityOf(AirFlags flags) =>
        (flags & s_rules.Bad) != 0 ? Quality.Bad : flags != 0 ? Quality.Suspect : Quality.Good;

    private static AirFlags ImpossibleFlag(Pollutant pollutant, double value) =>
        value < 0 ? AirFlags.Negative
        : value <= s_rules.HardCap[(int)pollutant] ? AirFlags.None
        : AirFlags.AboveHardCap;

    private static AirFlags OutlierFlag(AirScreeningState state, Pollutant pollutant, double value)
    {
        if (state.WindowCount < s_rules.RobustValuesMin)
            return AirFlags.None;
        Span<double> buffer = stackalloc double[AirScreeningState.WindowCapacity];
        var z = RobustSpread.Of(state.CopyWindow(buffer)).ZOf(value, s_rules.Noise[(int)pollutant]);
        return z > s_rules.RobustZMax ? AirFlags.RobustOutlier : AirFlags.None;
    }

    private static AirFlags SpikeFlag(AirScreeningState state, Pollutant pollutant, double value, Instant measuredAt)
    {
        Span<double> buffer = stackalloc double[s_rules.SpikeNeighbourCount];
        var before = state.CopyNewest(buffer, measuredAt.Plus(-s_rules.SpikeNeighbourAgeMax));
        if (before.Length < s_rules.SpikeNeighbourCount)
            return AirFlags.None;
        var level = Math.Max(RobustSpread.MedianOf(before), s_rules.Noise[(int)pollutant]);
        return value > s_rules.SpikeFactorMax * level ? AirFlags.Spike : AirFlags.None;
    }

    private static AirFlags StuckFlag(AirScreeningState state, double value, Instant measuredAt)
    {
        var count = state.RunCountWith(value);
        return count > 1 && count >= s_rules.StuckValuesMin && measuredAt - state.RunSince >= s_rules.StuckMin
            ? AirFlags.Stuck
            : AirFlags.None;
    }

    // A dead instrument often flickers in its last digit: not stuck to the digit, yet it measures nothing.
    private static AirFlags ConstantFlag(AirScreeningState state, Pollutant pollutant, double value, Instant measuredAt)
    {
        Span<double> buffer = stackalloc double[AirScreeningState.WindowCapacity];
        var window = state.CopyNewest(buffer, measuredAt.Plus(-s_rules.ConstantMin));
        if (window.Length + 1 < s_rules.ConstantValuesMin || measuredAt - state.OldestInWindow < s_rules.ConstantMin)
            return AirFlags.None;
        var (minimum, maximum) = (value, value);
        foreach (var earlier in window)
            (minimum, maximum) = (Math.Min(minimum, earlier), Math.Max(maximum, earlier));
        var level = Math.Max(RobustSpread.MedianOf(window), s_rules.Noise[(int)pollutant]);
        return maximum - minimum <= s_rules.ConstantSpreadFractionMax * level ? AirFlags.Constant : AirFlags.None;
    }

    private static AirFlags NeighbourFlag(Pollutant pollutant, double value, AirNeighbours? neighbours)
    {
        if (neighbours is not { } others || others.PostCount < s_rules.NeighbourPostsMin)
            return AirFlags.None;
        var spread = new RobustSpread(others.MedianMicrogramsPerCubicMetre, others.DeviationMicrogramsPerCubicMetre);
        return spread.ZOf(value, s_rules.Noise[(int)pollutant]) > s_rules.NeighbourZMax
            ? AirFlags.NeighbourOutlier
            : AirFlags.None;
    }

    private static AirFlags UnitFlag(
        AirScreeningState state, Pollutant pollutant, double value, AirNeighbours? neighbours)
    {
        if (s_rules.UnitExempt.Contains(pollutant))
            return AirFlags.None;
        var isFault = neighbours is { } others && others.PostCount >= s_rules.NeighbourPostsMin
                && IsOffByUnit(pollutant, value, others.MedianMicrogramsPerCubicMetre)
            || state.DayCount >= s_rules.UnitOwnDaysMin && IsOffByUnit(pollutant, value, state.MedianOfDays());
        return isFault ? AirFlags.UnitFault : AirFlags.None;
    }

    private static bool IsOffByUnit(Pollutant pollutant, double value, double reference)
    {
        // A reference near the noise is likely wrong itself and convicts nobody; and a zero is no unit.
        if (value <= 0 || reference < s_rules.UnitReferenceNoiseMin * s_rules.Noise[(int)pollutant])
            return false;
        var ratio = Math.Max(value, reference) / Math.Min(value, reference);
        return ratio >= s_rules.UnitFactor / s_rules.UnitTolerance
            && ratio <= s_rules.UnitFactor * s_rules.UnitTolerance;
    }
}
