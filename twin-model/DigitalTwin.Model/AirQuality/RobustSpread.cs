namespace DigitalTwin.Model.AirQuality;

/// <summary>The median of values and how far they lie around it; a few wrong values move neither.</summary>
internal readonly record struct RobustSpread(double Median, double StandardDeviation)
{
    // Makes the median absolute deviation of a normal distribution its standard deviation.
    private const double DeviationsPerMad = 1.4826;

    /// <summary>Reorders the values it is given.</summary>
    public static RobustSpread Of(Span<double> values)
    {
        var median = MedianOf(values);
        for (var i = 0; i < values.Length; i++)
            values[i] = Math.Abs(values[i] - median);
        return new RobustSpread(median, DeviationsPerMad * MedianOf(values));
    }

    /// <summary>Reorders the values it is given.</summary>
    public static double MedianOf(Span<double> values)
    {
        values.Sort();
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    public double ZOf(double value, double deviationMin) =>
        Math.Abs(value - Median) / Math.Max(StandardDeviation, deviationMin);
}
