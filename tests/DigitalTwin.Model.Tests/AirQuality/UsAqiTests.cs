using DigitalTwin.Model.AirQuality;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>Every breakpoint of EPA-454/B-24-002, at it and one step of truncation above it.</summary>
public sealed class UsAqiTests
{
    private static readonly UsAqi s_aqi = UsAqi.Edition2024;

    // The µg/m³ of one unit, the step, the rows' upper concentrations in the unit, and the index of each row's end.
    public static TheoryData<Pollutant, AirAveraging, double, double, double[], int[]> Tables { get; } = new()
    {
        { Pollutant.Pm25, AirAveraging.Day, 1, 0.1,
            [9.0, 35.4, 55.4, 125.4, 225.4, 325.4], [50, 100, 150, 200, 300, 500] },
        { Pollutant.Pm10, AirAveraging.Day, 1, 1,
            [54, 154, 254, 354, 424, 604], [50, 100, 150, 200, 300, 500] },
        { Pollutant.O3, AirAveraging.EightHours, 1960, 0.001,
            [0.054, 0.070, 0.085, 0.105, 0.200], [50, 100, 150, 200, 300] },
        { Pollutant.O3, AirAveraging.Hour, 1960, 0.001,
            [0.164, 0.204, 0.404, 0.604], [150, 200, 300, 500] },
        { Pollutant.Co, AirAveraging.EightHours, 1145, 0.1,
            [4.4, 9.4, 12.4, 15.4, 30.4, 50.4], [50, 100, 150, 200, 300, 500] },
        { Pollutant.So2, AirAveraging.Hour, 2.62, 1,
            [35, 75, 185, 304], [50, 100, 150, 200] },
        { Pollutant.So2, AirAveraging.Day, 2.62, 1,
            [604, 1004], [300, 500] },
        { Pollutant.No2, AirAveraging.Hour, 1.88, 1,
            [53, 100, 360, 649, 1249, 2049], [50, 100, 150, 200, 300, 500] },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void ARowEndsAtItsBreakpointAndTheNextBeginsOneStepAbove(
        Pollutant pollutant, AirAveraging averaging, double microgramsPerUnit, double step, double[] highs,
        int[] indices)
    {
        for (var row = 0; row < highs.Length; row++)
        {
            var isLast = row == highs.Length - 1;
            var at = IndexOf(highs[row]);
            var almostNext = IndexOf(highs[row] + 0.99 * step);
            var next = IndexOf(highs[row] + 1.001 * step);

            Assert.Equal((indices[row], false), (at.Value, at.IsBeyondTable));
            Assert.Equal((indices[row], false), (almostNext.Value, almostNext.IsBeyondTable));
            Assert.Equal((isLast ? indices[row] : indices[row] + 1, isLast), (next.Value, next.IsBeyondTable));
            Assert.Equal(highs[row], at.Concentration, 1e-12);
        }

        UsAqiResult IndexOf(double units) => s_aqi.IndexOf(pollutant, averaging, units * microgramsPerUnit)!.Value;
    }

    // Worked by hand from the linear formula.
    [Theory]
    [InlineData(Pollutant.Pm25, AirAveraging.Day, 0, 0)]
    [InlineData(Pollutant.Pm25, AirAveraging.Day, 4.5, 25)]
    [InlineData(Pollutant.Pm25, AirAveraging.Day, 12.0, 56)]
    [InlineData(Pollutant.Pm25, AirAveraging.Day, 50.6, 138)]
    [InlineData(Pollutant.Pm25, AirAveraging.NowCast, 114, 192)]
    [InlineData(Pollutant.Pm10, AirAveraging.Day, 104.9, 75)]
    [InlineData(Pollutant.No2, AirAveraging.Hour, 200 * 1.88, 120)]
    [InlineData(Pollutant.Pm25, AirAveraging.Day, -1, 0)]
    public void BetweenBreakpointsTheIndexIsLinear(
        Pollutant pollutant, AirAveraging averaging, double microgramsPerCubicMetre, int expected) =>
        Assert.Equal(expected, s_aqi.IndexOf(pollutant, averaging, microgramsPerCubicMetre)!.Value.Value);

    [Fact]
    public void AnHourOfOzoneBelowItsTableHasNoIndex()
    {
        Assert.Null(s_aqi.IndexOf(Pollutant.O3, AirAveraging.Hour, 0.1249 * 1960));
        Assert.Equal(101, s_aqi.IndexOf(Pollutant.O3, AirAveraging.Hour, 0.125 * 1960)!.Value.Value);
        Assert.Null(s_aqi.IndexOf(Pollutant.Tsp, AirAveraging.Day, 100));
        Assert.Null(s_aqi.IndexOf(Pollutant.So2, AirAveraging.Day, 304 * 2.62));
    }

    [Fact]
    public void FarBeyondTheTableTheIndexIsCappedAndMarked()
    {
        var index = s_aqi.IndexOf(Pollutant.Pm25, AirAveraging.Day, double.PositiveInfinity)!.Value;

        Assert.Equal((500, true), (index.Value, index.IsBeyondTable));
    }

    [Fact]
    public void TheWorstPollutantIsNamed()
    {
        var worst = UsAqi.Worst(
        [
            s_aqi.IndexOf(Pollutant.Pm10, AirAveraging.Day, 100)!.Value,
            s_aqi.IndexOf(Pollutant.Pm25, AirAveraging.Day, 60)!.Value,
            s_aqi.IndexOf(Pollutant.No2, AirAveraging.Hour, 90)!.Value,
        ]);

        Assert.Equal(Pollutant.Pm25, worst!.Value.Pollutant);
        Assert.Null(UsAqi.Worst([]));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(50, 1)]
    [InlineData(51, 2)]
    [InlineData(100, 2)]
    [InlineData(101, 3)]
    [InlineData(150, 3)]
    [InlineData(151, 4)]
    [InlineData(200, 4)]
    [InlineData(201, 5)]
    [InlineData(300, 5)]
    [InlineData(301, 6)]
    [InlineData(500, 6)]
    public void CategoriesBeginOneAboveTheEndOfTheLast(int index, int category)
    {
        Assert.Equal(category, s_aqi.CategoryOf(index));
        Assert.Equal(6, s_aqi.CategoryNames.Count);
    }
}
