using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>СИ, НП and ИЗА5 over a month of the city, from a post's values as they come.</summary>
public sealed class KazakhstanMonthTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(20);

    // ПДК of NO2: м.р. 200, с.с. 40 µg/m³, hazard class 2 (ҚР ДСМ-70, 2022).
    private const double No2MaximumOneTime = 200;
    private const double No2Daily = 40;
    private const double ExponentOfClass2 = 1.3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AMonthIsWhatItsTwentyMinuteMeansAreInWhateverOrderTheyCame(int seed)
    {
        var random = new Random(seed);
        var post = Post("post-1");
        var start = CivilTime.StartOf(new DateOnly(2026, 10, 28));
        var told = Enumerable.Range(0, 72 * 12)
            .Select(slice => (At: start.Plus(s_interval * slice), Value: Math.Round(20 + 380 * random.NextDouble(), 3)))
            .ToArray();

        // Up to an hour late: within what is kept open.
        foreach (var (at, value) in told.OrderBy(sample => sample.At.UnixMilliseconds + random.Next(3_600_000)))
            post.Observe(Pollutant.No2, value, at);
        var now = told[^1].At.Plus(s_interval);

        foreach (var month in new[] { 10, 11 })
        {
            var inMonth = told
                .Where(sample => sample.At.Plus(TimeSpan.FromHours(5)).ToDateTimeOffset().UtcDateTime.Month == month)
                .Select(sample => sample.Value).ToArray();
            var period = Assert.Single(post.PeriodsOf(new DateOnly(2026, month, 15), now));
            Assert.Equal(inMonth.Length, period.SampleCount);
            Assert.Equal(inMonth.Max(), period.MaximumMicrogramsPerCubicMetre, 5);
            Assert.Equal(inMonth.Average(), period.MeanMicrogramsPerCubicMetre, 5);
            Assert.Equal(inMonth.Count(value => value > No2MaximumOneTime), period.ExceedanceCount);
        }
    }

    [Fact]
    public void TheMonthNamesThePostThatIsWorstAndHowMuchWasMeasured()
    {
        var (calm, busy) = (Post("post-1"), Post("post-2"));
        var start = CivilTime.StartOf(new DateOnly(2026, 11, 1));
        for (var slice = 0; slice < 72; slice++)
        {
            calm.Observe(Pollutant.No2, 30 + slice % 3, start.Plus(s_interval * slice));
            // Half of the slices, one in four of them above the norm.
            if (slice % 2 == 0)
                busy.Observe(Pollutant.No2, slice % 8 == 0 ? 500 + slice : 100 + slice, start.Plus(s_interval * slice));
        }

        var month = KazakhstanMonth.Of([calm, busy], new DateOnly(2026, 11, 20), start.Plus(TimeSpan.FromDays(1)))!;

        var told = Enumerable.Range(0, 36).Select(half => half * 2).Select(slice => slice % 8 == 0 ? 500.0 + slice : 100 + slice).ToArray();
        Assert.Equal(told.Max() / No2MaximumOneTime, month.StandardIndex!.Value, 9);
        Assert.Equal(PollutionGrade.Elevated, month.StandardIndex.Grade);
        Assert.Equal("post-2", month.StandardIndex.Post);
        Assert.Equal(25, month.GreatestRepeatability!.Value, 9);
        Assert.Equal(PollutionGrade.High, month.GreatestRepeatability.Grade);
        Assert.All(month.PollutionIndices, index => Assert.Equal("post-2", index.Post));
        Assert.All(month.PollutionIndices, index => Assert.Equal(Math.Pow(told.Average() / No2Daily, ExponentOfClass2), index.Value, 6));
        Assert.Equal((72 + 36) / 144.0, month.Completeness, 9);
    }

    [Fact]
    public void AMonthWithoutDataIsNotZeroButUnknown()
    {
        var post = Post("post-1");
        post.Observe(Pollutant.No2, 30, CivilTime.StartOf(new DateOnly(2026, 11, 1)));

        Assert.Null(KazakhstanMonth.Of([post], new DateOnly(2026, 10, 1), Instant.Utc(2026, 11, 2)));
        Assert.Null(KazakhstanMonth.Of([post], new DateOnly(2026, 12, 1), Instant.Utc(2026, 11, 2)));
    }

    [Fact]
    public void AnIndicativeSensorHasNoPartInIt()
    {
        var sensor = new AirSensorState("air-1", AirGrade.Indicative, s_interval, CivilTime.OffsetAt);

        Assert.Throws<ArgumentException>(() =>
            KazakhstanMonth.Of([Post("post-1"), sensor], new DateOnly(2026, 11, 1), Instant.Utc(2026, 11, 2)));
    }

    private static AirSensorState Post(string id) => new(id, AirGrade.Official, s_interval, CivilTime.OffsetAt);
}
