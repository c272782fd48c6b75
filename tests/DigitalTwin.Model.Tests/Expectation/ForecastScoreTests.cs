using DigitalTwin.Model.Expectation;

namespace DigitalTwin.Model.Tests.Expectation;

public sealed class ForecastScoreTests
{
    [Fact]
    public void APerfectForecastHasNoErrorAndTheReferencesHaveTheirs()
    {
        // A straight line: persistence is off by the horizon, yesterday by a day, whatever the horizon.
        var score = new ForecastScore();
        for (var hour = 0; hour < 100; hour++)
            score.Observe(hour, [.. Enumerable.Range(hour + 1, 24).Select(value => (double)value)]);

        Assert.Equal(0, score.PathMeanAbsoluteError(ForecastMethod.Forecast));
        foreach (var horizon in (int[])[1, 6, 24])
        {
            Assert.Equal(horizon, score.MeanAbsoluteErrorAt(ForecastMethod.Persistence, horizon));
            Assert.Equal(24, score.MeanAbsoluteErrorAt(ForecastMethod.SameHourYesterday, horizon));
            // Hours 24 to 99 have a yesterday, and an origin as long before as any horizon.
            Assert.Equal(76, score.CountAt(horizon));
        }
        Assert.Equal(12.5, score.PathMeanAbsoluteError(ForecastMethod.Persistence));
    }

    // The oracle keeps the whole series and looks everything up by hour.
    [Fact]
    public void GapsAreScoredAsBySlowLookup()
    {
        var random = new Random(5);
        var values = Enumerable.Range(0, 300)
            .Select(_ => random.Next(5) == 0 ? double.NaN : random.NextDouble() * 100).ToArray();
        var forecasts = values.Select(_ => random.Next(7) == 0
            ? [] : Enumerable.Range(0, 24).Select(_ => random.NextDouble() * 100).ToArray()).ToArray();
        var score = new ForecastScore();
        for (var hour = 0; hour < values.Length; hour++)
            score.Observe(values[hour], forecasts[hour]);

        for (var horizon = 1; horizon <= 24; horizon++)
        {
            var settled = Enumerable.Range(24, values.Length - 24)
                .Where(hour => double.IsFinite(values[hour]) && double.IsFinite(values[hour - 24])
                    && forecasts[hour - horizon].Length > 0
                    && values.Take(hour - horizon + 1).Any(double.IsFinite)).ToArray();
            Assert.Equal(settled.Length, score.CountAt(horizon));
            Assert.Equal(
                settled.Average(hour => Math.Abs(forecasts[hour - horizon][horizon - 1] - values[hour])),
                score.MeanAbsoluteErrorAt(ForecastMethod.Forecast, horizon), 9);
            Assert.Equal(
                settled.Average(hour => Math.Abs(
                    values.Take(hour - horizon + 1).Last(double.IsFinite) - values[hour])),
                score.MeanAbsoluteErrorAt(ForecastMethod.Persistence, horizon), 9);
            Assert.Equal(
                settled.Average(hour => Math.Abs(values[hour - 24] - values[hour])),
                score.MeanAbsoluteErrorAt(ForecastMethod.SameHourYesterday, horizon), 9);
        }
    }

    [Fact]
    public void NothingSettledIsNoError() =>
        Assert.True(double.IsNaN(new ForecastScore().PathMeanAbsoluteError(ForecastMethod.Forecast)));

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    public void AHorizonBeyondADayIsRefused(int horizon) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForecastScore().CountAt(horizon));
}
