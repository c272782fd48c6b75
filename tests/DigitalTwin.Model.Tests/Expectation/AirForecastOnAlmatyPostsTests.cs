using DigitalTwin.Model.Expectation;
using Xunit.Abstractions;

namespace DigitalTwin.Model.Tests.Expectation;

public sealed class AirForecastOnAlmatyPostsTests(ITestOutputHelper output)
{
    [FactOnAlmatyPosts]
    public void Pm10IsForecastBetterThanByBothReferences() => AssertBetter("pm10_ugm3");

    [FactOnAlmatyPosts]
    public void No2IsForecastBetterThanByBothReferences() => AssertBetter("no2_ugm3");

    [FactOnAlmatyPosts]
    public void CarbonMonoxideIsForecastBetterThanByBothReferences() => AssertBetter("co_ugm3");

    // A spread is worth telling only if about two thirds of the hours fall within it, as of normal noise 68 % would.
    [FactOnAlmatyPosts]
    public void AboutTwoThirdsOfTheHoursFallWithinOneSpread()
    {
        foreach (var column in (string[])["pm10_ugm3", "no2_ugm3", "co_ugm3"])
        {
            foreach (var horizonHours in (int[])[1, 6, 12, 24])
            {
                var within = AlmatyPosts.Read(column).Where(series => AlmatyPosts.FaultOf(column, series) is null)
                    .SelectMany(series => WithinSpread(series, horizonHours)).ToArray();
                var percent = 100.0 * within.Count(isWithin => isWithin) / within.Length;
                output.WriteLine(
                    $"{column}: {percent:0} % of {within.Length} hours within one spread, {horizonHours} h ahead");
                Assert.InRange(percent, 55, 85);
            }
        }
    }

    private static IEnumerable<bool> WithinSpread(PostSeries series, int horizonHours)
    {
        var forecast = new AirForecast();
        var next24 = new ExpectedValue[24];
        for (var i = 0; i + horizonHours < series.ValuesOrNaN.Length; i++)
        {
            forecast.Observe(series.From.Plus(TimeSpan.FromHours(i)), series.ValuesOrNaN[i]);
            var value = series.ValuesOrNaN[i + horizonHours];
            if (forecast.Forecast(next24) < 24 || double.IsNaN(value))
                continue;
            var expected = next24[horizonHours - 1];
            yield return Math.Abs(value - expected.Value) <= expected.Spread;
        }
    }

    private void AssertBetter(string column)
    {
        var total = new ForecastScore();
        foreach (var series in AlmatyPosts.Read(column))
        {
            if (AlmatyPosts.FaultOf(column, series) is { } fault)
            {
                output.WriteLine($"{column} {series.Post}: not scored, {fault}");
                continue;
            }
            var score = ScoreOf(series);
            ScoreTable.Print(output, $"{column} {series.Post}", score);
            total.Add(score);
        }
        ScoreTable.Print(output, column, total);

        Assert.True(total.CountAt(24) > 300, "Too few hours were scored to tell anything.");
        var error = total.PathMeanAbsoluteError(ForecastMethod.Forecast);
        Assert.InRange(error, 0, total.PathMeanAbsoluteError(ForecastMethod.Persistence));
        Assert.InRange(error, 0, total.PathMeanAbsoluteError(ForecastMethod.SameHourYesterday));
    }

    private static ForecastScore ScoreOf(PostSeries series)
    {
        var forecast = new AirForecast();
        var score = new ForecastScore();
        var next24 = new ExpectedValue[24];
        var values = new double[24];
        for (var i = 0; i < series.ValuesOrNaN.Length; i++)
        {
            forecast.Observe(series.From.Plus(TimeSpan.FromHours(i)), series.ValuesOrNaN[i]);
            var count = forecast.Forecast(next24);
            for (var horizon = 0; horizon < count; horizon++)
                values[horizon] = next24[horizon].Value;
            score.Observe(series.ValuesOrNaN[i], values.AsSpan(0, count));
        }
        return score;
    }
}
