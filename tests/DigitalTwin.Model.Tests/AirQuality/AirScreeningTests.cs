using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>Each stage of screening where it fires, and just beside it where it does not; a value an hour.</summary>
public sealed class AirScreeningTests
{
    private static readonly Instant s_start = Instant.Utc(2026, 12, 1);

    [Theory]
    [InlineData(Pollutant.Pm25, -0.001, AirFlags.Negative)]
    [InlineData(Pollutant.Pm25, 0, AirFlags.None)]
    [InlineData(Pollutant.Pm25, 1000, AirFlags.None)]
    [InlineData(Pollutant.Pm25, 1000.001, AirFlags.AboveHardCap)]
    [InlineData(Pollutant.Co, 1000.001, AirFlags.None)]
    [InlineData(Pollutant.Co, 100_000.1, AirFlags.AboveHardCap)]
    [InlineData(Pollutant.Pm25, double.NaN, AirFlags.AboveHardCap)]
    [InlineData(Pollutant.Pm25, double.PositiveInfinity, AirFlags.AboveHardCap)]
    public void ImpossibleValues(Pollutant pollutant, double value, AirFlags expected)
    {
        var state = new AirScreeningState();

        Assert.Equal(expected, AirScreening.Screen(state, pollutant, value, s_start));
        Assert.Equal(expected == AirFlags.None ? 1 : 0, state.WindowCount);
    }

    // The window is 25 ± 5: its median absolute deviation of 5 is a deviation of 7.413.
    [Theory]
    [InlineData(25 + 74, false)]
    [InlineData(25 + 75, true)]
    public void ARobustOutlierIsTenDeviationsFromTheMedian(double value, bool fires)
    {
        var state = new AirScreeningState();
        for (var hour = 0; hour < 12; hour++)
            Screen(state, hour, 20 + 10 * (hour % 2));

        AssertFlag(AirFlags.RobustOutlier, fires, Screen(state, 12, value));
    }

    [Fact]
    public void AShortWindowKnowsNoOutlier()
    {
        var state = new AirScreeningState();
        for (var hour = 0; hour < 11; hour++)
            Screen(state, hour, 20 + 10 * (hour % 2));

        AssertFlag(AirFlags.RobustOutlier, false, Screen(state, 11, 900));
    }

    [Theory]
    [InlineData(200, false)]
    [InlineData(200.1, true)]
    public void ASpikeIsTenTimesItsNeighboursInTime(double value, bool fires)
    {
        var state = new AirScreeningState();
        Screen(state, 0, 19);
        Screen(state, 1, 20);
        Screen(state, 2, 21);

        AssertFlag(AirFlags.Spike, fires, Screen(state, 3, value));
    }

    [Fact]
    public void AValueAfterALongGapHasNoNeighboursInTime()
    {
        var state = new AirScreeningState();
        for (var hour = 0; hour < 3; hour++)
            Screen(state, hour, 20);

        AssertFlag(AirFlags.Spike, false, Screen(state, 10, 500));
    }

    [Fact]
    public void SixHoursOfEqualValuesAreStuck()
    {
        var state = new AirScreeningState();
        for (var hour = 0; hour < 6; hour++)
            AssertFlag(AirFlags.Stuck, false, Screen(state, hour, 17.25));

        AssertFlag(AirFlags.Stuck, true, Screen(state, 6, 17.25));
        AssertFlag(AirFlags.Stuck, false, Screen(state, 7, 17.5));
        AssertFlag(AirFlags.Stuck, false, Screen(state, 8, 17.25));
    }

    [Fact]
    public void TwoEqualValuesFarApartAreNotStuck()
    {
        var state = new AirScreeningState();
        Screen(state, 0, 17.25);

        AssertFlag(AirFlags.Stuck, false, Screen(state, 10, 17.25));
    }

    // 0.5 % of a level of 100 is 0.5.
    [Theory]
    [InlineData(0.5, true)]
    [InlineData(0.6, false)]
    public void TwelveHoursThatOnlyFlickerAreConstant(double flicker, bool fires)
    {
        var state = new AirScreeningState();
        for (var hour = 0; hour < 12; hour++)
            AssertFlag(AirFlags.Constant, false, Screen(state, hour, 100 + flicker * (hour % 2)));

        var flags = Screen(state, 12, 100);

        AssertFlag(AirFlags.Constant, fires, flags);
        AssertFlag(AirFlags.Stuck, false, flags);
    }

    [Theory]
    [InlineData(52.2, false)]
    [InlineData(52.3, true)]
    public void ANeighbourOutlierIsThreeDeviationsFromTheOtherPosts(double value, bool fires)
    {
        // Median 30, median absolute deviation 5: three deviations are 22.239.
        var neighbours = AirNeighbours.Of([20, 25, 30, 35, 40]);
        Assert.Equal((30, 5), (neighbours.MedianMicrogramsPerCubicMetre, neighbours.PostCount));

        AssertFlag(AirFlags.NeighbourOutlier, fires,
            AirScreening.Screen(new AirScreeningState(), Pollutant.Pm10, value, s_start, neighbours));
    }

    [Fact]
    public void TwoNeighboursJudgeNobody() => Assert.Equal(AirFlags.None, AirScreening.Screen(
        new AirScreeningState(), Pollutant.Pm10, 900, s_start, AirNeighbours.Of([0.9, 0.9])));

    [Theory]
    [InlineData(Pollutant.Co, 0.6, 600, true)]
    [InlineData(Pollutant.Co, 0.2, 600, true)]
    [InlineData(Pollutant.Co, 0.19, 600, false)]
    [InlineData(Pollutant.Co, 1.8, 600, true)]
    [InlineData(Pollutant.Co, 1.81, 600, false)]
    [InlineData(Pollutant.Co, 60_000, 120, true)]
    [InlineData(Pollutant.Co, 0, 600, false)]
    [InlineData(Pollutant.Co, 0.1, 100, true)]
    [InlineData(Pollutant.Co, 0.0999, 99.9, false)]
    [InlineData(Pollutant.No2, 600, 0.6, false)]
    [InlineData(Pollutant.O3, 0.06, 60, false)]
    public void AThousandthOfTheOtherPostsIsAFaultOfTheUnit(
        Pollutant pollutant, double value, double othersMedian, bool fires) =>
        AssertFlag(AirFlags.UnitFault, fires, AirScreening.Screen(
            new AirScreeningState(), pollutant, value, s_start,
            AirNeighbours.Of([othersMedian, othersMedian, othersMedian])));

    [Theory]
    [InlineData(6, false)]
    [InlineData(7, true)]
    public void AThousandthOfItsOwnMonthIsAFaultOfTheUnit(int days, bool fires)
    {
        var state = new AirScreeningState();
        for (var hour = 0; hour < 24 * days; hour++)
            Screen(state, hour, 50 + hour % 7);
        // The last day counts once the next has begun.
        Screen(state, 24 * days, 50);
        Assert.Equal(days, state.DayCount);

        AssertFlag(AirFlags.UnitFault, fires, Screen(state, 24 * days + 1, 0.053));
        AssertFlag(AirFlags.UnitFault, false, Screen(state, 24 * days + 2, 53));
    }

    [Fact]
    public void ALateValueChangesNothing()
    {
        var state = new AirScreeningState();
        for (var hour = 0; hour < 6; hour++)
            Screen(state, hour, 17.25);
        Screen(state, 3, 99);

        Assert.Equal(6, state.WindowCount);
        AssertFlag(AirFlags.Stuck, true, Screen(state, 6, 17.25));
    }

    [Theory]
    [InlineData(AirFlags.None, Quality.Good)]
    [InlineData(AirFlags.Spike, Quality.Suspect)]
    [InlineData(AirFlags.RobustOutlier | AirFlags.NeighbourOutlier | AirFlags.Constant, Quality.Suspect)]
    [InlineData(AirFlags.Negative, Quality.Bad)]
    [InlineData(AirFlags.AboveHardCap, Quality.Suspect)]
    [InlineData(AirFlags.Stuck | AirFlags.Spike, Quality.Bad)]
    [InlineData(AirFlags.UnitFault, Quality.Bad)]
    public void FlagsDecideTheQuality(AirFlags flags, Quality quality) =>
        Assert.Equal(quality, AirScreening.QualityOf(flags));

    // A value a minute for forty days neither grows the state nor pushes the day out of the window.
    [Fact]
    public void TheStateIsBoundedAndTwoKilobytesAtMost()
    {
        AirScreeningState state = null!;
        var least = long.MaxValue;
        // What the first use reads from the norms is not the state's, nor what the runtime does while it makes code better.
        for (var turn = 0; turn < 3; turn++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            state = new AirScreeningState();
            for (var minute = 0; minute < 40 * 24 * 60; minute++)
                AirScreening.Screen(state, Pollutant.Pm25, minute % 50, s_start.Plus(TimeSpan.FromMinutes(minute)));
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least, 1, 2047);
        Assert.Equal((96, 30), (state.WindowCount, state.DayCount));
        // 96 values a quarter of an hour apart, and fourteen minutes since the last of them.
        var kept = state.Newest - state.OldestInWindow;
        Assert.Equal(TimeSpan.FromMinutes(95 * 15 + 14), kept);
    }

    private static AirFlags Screen(AirScreeningState state, int hour, double value) =>
        AirScreening.Screen(state, Pollutant.Pm25, value, s_start.Plus(TimeSpan.FromHours(hour)));

    private static void AssertFlag(AirFlags flag, bool fires, AirFlags flags) =>
        Assert.Equal(fires, flags.HasFlag(flag));
}
