using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>Means and their completeness; a sample a minute unless said.</summary>
public sealed class AirMeansTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 12, 5, 12);

    [Theory]
    [InlineData(14, false)]
    [InlineData(15, true)]
    public void TwentyMinutesNeedThreeQuartersOfTheirSamples(int samples, bool isValid)
    {
        var means = PerMinute();
        Fill(means, s_noon, samples, 160);

        var mean = means.TwentyMinutesAt(s_noon)!.Value;

        Assert.Equal((160, isValid, samples / 20.0), (mean.MicrogramsPerCubicMetre, mean.IsValid, mean.Completeness));
        Assert.Equal(isValid, means.NewestTwentyMinutes(s_noon.Plus(TimeSpan.FromMinutes(20))) is not null);
    }

    [Theory]
    [InlineData(44, false)]
    [InlineData(45, true)]
    public void AnHourNeedsThreeQuartersOfItsSamples(int samples, bool isValid)
    {
        var means = PerMinute();
        Fill(means, s_noon, samples, 50);

        Assert.Equal(isValid, means.HourAt(s_noon)!.Value.IsValid);
        Assert.Equal(isValid, means.NewestHour(s_noon.Plus(TimeSpan.FromHours(1))) is not null);
        Assert.Null(means.NewestHour(s_noon.Plus(TimeSpan.FromMinutes(59))));
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void EightHoursNeedSixValidOnes(int hours, bool isValid)
    {
        var means = Hourly();
        for (var hour = 0; hour < hours; hour++)
            means.Observe(10 * hour, Hours(hour));

        var mean = means.EightHours(Hours(8))!.Value;

        Assert.Equal((5.0 * (hours - 1), isValid), (mean.MicrogramsPerCubicMetre, mean.IsValid));
        Assert.Null(means.EightHours(Hours(8 + hours)));
    }

    [Theory]
    [InlineData(17, false)]
    [InlineData(18, true)]
    public void ADayNeedsThreeQuartersOfItsHours(int hours, bool isValid)
    {
        var means = Hourly();
        // Midnight in Almaty is 19:00 UTC of the day before.
        for (var hour = 0; hour < hours; hour++)
            means.Observe(hour, Instant.Utc(2026, 12, 4, 19).Plus(TimeSpan.FromHours(hour)));

        var mean = means.Day(new DateOnly(2026, 12, 5), Almaty)!.Value;

        Assert.Equal(((hours - 1) / 2.0, isValid, hours / 24.0),
            (mean.MicrogramsPerCubicMetre, mean.IsValid, mean.Completeness));
        Assert.Equal(Instant.Utc(2026, 12, 4, 19), mean.From);
        Assert.Equal(isValid, means.NewestDay(Instant.Utc(2026, 12, 5, 15), Almaty) is not null);
    }

    [Fact]
    public void ADayIsTheCitysAndNotUtc()
    {
        var means = Hourly();
        means.Observe(10, Instant.Utc(2026, 12, 5, 18));
        means.Observe(1000, Instant.Utc(2026, 12, 5, 19));

        Assert.Equal(10, means.Day(new DateOnly(2026, 12, 5), Almaty)!.Value.MicrogramsPerCubicMetre);
        Assert.Equal(1000, means.Day(new DateOnly(2026, 12, 6), Almaty)!.Value.MicrogramsPerCubicMetre);
        Assert.Null(means.Day(new DateOnly(2026, 12, 4), Almaty));
    }

    // Kazakhstan moved Almaty from UTC+6 to UTC+5 on 1 March 2024: that local 29 February had 25 hours.
    [Fact]
    public void ADayWithAChangeOfOffsetHasItsOwnLength()
    {
        var means = Hourly();
        var change = Instant.Utc(2024, 2, 29, 18);
        for (var hour = 0; hour < 30; hour++)
            means.Observe(1, Instant.Utc(2024, 2, 28, 18).Plus(TimeSpan.FromHours(hour)));

        var mean = means.Day(new DateOnly(2024, 2, 29), time => TimeSpan.FromHours(time < change ? 6 : 5))!.Value;

        Assert.Equal(1, mean.Completeness);
        Assert.Equal(18 / 25.0, FirstHours(18).Completeness);

        AirMean FirstHours(int hours)
        {
            var few = Hourly();
            for (var hour = 0; hour < hours; hour++)
                few.Observe(1, Instant.Utc(2024, 2, 28, 18).Plus(TimeSpan.FromHours(hour)));
            return few.Day(new DateOnly(2024, 2, 29), time => TimeSpan.FromHours(time < change ? 6 : 5))!.Value;
        }
    }

    [Fact]
    public void YesterdayIsToldUntilEnoughOfTodayIsOver()
    {
        var means = Hourly();
        for (var hour = 0; hour < 24 + 18; hour++)
            means.Observe(hour < 24 ? 10 : 90, Instant.Utc(2026, 12, 3, 19).Plus(TimeSpan.FromHours(hour)));

        Assert.Equal(90, means.NewestDay(Instant.Utc(2026, 12, 5, 13), Almaty)!.Value.MicrogramsPerCubicMetre);
        var earlier = Hourly();
        for (var hour = 0; hour < 24 + 17; hour++)
            earlier.Observe(hour < 24 ? 10 : 90, Instant.Utc(2026, 12, 3, 19).Plus(TimeSpan.FromHours(hour)));
        Assert.Equal(10, earlier.NewestDay(Instant.Utc(2026, 12, 5, 12), Almaty)!.Value.MicrogramsPerCubicMetre);
    }

    [Fact]
    public void AMeanGrowsTooOldToSpeakOfNow()
    {
        var means = Hourly();
        means.Observe(100, s_noon);

        Assert.NotNull(means.NewestTwentyMinutes(s_noon.Plus(TimeSpan.FromMinutes(80))));
        Assert.Null(means.NewestTwentyMinutes(s_noon.Plus(TimeSpan.FromMinutes(101))));
        Assert.NotNull(means.NewestHour(Hours(3)));
        Assert.Null(means.NewestHour(Hours(4)));
    }

    [Fact]
    public void ALateSampleLandsInItsOwnHourAndOneOlderThanTheWindowNowhere()
    {
        var means = Hourly();
        means.Observe(30, Hours(47));
        Assert.True(means.Observe(10, Hours(0)));
        Assert.Equal(10, means.HourAt(Hours(0))!.Value.MicrogramsPerCubicMetre);

        Assert.False(means.Observe(10, Hours(-1)));
        Assert.Null(means.HourAt(Hours(-1)));
        means.Observe(30, Hours(48));
        Assert.Null(means.HourAt(Hours(0)));
        Assert.False(means.Observe(double.NaN, Hours(48)));
    }

    [Fact]
    public void ExceedancesAreCountedOnceWhetherKeptOrGone()
    {
        var means = new AirMeans(Pollutant.Pm25, TimeSpan.FromHours(1));
        double[] hours = [160, 160.001, 801, 1601, 100, 200];
        for (var hour = 0; hour < hours.Length; hour++)
            means.Observe(hours[hour], Hours(hour));

        Assert.Equal(new ExceedanceCounters(Pollutant.Pm25, 6, 4, 2, 1), means.ExceedancesAt(Hours(6)));
        Assert.Equal(new ExceedanceCounters(Pollutant.Pm25, 5, 3, 2, 1), means.ExceedancesAt(Hours(5)));
        means.Observe(0, Hours(1000));
        Assert.Equal(new ExceedanceCounters(Pollutant.Pm25, 7, 4, 2, 1), means.ExceedancesAt(Hours(1001)));
        Assert.Equal(100.0 * 4 / 7, means.ExceedancesAt(Hours(1001)).RepeatabilityPercent);
    }

    // The oracle for the sums is decimal arithmetic on the sorted samples.
    [Fact]
    public void TheSameSamplesInAnyOrderGiveTheSameMeans() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(int Minute, int Thousandths)[]>(), ArbMap.Default.ArbFor<int>(), (drawn, seed) =>
        {
            var samples = drawn.Select(item => (
                At: s_noon.Plus(TimeSpan.FromMinutes(Math.Abs(item.Minute % 180))),
                Micrograms: Math.Abs((item.Thousandths * 7919L) % 900_000) / 1000.0)).ToArray();
            var inOrder = new AirMeans(Pollutant.No2, TimeSpan.FromHours(1));
            var shuffled = new AirMeans(Pollutant.No2, TimeSpan.FromHours(1));
            foreach (var (at, micrograms) in samples.OrderBy(sample => sample.At))
                inOrder.Observe(micrograms, at);
            var random = new Random(seed);
            foreach (var (at, micrograms) in samples.OrderBy(_ => random.Next()))
                shuffled.Observe(micrograms, at);

            return Enumerable.Range(0, 180).All(minute => Agree(s_noon.Plus(TimeSpan.FromMinutes(minute))))
                && inOrder.ExceedancesAt(Hours(3)) == shuffled.ExceedancesAt(Hours(3));

            bool Agree(Instant at)
            {
                var hour = samples.Where(sample => HourOf(sample.At) == HourOf(at))
                    .Select(sample => (decimal)sample.Micrograms).ToArray();
                var expected = hour.Length == 0 ? (double?)null : (double)(hour.Sum() / hour.Length);
                var actual = shuffled.HourAt(at)?.MicrogramsPerCubicMetre;
                return inOrder.HourAt(at) == shuffled.HourAt(at)
                    && inOrder.TwentyMinutesAt(at) == shuffled.TwentyMinutesAt(at)
                    && inOrder.NowCastAt(at) == shuffled.NowCastAt(at)
                    && (expected is null ? actual is null : Math.Abs(expected.Value - actual!.Value) < 1e-9);
            }
        }));

    private static long HourOf(Instant time) => time.UnixMilliseconds / 3_600_000;

    private static TimeSpan Almaty(Instant _) => TimeSpan.FromHours(5);

    private static Instant Hours(int hours) => s_noon.Plus(TimeSpan.FromHours(hours));

    private static AirMeans PerMinute() => new(Pollutant.Pm25, TimeSpan.FromMinutes(1));

    private static AirMeans Hourly() => new(Pollutant.Pm25, TimeSpan.FromHours(1));

    private static void Fill(AirMeans means, Instant from, int samples, double micrograms)
    {
        for (var minute = 0; minute < samples; minute++)
            means.Observe(micrograms, from.Plus(TimeSpan.FromMinutes(minute)));
    }
}
