using DigitalTwin.Model.AirQuality;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>NowCast worked by hand.</summary>
public sealed class NowCastTests
{
    private const double None = double.NaN;

    [Fact]
    public void SteadyAirIsItsOwnNowCast() => Assert.Equal(40, Of(Enumerable.Repeat(40.0, 12).ToArray())!.Value, 1e-12);

    // w = max(0.5, 1 - 50/100) = 0.5; (50 + 100 * (2^-1 + ... + 2^-11)) / (2 - 2^-11).
    [Fact]
    public void HalvedAirHasTheFloorAsItsWeight() =>
        Assert.Equal(
            149.951171875 / 1.99951171875,
            Of(50, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100)!.Value, 1e-12);

    // w = 1 - 20/100 = 0.8; (80 + 0.8*100 + 0.512*90) / (1 + 0.8 + 0.512); a missing hour keeps its power.
    [Fact]
    public void AMissingHourTakesItsWeightWithIt() =>
        Assert.Equal(206.08 / 2.312, Of(80, 100, None, 90)!.Value, 1e-12);

    // 1 - 200/200 = 0, below the floor: w = 0.5.
    [Fact]
    public void TheWeightHasAFloor() => Assert.Equal(100 / 1.5, Of(0, 200)!.Value, 1e-12);

    [Fact]
    public void CleanAirIsZeroAndNotUndefined() => Assert.Equal(0, Of(0, 0, 0)!.Value);

    [Fact]
    public void TwoOfTheThreeNewestHoursAreNeeded()
    {
        Assert.NotNull(Of(10, 10, None));
        Assert.NotNull(Of(10, None, 10));
        Assert.NotNull(Of(None, 10, 10));
        Assert.Null(Of(10, None, None, 10, 10, 10, 10, 10, 10, 10, 10, 10));
        Assert.Null(Of(None, None, 10, 10, 10, 10));
        Assert.Null(Of());
    }

    [Fact]
    public void TheThirteenthHourDoesNotCount() =>
        Assert.Equal(10, Of(10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 999)!.Value, 1e-12);

    private static double? Of(params double[] newestFirst) => NowCast.Current.Of(newestFirst);
}
