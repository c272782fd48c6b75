using DigitalTwin.Model.AirQuality;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>Every bound of the European AQI 2024 and of the WHO guidelines 2021.</summary>
public sealed class EuropeanAndWhoTests
{
    [Theory]
    [InlineData(Pollutant.Pm25, "5 15 50 90 140")]
    [InlineData(Pollutant.Pm10, "15 45 120 195 270")]
    [InlineData(Pollutant.No2, "10 25 60 100 150")]
    [InlineData(Pollutant.O3, "60 100 120 160 180")]
    [InlineData(Pollutant.So2, "20 40 125 190 275")]
    public void ALevelHoldsUpToItsBound(Pollutant pollutant, string bounds)
    {
        var level = 1;
        foreach (var bound in bounds.Split(' ').Select(double.Parse))
        {
            Assert.Equal(new EuropeanAqiResult(pollutant, level, bound), WorstOf((pollutant, bound)));
            Assert.Equal(++level, WorstOf((pollutant, bound + 0.001))!.Value.Level);
            Assert.Equal(level, EuropeanAqi.Edition2024.LevelOf(pollutant.TelemetryName(), bound + 0.001));
        }

        Assert.Equal(EuropeanAqi.LevelCount, level);
    }

    [Fact]
    public void TheWorstLevelNamesItsPollutantAndOthersDoNotCount()
    {
        Assert.Equal(
            Pollutant.No2, WorstOf((Pollutant.Pm25, 14), (Pollutant.No2, 26), (Pollutant.Co, 9000))!.Value.Dominant);
        Assert.Null(WorstOf((Pollutant.Co, 9000)));
    }

    // PM2.5 at 49 and NO2 at 59 are both moderate; 59/150 of the scale is further than 49/140.
    [Fact]
    public void OfEqualLevelsTheOneFurtherAlongTheScaleIsNamed()
    {
        Assert.Equal(Pollutant.No2, WorstOf((Pollutant.Pm25, 49), (Pollutant.No2, 59))!.Value.Dominant);
        Assert.Equal(Pollutant.No2, WorstOf((Pollutant.No2, 59), (Pollutant.Pm25, 49))!.Value.Dominant);
    }

    [Theory]
    [InlineData(Pollutant.Pm25, AirAveraging.Year, 5, "35 25 15 10")]
    [InlineData(Pollutant.Pm25, AirAveraging.Day, 15, "75 50 37.5 25")]
    [InlineData(Pollutant.Pm10, AirAveraging.Year, 15, "70 50 30 20")]
    [InlineData(Pollutant.Pm10, AirAveraging.Day, 45, "150 100 75 50")]
    [InlineData(Pollutant.O3, AirAveraging.PeakSeason, 60, "100 70")]
    [InlineData(Pollutant.O3, AirAveraging.EightHours, 100, "160 120")]
    [InlineData(Pollutant.No2, AirAveraging.Year, 10, "40 30 20")]
    [InlineData(Pollutant.No2, AirAveraging.Day, 25, "120 50")]
    [InlineData(Pollutant.So2, AirAveraging.Day, 40, "125 50")]
    [InlineData(Pollutant.Co, AirAveraging.Day, 4000, "7000")]
    public void ATargetIsMetUpToItsLevel(Pollutant pollutant, AirAveraging averaging, double guideline, string targets)
    {
        Assert.Equal(WhoTarget.Guideline, Compare(guideline).Met);
        Assert.Equal(1, Compare(guideline).RatioToGuideline);
        Assert.Equal(2, Compare(2 * guideline).RatioToGuideline);
        var levels = targets.Split(' ').Select(double.Parse).ToArray();
        Assert.Equal((WhoTarget)levels.Length, Compare(guideline + 0.001).Met);
        for (var i = 0; i < levels.Length; i++)
        {
            Assert.Equal((WhoTarget)(i + 1), Compare(levels[i]).Met);
            Assert.Equal((WhoTarget)i, Compare(levels[i] + 0.001).Met);
        }

        WhoResult Compare(double micrograms) =>
            WhoGuidelines.Edition2021.Compare(pollutant, averaging, micrograms)!.Value;
    }

    [Fact]
    public void WithoutAGuidelineThereIsNoRatio()
    {
        Assert.Null(WhoGuidelines.Edition2021.Compare(Pollutant.Tsp, AirAveraging.Day, 1));
        Assert.Null(WhoGuidelines.Edition2021.Compare(Pollutant.Co, AirAveraging.Year, 1));
        Assert.Equal(10, WhoGuidelines.Edition2021.All.Count);
    }

    private static EuropeanAqiResult? WorstOf(params (Pollutant Pollutant, double Micrograms)[] air) =>
        EuropeanAqi.Edition2024.Worst(air.Select(entry => KeyValuePair.Create(entry.Pollutant, entry.Micrograms)));
}
