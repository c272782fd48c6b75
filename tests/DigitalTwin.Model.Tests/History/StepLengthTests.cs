using DigitalTwin.Model.History;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.History;

/// <summary>Steps lie in the city's calendar.</summary>
public sealed class StepLengthTests
{
    // Saturday, 17:23 in the city.
    private static readonly Instant s_time = Instant.Utc(2026, 11, 21, 12, 23);

    [Theory]
    [InlineData("1m", "2026-11-21T12:23", "2026-11-21T12:24")]
    [InlineData("20m", "2026-11-21T12:20", "2026-11-21T12:40")]
    [InlineData("1h", "2026-11-21T12:00", "2026-11-21T13:00")]
    [InlineData("8h", "2026-11-21T11:00", "2026-11-21T19:00")]
    [InlineData("1d", "2026-11-20T19:00", "2026-11-21T19:00")]
    [InlineData("1w", "2026-11-15T19:00", "2026-11-22T19:00")]
    [InlineData("1mo", "2026-10-31T19:00", "2026-11-30T19:00")]
    public void AStepBeginsAndEndsByTheCitysClocks(string name, string from, string to)
    {
        Assert.True(StepLength.TryParse(name, out var step));
        Assert.Equal($"{from}:00.000Z", step.FloorOf(s_time).ToString());
        Assert.Equal($"{to}:00.000Z", step.EndOf(step.FloorOf(s_time)).ToString());
    }

    /// <summary>At the end of 29 February 2024 the clocks went back, so that day had 25 hours.</summary>
    [Theory]
    [InlineData("1h", 25)]
    [InlineData("12h", 3)]
    [InlineData("1d", 1)]
    public void TheDayOf25HoursIsCoveredByItsOwnSteps(string name, int steps)
    {
        Assert.True(StepLength.TryParse(name, out var step));
        var edges = step.EdgesOf(Instant.Utc(2024, 2, 28, 18), Instant.Utc(2024, 2, 29, 19));
        Assert.Equal(steps + 1, edges.Length);
        Assert.Equal(Instant.Utc(2024, 2, 29, 19), edges[^1]);
    }

    [Fact]
    public void EveryTimeLiesInExactlyOneStepOfEveryLength()
    {
        var random = new Random(11);
        foreach (var step in StepLength.All)
            for (var round = 0; round < 500; round++)
            {
                var time = new Instant(random.NextInt64(
                    Instant.Utc(1999, 1, 1).UnixMilliseconds, Instant.Utc(2040, 1, 1).UnixMilliseconds));
                var from = step.FloorOf(time);
                Assert.True(from <= time && time < step.EndOf(from), $"{step} {time}");
                Assert.Equal(from, step.FloorOf(from));
                Assert.Equal(step.EndOf(from), step.FloorOf(step.EndOf(from)));
            }
    }

    [Theory]
    [InlineData("2m")]
    [InlineData("24h")]
    [InlineData("1H")]
    [InlineData("")]
    public void AnythingElseIsNoLength(string name) => Assert.False(StepLength.TryParse(name, out _));
}
