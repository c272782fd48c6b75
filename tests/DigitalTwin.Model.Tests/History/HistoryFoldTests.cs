using System.Numerics;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.History;

public sealed class HistoryFoldTests
{
    private static readonly Instant s_start = Instant.Utc(2026, 11, 20, 19);
    private static readonly Cadence s_cadence = new(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30));

    private static HistoryPoint Point(
        double minute, double value, Quality quality = Quality.Good, QualityReason reason = QualityReason.None)
    {
        var at = s_start.Plus(TimeSpan.FromMinutes(minute));
        return new HistoryPoint(at, at, value, quality, reason);
    }

    private static HistoryAggregate?[] Fold(int hours, params HistoryPoint[] points) => HistoryFold.Fold(
        points, HistoryFold.Edges(s_start, s_start.Plus(TimeSpan.FromHours(hours)), TimeSpan.FromHours(1)), s_cadence);

    [Fact]
    public void AnHourIsCountSumEndsAndExtremes()
    {
        var hour = Fold(1, Point(0, 4), Point(15, 2, Quality.Suspect), Point(30, 99, Quality.Bad), Point(45, 9))[0]!;
        Assert.Equal((3, 1, 1), (hour.Count, hour.SuspectCount, hour.BadCount));
        Assert.Equal((15.0, 5.0, 2.0, 9.0, 4.0, 9.0), (hour.Sum, hour.Mean, hour.Min, hour.Max, hour.First, hour.Last));
        // 4 and 2 and 9 stand a quarter each; the bad value ends what stood before it.
        Assert.Equal(45 * 60_000, hour.CoveredMilliseconds);
        Assert.Equal(5, hour.TimeWeightedMean);
        Assert.Equal(0.75, hour.Completeness(TimeSpan.FromHours(1), s_cadence.Interval));
    }

    [Fact]
    public void AValueStandsInTheNextHourTooButNoLongerThanItMay()
    {
        var hours = Fold(3, Point(50, 6), Point(65, 3));
        Assert.Equal(10 * 60_000, hours[0]!.CoveredMilliseconds);
        // 6 for 5 minutes, then 3 for the 30 that a value may stand.
        Assert.Equal(35 * 60_000, hours[1]!.CoveredMilliseconds);
        Assert.Equal((6 * 5 + 3 * 30) / 35.0, hours[1]!.TimeWeightedMean, 12);
        Assert.Null(hours[2]);
        Assert.Equal(1, hours[1]!.Count);
    }

    [Fact]
    public void TwoValuesOfOneIntervalAreNoMoreCompleteThanOne()
    {
        var hour = Fold(1, Point(0, 1), Point(5, 1), Point(14, 1), Point(16, 1))[0]!;
        Assert.Equal(0.5, hour.Completeness(TimeSpan.FromHours(1), s_cadence.Interval));
    }

    [Fact]
    public void MergingHoursInAnyOrderIsTheSameToTheLastBit() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(-1_000_000_000, 1_000_000_000).Select(i => i / 3.0 * Math.Pow(10, i % 13)).ListOf().ToArbitrary(),
        ArbMap.Default.ArbFor<int>(), (values, seed) =>
        {
            var points = values.Take(240).Select((value, i) => Point(i * 6, value)).ToArray();
            var hours = Fold(24, points);
            var shuffled = hours.ToArray();
            new Random(seed).Shuffle(shuffled);
            var (one, other) = (HistoryAggregate.Merge(hours), HistoryAggregate.Merge(shuffled));
            return one.Sum.Equals(other.Sum) && one.TimeWeightedMean.Equals(other.TimeWeightedMean)
                && one.First.Equals(other.First) && one.Last.Equals(other.Last) && one.Count == other.Count
                && one.CoveredMilliseconds == other.CoveredMilliseconds;
        }));

    // The oracle adds in integers: every double is an integer times a power of two.
    [Fact]
    public void ASumIsTheNearestDoubleToTheTrueSum() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(
        Gen.OneOf(
            Gen.Elements(1e16, 1, -1e16, 0.1, 1e-30, -1e-30, 3, 1e30, -1e30, 2.5e-17),
            ArbMap.Default.GeneratorFor<int>().Select(i => i / 7.0)).ListOf().ToArbitrary(),
        values =>
        {
            var sum = new ExactSum();
            var exact = BigInteger.Zero;
            foreach (var value in values)
            {
                sum.Add(value);
                var bits = BitConverter.DoubleToInt64Bits(value);
                var exponent = (int)((bits >> 52) & 0x7FF);
                var mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
                exact += (new BigInteger(mantissa) << Math.Max(exponent, 1)) * Math.Sign(value);
            }

            // A neighbour of the answer must not be nearer.
            BigInteger Distance(double value)
            {
                var bits = BitConverter.DoubleToInt64Bits(value);
                var exponent = (int)((bits >> 52) & 0x7FF);
                var mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
                return BigInteger.Abs((new BigInteger(mantissa) << Math.Max(exponent, 1)) * Math.Sign(value) - exact);
            }

            var answer = Distance(sum.Value);
            return answer <= Distance(Math.BitIncrement(sum.Value)) && answer <= Distance(Math.BitDecrement(sum.Value));
        }));

    [Fact]
    public void StepsAnswerEveryFunction()
    {
        var edges = HistoryFold.Edges(s_start, s_start.Plus(TimeSpan.FromHours(3)), TimeSpan.FromHours(1));
        var steps = HistoryFold.Fold([Point(0, 100), Point(30, 110), Point(125, 140)], edges, s_cadence);
        double[] Of(string name, double before = double.NaN)
        {
            Assert.True(HistorySteps.TryParse(name, out var function));
            return [.. HistorySteps.Evaluate(edges, steps, function, before).Select(step => step.Value)];
        }

        Assert.Equal([105, double.NaN, 140], Of("avg"));
        Assert.Equal([100, double.NaN, 140], Of("min"));
        Assert.Equal([110, double.NaN, 140], Of("max"));
        Assert.Equal([210, double.NaN, 140], Of("sum"));
        Assert.Equal([2.0, 0, 1], Of("count"));
        Assert.Equal([110, double.NaN, 140], Of("last"));
        Assert.Equal([105, double.NaN, 140], Of("twa"));
        Assert.Equal([10, double.NaN, 30], Of("delta"));
        Assert.Equal([15, double.NaN, 30], Of("delta", before: 95));
        Assert.False(HistorySteps.TryParse("raw", out _));
    }

    [Fact]
    public void ADeltaLeavesOutWhatAReplacedRegisterSkips()
    {
        var edges = HistoryFold.Edges(s_start, s_start.Plus(TimeSpan.FromHours(3)), TimeSpan.FromHours(1));
        var steps = HistoryFold.Fold(
            [Point(0, 1_000), Point(45, 1_030), Point(70, 5, reason: QualityReason.Replaced), Point(80, 9),
                Point(130, 20)],
            edges, s_cadence);
        Assert.Equal([30.0, 4, 11],
            HistorySteps.Evaluate(edges, steps, HistoryFunction.Delta).Select(step => step.Value));
        var day = HistoryAggregate.Merge(steps);
        // 30 of the old register and 15 of the new one.
        Assert.Equal(45, HistorySteps.Evaluate([edges[0], edges[^1]], [day], HistoryFunction.Delta)[0].Value);
        // A day that begins with the new register does not follow the day before.
        var next = HistoryFold.Fold([Point(70, 5, reason: QualityReason.Replaced), Point(80, 9)], edges, s_cadence);
        Assert.Equal(4, HistorySteps.Evaluate(edges, next, HistoryFunction.Delta, before: 1_030)[1].Value);
    }

    [Fact]
    public void HoursGroupIntoLongerSteps()
    {
        var hours = Fold(24, [.. Enumerable.Range(0, 96).Select(i => Point(15 * i, i))]);
        var edges = HistoryFold.Edges(s_start, s_start.Plus(TimeSpan.FromHours(24)), TimeSpan.FromHours(6));
        var steps = HistorySteps.Group(edges, hours.Select((hour, i) => (s_start.Plus(TimeSpan.FromHours(i)), hour!)));
        Assert.Equal([276.0, 852, 1_428, 2_004], steps.Select(step => step!.Sum));
    }
}
