namespace DigitalTwin.Model.History;

/// <summary>
/// Picks the points of a series that keep its look, by largest triangles (LTTB; Steinarsson, "Downsampling Time Series
/// for Visual Representation", University of Iceland 2013, §4.2).
/// </summary>
public static class ChartSampling
{
    private const int BoundsMin = 3;

    /// <summary>The indices of the points to draw, ascending; always the first and the last.</summary>
    /// <param name="times">Ascending, as many as values; any unit.</param>
    /// <param name="pointsMax">At least 3, unless there are fewer points.</param>
    /// <exception cref="ArgumentException">Fewer than 3 are asked for, or times and values differ in
    /// number.</exception>
    public static int[] LargestTriangles(ReadOnlySpan<double> times, ReadOnlySpan<double> values, int pointsMax)
    {
        if (times.Length != values.Length)
            throw new ArgumentException("There are as many values as times.", nameof(values));
        if (values.Length <= pointsMax)
            return [.. Enumerable.Range(0, values.Length)];
        ArgumentOutOfRangeException.ThrowIfLessThan(pointsMax, BoundsMin);
        var picked = new int[pointsMax];
        picked[^1] = values.Length - 1;
        for (var bucket = 1; bucket < pointsMax - 1; bucket++)
        {
            var from = BucketStart(bucket, values.Length, pointsMax);
            var to = BucketStart(bucket + 1, values.Length, pointsMax);
            var nextTo = bucket + 2 < pointsMax ? BucketStart(bucket + 2, values.Length, pointsMax) : values.Length;
            picked[bucket] = Largest(times, values, picked[bucket - 1], from, to, nextTo);
        }

        return picked;
    }

    // The points between the first and the last, in buckets of as equal a number as can be.
    private static int BucketStart(int bucket, int points, int pointsMax) =>
        bucket == pointsMax - 1
            ? points - 1
            : 1 + (int)((long)(bucket - 1) * (points - 2) / (pointsMax - 2));

    private static int Largest(
        ReadOnlySpan<double> times, ReadOnlySpan<double> values, int before, int from, int to, int nextTo)
    {
        var (meanTime, meanValue) = (0.0, 0.0);
        for (var i = to; i < nextTo; i++)
            (meanTime, meanValue) = (meanTime + times[i], meanValue + values[i]);
        (meanTime, meanValue) = (meanTime / (nextTo - to), meanValue / (nextTo - to));
        var (largest, area) = (from, -1.0);
        for (var i = from; i < to; i++)
        {
            var twice = Math.Abs(
                (times[before] - meanTime) * (values[i] - values[before])
                - (times[before] - times[i]) * (meanValue - values[before]));
            if (twice > area)
                (largest, area) = (i, twice);
        }

        return largest;
    }
}
