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
