using DigitalTwin.Model.Expectation;
using Xunit.Abstractions;

namespace DigitalTwin.Model.Tests.Expectation;

/// <summary>On invented consumption: shows that the method works, not how well it does on real meters.</summary>
public sealed class UsageForecastOnSyntheticConsumptionTests(ITestOutputHelper output)
{
    [Fact]
    public void SyntheticConsumptionIsForecastBetterThanByBothReferences()
    {
        var total = new ForecastScore();
        for (var seed = 1; seed <= 20; seed++)
            total.Add(ScoreOf(seed));
        ScoreTable.Print(output, "synthetic consumption", total);

        var error = total.PathMeanAbsoluteError(ForecastMethod.Forecast);
        Assert.InRange(error, 0, 0.8 * total.PathMeanAbsoluteError(ForecastMethod.SameHourYesterday));
        Assert.InRange(error, 0, 0.5 * total.PathMeanAbsoluteError(ForecastMethod.Persistence));
    }

    // One hour in fifty is missing; three months, of which the first weeks are not scored.
    private static ForecastScore ScoreOf(int seed)
    {
        var profile = default(UsageProfile);
        var score = new ForecastScore();
        var consumption = new SyntheticConsumption(seed);
        var gaps = new Random(seed + 1_000);
        var next24 = new double[24];
        for (var hour = 0; hour < 90 * 24; hour++)
        {
            var value = consumption.Next(hour);
            if (gaps.Next(50) == 0)
                value = double.NaN;
            profile.Learn(hour % 168, value);
            profile.Forecast((hour + 1) % 168, next24);
            score.Observe(value, profile.IsReady ? next24 : []);
        }
        return score;
    }
}
