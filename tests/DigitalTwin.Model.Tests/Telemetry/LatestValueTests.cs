using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Telemetry;

public sealed class LatestValueTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    [Fact]
    public void AnUnwrittenSlotHasNoValue()
    {
        var latest = default(LatestValue);

        Assert.False(latest.HasValue);
        Assert.True(latest.MeasuredAt.IsNever);
        Assert.True(double.IsNaN(latest.ValueOrNaN));
    }

    // The oracle is a sort: whatever the order of arrival, the newest event time wins, and among equals the last to arrive.
    [Fact]
    public void TheNewestEventTimeWinsInWhateverOrderReadingsArrive() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(int Offset, byte Value, byte Quality)[]>(), arrivals =>
        {
            var latest = default(LatestValue);
            foreach (var (offset, value, quality) in arrivals)
                latest.Advance(value, (Quality)(quality % 3), s_noon.Plus(TimeSpan.FromSeconds(offset % 5)), s_noon);

            if (arrivals.Length == 0)
                return !latest.HasValue;
            var expected = arrivals.Select((arrival, order) => (arrival, order))
                .OrderBy(item => item.arrival.Offset % 5).ThenBy(item => item.order).Last().arrival;
            return latest.Value == expected.Value && latest.Quality == (Quality)(expected.Quality % 3)
                && latest.MeasuredAt == s_noon.Plus(TimeSpan.FromSeconds(expected.Offset % 5));
        }));

    [Theory]
    [InlineData(1, Quality.Good, 0, ApplyStatus.Duplicate)]
    [InlineData(2, Quality.Good, 0, ApplyStatus.Advanced)]
    [InlineData(1, Quality.Bad, 0, ApplyStatus.Advanced)]
    [InlineData(1, Quality.Good, 1, ApplyStatus.Advanced)]
    [InlineData(1, Quality.Good, -1, ApplyStatus.Late)]
    [InlineData(2, Quality.Good, -1, ApplyStatus.Late)]
    public void ASecondReadingIsJudgedByTimeThenContent(double value, Quality quality, int secondsLater, ApplyStatus expected)
    {
        var latest = default(LatestValue);
        latest.Advance(1, Quality.Good, s_noon, s_noon);

        Assert.Equal(expected, latest.Advance(value, quality, s_noon.Plus(TimeSpan.FromSeconds(secondsLater)), s_noon));
    }

    [Fact]
    public void ReceptionTimeAndQualityShareAWordWithoutHarm()
    {
        var latest = default(LatestValue);
        latest.Advance(-0.5, Quality.Bad, Instant.Utc(1999, 1, 1), Instant.Utc(1999, 1, 20, 23, 59, 59), QualityReason.Incomplete);

        Assert.Equal(Instant.Utc(1999, 1, 20, 23, 59, 59), latest.ReceivedAt);
        Assert.Equal(QualityReason.Incomplete, latest.Reason);
        Assert.Equal(Instant.Utc(1999, 1, 1), latest.MeasuredAt);
        Assert.Equal(Quality.Bad, latest.Quality);
    }

    // Nobody asks after a delay of a month to the millisecond.
    [Fact]
    public void ADelayIsExactForThreeWeeksAndNeverMoreThanTwentyFourDays()
    {
        var latest = default(LatestValue);
        latest.Advance(1, Quality.Good, s_noon, s_noon.Plus(TimeSpan.FromDays(400)));

        Assert.InRange((latest.ReceivedAt - s_noon).TotalDays, 24, 25);
        Assert.Equal(20, System.Runtime.CompilerServices.Unsafe.SizeOf<LatestValue>());
    }
}
