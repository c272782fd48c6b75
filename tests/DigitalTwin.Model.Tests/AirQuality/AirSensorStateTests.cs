using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>One sensor from its values to its indices, and several to those of a district.</summary>
public sealed class AirSensorStateTests
{
    private static readonly Instant s_midnight = Instant.Utc(2026, 12, 4, 19);

    [Fact]
    public void EveryIndexNamesItsPollutantAndItsMean()
    {
        var post = Official("post-01");
        // A local day: PM2.5 swings around 70, NO2 around 150 and rises to 180 in the last hour; SO2 swings around 250.
        for (var hour = 0; hour < 24; hour++)
        {
            post.Observe(Pollutant.Pm25, 69 + 2 * (hour % 2), At(hour));
            post.Observe(Pollutant.No2, hour == 23 ? 180 : 149 + 2 * (hour % 2), At(hour));
            post.Observe(Pollutant.So2, 249 + 2 * (hour % 2), At(hour));
        }

        var indices = post.IndicesAt(At(24));

        AssertIndex(indices.EuropeanAqi, 6, Pollutant.No2, AirAveraging.Hour, 1);
        AssertIndex(indices.UsAqi, 161, Pollutant.Pm25, AirAveraging.NowCast, 1);
        AssertIndex(indices.MaximumOneTimeMultiple, 180 / 200.0, Pollutant.No2, AirAveraging.TwentyMinutes, 1);
        AssertIndex(indices.DailyMeanMultiple, 250 / 50.0, Pollutant.So2, AirAveraging.Day, 1);
        AssertIndex(indices.WhoDayRatio, 250 / 40.0, Pollutant.So2, AirAveraging.Day, 1);
        Assert.Equal(WhoTarget.None, indices.WhoDayTargetMet);
        Assert.Equal(7, indices.Summation!.Result.Group.Id);
        Assert.Equal(180 / 200.0 + 251 / 500.0, indices.Summation.Result.Sum, 1e-12);
        Assert.Equal(AirAveraging.TwentyMinutes, indices.Summation.Averaging);
    }

    [Fact]
    public void WithoutValuesThereAreNoIndices()
    {
        var indices = Official("post-01").IndicesAt(At(24));

        Assert.Equal(new AirIndices(At(24), null, null, null, null, null, null, null), indices);
    }

    [Fact]
    public void ABadValueEntersNoMean()
    {
        var post = Official("post-01");

        Assert.Equal(Quality.Bad, post.Observe(Pollutant.Pm25, double.NaN, At(0)).Quality);
        Assert.Equal(Quality.Bad, post.Observe(Pollutant.Pm25, -5, At(0)).Quality);
        Assert.Equal(Quality.Good, post.Observe(Pollutant.Pm25, 40, At(0)).Quality);
        Assert.Equal(40, post.MeansOf(Pollutant.Pm25)!.HourAt(At(0))!.Value.MicrogramsPerCubicMetre);
    }

    [Fact]
    public void ASuspectValueDoesEnterTheMeans()
    {
        var post = Official("post-01");

        var sample = post.Observe(Pollutant.Pm25, 200, At(0), AirNeighbours.Of([20, 20, 20]));

        Assert.Equal((AirFlags.NeighbourOutlier, Quality.Suspect), (sample.Flags, sample.Quality));
        Assert.Equal(200, post.MeansOf(Pollutant.Pm25)!.HourAt(At(0))!.Value.MicrogramsPerCubicMetre);
    }

    [Fact]
    public void APlantowerSensorKeepsRawAndCorrectedAndTheModel()
    {
        var sensor = Indicative("sensor-1", HumidityCorrection.Barkjohn2021);
        sensor.ObserveHumidity(50, At(0));

        var sample = sensor.Observe(Pollutant.Pm25, 100, At(0));
        var coarse = sensor.Observe(Pollutant.Pm10, 100, At(0));

        Assert.Equal((100, "barkjohn-2021", Quality.Good),
            (sample.RawMicrogramsPerCubicMetre, sample.ModelId, sample.Quality));
        Assert.Equal(53.84, sample.CorrectedMicrogramsPerCubicMetre, 1e-9);
        Assert.Equal(53.84, sensor.MeansOf(Pollutant.Pm25)!.HourAt(At(0))!.Value.MicrogramsPerCubicMetre, 1e-6);
        Assert.Equal((100, null), (coarse.CorrectedMicrogramsPerCubicMetre, coarse.ModelId));
    }

    [Fact]
    public void WithoutFreshHumidityAValueIsUncorrectedAndSuspect()
    {
        var sensor = Indicative("sensor-1", HumidityCorrection.Barkjohn2021);
        Assert.Equal(Quality.Suspect, sensor.Observe(Pollutant.Pm25, 100, At(0)).Quality);

        sensor.ObserveHumidity(50, At(1));
        Assert.NotNull(sensor.Observe(Pollutant.Pm25, 100, At(3)).ModelId);
        var stale = sensor.Observe(Pollutant.Pm25, 101, At(3).Plus(TimeSpan.FromSeconds(1)));
        Assert.Equal(
            (101, null, Quality.Suspect), (stale.CorrectedMicrogramsPerCubicMetre, stale.ModelId, stale.Quality));
    }

    [Fact]
    public void AnOfficialPostIsNeverCorrected() => Assert.Throws<ArgumentException>(() =>
        new AirSensorState(
            "post-01", AirGrade.Official, TimeSpan.FromHours(1), Almaty, HumidityCorrection.Barkjohn2021));

    [Fact]
    public void AnHourOfSulphurDioxideSaysAtMostTwoHundredUnlessTheDayIsWorse()
    {
        var post = Official("post-01");
        post.Observe(Pollutant.So2, 900, At(0));
        AssertIndex(post.IndicesAt(At(1)).UsAqi, 200, Pollutant.So2, AirAveraging.Hour, 1);
        Assert.True(post.IndicesAt(At(1)).UsAqi!.IsBeyondScale);

        // 900 / 2.62 is 343 ppb: (300 - 201) / (604 - 305) * (343 - 305) + 201.
        for (var hour = 1; hour < 24; hour++)
            post.Observe(Pollutant.So2, 899 + 2 * (hour % 2), At(hour));
        AssertIndex(post.IndicesAt(At(24)).UsAqi, 214, Pollutant.So2, AirAveraging.Day, 1);
    }

    // The daily mean of 105 is an index of 176; twelve hours of 10 have already ended it.
    [Fact]
    public void ParticulateMatterFollowsNowCastAndNotTheDay()
    {
        var post = Official("post-01");
        for (var hour = 0; hour < 24; hour++)
            post.Observe(Pollutant.Pm25, (hour < 12 ? 199 : 9.5) + hour % 2, At(hour));

        var index = post.IndicesAt(At(24)).UsAqi!;

        Assert.Equal(AirAveraging.NowCast, index.Averaging);
        Assert.InRange(index.Value, 51, 54);
    }

    [Fact]
    public void ADistrictIsTheMedianOfItsPostsAndNamesTheWorst()
    {
        double[] levels = [10, 30, 170];
        var posts = levels.Select((level, i) => WithPm25($"post-{i}", level)).ToArray();
        // A fourth post that fell silent counts against completeness.
        var silent = Official("post-3");
        silent.Observe(Pollutant.Pm25, 500, At(0).Plus(TimeSpan.FromDays(-3)));

        var district = AirAggregate.Of([.. posts, silent], At(1));

        Assert.Equal((AirGrade.Official, 4), (district.Grade, district.SensorCount));
        AssertIndex(
            district.Median.MaximumOneTimeMultiple, 30 / 160.0, Pollutant.Pm25, AirAveraging.TwentyMinutes, 0.75);
        AssertIndex(district.Median.EuropeanAqi, 3, Pollutant.Pm25, AirAveraging.Hour, 0.75);
        Assert.Equal(("post-2", 6), (district.Worst.EuropeanAqi!.SensorId, district.Worst.EuropeanAqi.Index.Value));
        Assert.Equal("post-2", district.Worst.MaximumOneTimeMultiple!.SensorId);
        Assert.Null(district.Worst.UsAqi);
    }

    [Fact]
    public void TheOrderOfPostsDoesNotMatter()
    {
        AirSensorState[] posts = [WithPm25("a", 10), WithPm25("b", 30), WithPm25("c", 30), WithPm25("d", 20)];

        Assert.Equal(AirAggregate.Of(posts, At(1)), AirAggregate.Of([.. posts.Reverse()], At(1)));
        Assert.Equal("b", AirAggregate.Of(posts, At(1)).Worst.EuropeanAqi!.SensorId);
        Assert.Equal(25 / 160.0, AirAggregate.Of(posts, At(1)).Median.MaximumOneTimeMultiple!.Value);
    }

    [Fact]
    public void OfficialAndIndicativeAreNeverMixed()
    {
        Assert.Throws<ArgumentException>(() =>
            AirAggregate.Of([Official("post-01"), Indicative("sensor-1", correction: null)], At(0)));
        Assert.Throws<ArgumentException>(() => AirAggregate.Of([], At(0)));
    }

    private static AirSensorState WithPm25(string id, double micrograms)
    {
        var post = Official(id);
        post.Observe(Pollutant.Pm25, micrograms, At(0));
        return post;
    }

    private static void AssertIndex(
        AirIndex? index, double value, Pollutant dominant, AirAveraging averaging, double completeness)
    {
        Assert.NotNull(index);
        Assert.Equal((dominant, averaging, completeness), (index.Dominant, index.Averaging, index.Completeness));
        Assert.Equal(value, index.Value, 1e-9);
    }

    private static AirSensorState Official(string id) => new(id, AirGrade.Official, TimeSpan.FromHours(1), Almaty);

    private static AirSensorState Indicative(string id, HumidityCorrection? correction) =>
        new(id, AirGrade.Indicative, TimeSpan.FromMinutes(1), Almaty, correction);

    private static TimeSpan Almaty(Instant _) => TimeSpan.FromHours(5);

    private static Instant At(int hour) => s_midnight.Plus(TimeSpan.FromHours(hour));
}
