using DigitalTwin.Model.Expectation;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Expectation;

public sealed class AirForecastTests
{
    private static readonly Instant s_start = Instant.Utc(2026, 11, 1);

    [Fact]
    public void NothingIsForecastBeforeEnoughWasLearned()
    {
        var forecast = new AirForecast();
        Assert.Empty(Forecast(forecast));
        Run(forecast, ExpectationNorms.Air.HoursLearnedMin - 1);
        Assert.Empty(Forecast(forecast));
        Run(forecast, ExpectationNorms.Air.HoursLearnedMin);
        Assert.Equal(24, Forecast(forecast).Length);
    }

    [Fact]
    public void TheHourOfDayIsLearned()
    {
        var forecast = new AirForecast();
        Run(forecast, 30 * 24);

        var next24 = Forecast(forecast);
        for (var i = 0; i < 24; i++)
            Assert.InRange(next24[i].Value / Daily(30 * 24 + i), 0.85, 1.15);
    }

    [Fact]
    public void TheSpreadWidensWithTheHorizon()
    {
        var forecast = new AirForecast();
        var random = new Random(3);
        var log = 0.0;
        for (var hour = 0; hour < 60 * 24; hour++)
        {
            log = 0.95 * log + 0.2 * (random.NextDouble() - 0.5);
            forecast.Observe(At(hour), 50 * Math.Exp(log));
        }

        var relative = Forecast(forecast).Select(expected => expected.Spread / (expected.Value + 5)).ToArray();
        for (var i = 1; i < 24; i++)
            Assert.True(relative[i] >= relative[i - 1] - 1e-3, $"hour {i + 1}: {relative[i]} after {relative[i - 1]}");
        Assert.True(relative[23] > 1.5 * relative[0]);
    }

    // The last deviation must not be carried through a gap as if it were of now.
    [Fact]
    public void InAGapADeviationIsForgottenLittleByLittle()
    {
        var forecast = new AirForecast();
        Run(forecast, 20 * 24);
        const int Last = 20 * 24;
        forecast.Observe(At(Last), 3 * Daily(Last));
        var atOnce = Forecast(forecast)[11].Value;
        for (var hour = 1; hour <= 11; hour++)
            Assert.True(forecast.Observe(At(Last + hour), double.NaN));

        Assert.Equal(atOnce, Forecast(forecast)[0].Value, 9);
    }

    [Fact]
    public void AGapToldAndAGapSkippedAreTheSame()
    {
        AirForecast told = new(), skipped = new();
        foreach (var forecast in (AirForecast[])[told, skipped])
            Run(forecast, 200);
        for (var hour = 200; hour < 240; hour++)
            told.Observe(At(hour), double.NaN);
        foreach (var forecast in (AirForecast[])[told, skipped])
        {
            for (var hour = 240; hour < 300; hour++)
                forecast.Observe(At(hour), Daily(hour) + hour % 7);
        }

        Assert.Equal(Forecast(told), Forecast(skipped));
    }

    [Fact]
    public void ALateHourAndAnImpossibleValueChangeNothing()
    {
        var forecast = new AirForecast();
        Run(forecast, 200);
        var before = Forecast(forecast);

        Assert.False(forecast.Observe(At(199), 500));
        Assert.False(forecast.Observe(At(10), 500));
        Assert.False(forecast.Observe(At(200), -1));
        Assert.False(forecast.Observe(At(200), double.PositiveInfinity));
        Assert.False(forecast.Observe(At(200), double.MaxValue));
        Assert.Equal(before, Forecast(forecast));
    }

    [Fact]
    public void ObservingAndForecastingAllocateNothing()
    {
        var forecast = new AirForecast();
        Run(forecast, 200);
        var next24 = new ExpectedValue[24];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var hour = 200; hour < 1_000; hour++)
        {
            forecast.Observe(At(hour), Daily(hour));
            forecast.Forecast(next24);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void FiniteInputGivesFiniteAndRepeatableForecasts() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Passed, NormalFloat Value)[]>(), hours =>
        {
            AirForecast first = new(), second = new();
            var hour = 0;
            for (var round = 0; round < 30; round++)
            {
                foreach (var (passed, value) in hours)
                {
                    hour += passed % 40;
                    first.Observe(At(hour), Math.Abs(value.Get));
                    second.Observe(At(hour), Math.Abs(value.Get));
                }
            }
            var next24 = Forecast(first);
            return next24.SequenceEqual(Forecast(second)) && next24.All(expected =>
                double.IsFinite(expected.Value) && double.IsFinite(expected.Spread) && expected.Value >= 0);
        }));

    [Fact]
    public void ASeriesOfZerosIsForecastAsZero()
    {
        var forecast = new AirForecast();
        for (var hour = 0; hour < 200; hour++)
            forecast.Observe(At(hour), 0);

        Assert.All(Forecast(forecast), expected => Assert.Equal(0, expected.Value, 9));
    }

    private static Instant At(int hour) => s_start.Plus(TimeSpan.FromHours(hour));

    private static double Daily(int hour) => 60 + 40 * Math.Cos(2 * Math.PI * (hour % 24) / 24);

    private static void Run(AirForecast forecast, int untilHour)
    {
        for (var hour = 0; hour < untilHour; hour++)
            forecast.Observe(At(hour), Daily(hour));
    }

    private static ExpectedValue[] Forecast(AirForecast forecast)
    {
        var next24 = new ExpectedValue[24];
        return next24[..forecast.Forecast(next24)];
    }
}
