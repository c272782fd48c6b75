using DigitalTwin.Model.History;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.History;

public sealed class ChartSamplingTests
{
    private static double[] Times(int count) => [.. Enumerable.Range(0, count).Select(i => (double)i)];

    [Fact]
    public void FewerPointsThanAskedForAreAllKept() =>
        Assert.Equal([0, 1, 2], ChartSampling.LargestTriangles(Times(3), [5, 1, 2], 3));

    [Fact]
    public void AnOutlierIsKept()
    {
        var values = new double[1_000];
        values[637] = 50;
        Assert.Contains(637, ChartSampling.LargestTriangles(Times(1_000), values, 20));
    }

    [Fact]
    public void FewerThanThreePointsAreNoLine() => Assert.ThrowsAny<ArgumentException>(
        () => ChartSampling.LargestTriangles(Times(10), new double[10], 2));

    // The oracle lists every bucket, its candidates and their triangles by the shoelace formula.
    [Fact]
    public void EveryPickIsTheLargestTriangleOfItsBucket() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(-1_000, 1_000).ListOf().ToArbitrary(), Gen.Choose(3, 40).ToArbitrary(), (numbers, pointsMax) =>
        {
            var values = numbers.Select(number => (double)number).ToArray();
            var times = Times(values.Length);
            var picked = ChartSampling.LargestTriangles(times, values, pointsMax);
            if (values.Length <= pointsMax)
                return picked.SequenceEqual(Enumerable.Range(0, values.Length));
            var isRight = picked.Length == pointsMax && picked[0] == 0 && picked[^1] == values.Length - 1;
            var inner = Enumerable.Range(1, values.Length - 2).ToArray();
            var buckets = Enumerable.Range(0, pointsMax - 2).Select(bucket => inner
                .Where((_, at) => at >= bucket * (long)inner.Length / (pointsMax - 2)
                    && at < (bucket + 1) * (long)inner.Length / (pointsMax - 2)).ToArray()).ToList();
            for (var bucket = 0; bucket < buckets.Count; bucket++)
            {
                int[] next = bucket + 1 < buckets.Count ? buckets[bucket + 1] : [values.Length - 1];
                var (x, y) = (next.Average(i => times[i]), next.Average(i => values[i]));
                var before = picked[bucket];
                double Area(int i) => Math.Abs(
                    times[before] * (values[i] - y) + times[i] * (y - values[before])
                    + x * (values[before] - values[i]));
                isRight &= buckets[bucket].Contains(picked[bucket + 1])
                    && Area(picked[bucket + 1]) >= buckets[bucket].Max(Area) - 1e-6;
            }

            return isRight;
        }));
}
