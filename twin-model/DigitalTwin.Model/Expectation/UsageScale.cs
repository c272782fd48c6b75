namespace DigitalTwin.Model.Expectation;

/// <summary>
/// The scale on which usage is compared: the logarithm of (ratio to the level + floor). A halving weighs as much as
/// a doubling, while near zero the floor makes the scale linear, so that a quiet hour and a silent one are alike.
/// </summary>
internal static class UsageScale
{
    // One code is left for "never seen".
    private const int CodeMax = 255;

    private static readonly double s_floor = ExpectationNorms.Usage.RatioFloor;
    private static readonly double s_bottom = Math.Log(s_floor);
    private static readonly double s_top = Math.Log(ExpectationNorms.Usage.RatioMax + s_floor);
    private static readonly double s_step = (s_top - s_bottom) / (CodeMax - 1);
    private static readonly double[] s_ratios = [.. Enumerable.Range(0, CodeMax + 1).Select(RatioOfCode)];

    public const byte NeverSeen = 0;

    public static double Of(double value, double level)
    {
        // Whatever flows where nothing ever flowed is as far off as the scale goes.
        if (level <= 0)
            return value > 0 ? s_top : s_bottom;
        return Math.Min(Math.Log(value / level + s_floor), s_top);
    }

    public static double OfCode(byte code) => s_bottom + (code - 1) * s_step;

    public static double Ratio(byte code) => s_ratios[code];

    /// <summary>The change of the value, as a share of the level, for a small step on the scale.</summary>
    public static double RatioSlope(byte code) => s_ratios[code] + s_floor;

    /// <summary>The code of a point of the scale.</summary>
    /// <param name="point">The point; beyond the ends it is taken as the end.</param>
    /// <param name="dither">
    /// From 0 to 1: what of a step is rounded up. Always a half would lose every correction below half a step.
    /// </param>
    public static byte Code(double point, double dither = 0.5)
    {
        var code = 1 + (int)Math.Floor((point - s_bottom) / s_step + dither);
        return (byte)Math.Clamp(code, 1, CodeMax);
    }

    private static double RatioOfCode(int code) => code switch
    {
        NeverSeen => 1,
        // Exactly nothing, where the exponential of a logarithm would leave a rounding error.
        1 => 0,
        _ => Math.Exp(s_bottom + (code - 1) * s_step) - s_floor,
    };
}
