using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Tests.Twins;

/// <summary>A sweep passes over who is surely quiet: then a look at the clock must have nothing to change there.</summary>
public sealed class SurelyQuietTests
{
    private const int Seeds = 200;

    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("Streetlight", "dimLevelPercent", "activePowerWatts", "lampFailure")]
    [InlineData("ElectricityMeter", "activePowerWatts", "voltageL1Volts", "tamperDetected")]
    [InlineData("ColdWaterMeter", "flowLitresPerHour", "volumeLitres", "leakDetected")]
    [InlineData("AirQualitySensor", "pm25MicrogramsPerCubicMetre", "pm10MicrogramsPerCubicMetre", "temperatureCelsius")]
    public void ALookAtTheClockChangesNothingOfWhoIsSurelyQuiet(string model, params string[] properties)
    {
        var quiet = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var twin = new LoneTwin(model, s_interval);
            var now = Instant.Utc(2026, 11, 21, random.Next(24));
            for (var step = 0; step < 40; step++)
            {
                now = now.Plus(TimeSpan.FromSeconds(random.Next(random.Next(2) == 0 ? 30 : 1_200)));
                if (random.Next(3) == 0)
                    twin.Report(
                        properties[random.Next(properties.Length)], random.Next(3) == 0 ? random.Next(2) : random.Next(400),
                        now.Plus(TimeSpan.FromSeconds(-random.Next(400))), now);
                quiet += TwinRules.IsSurelyQuiet(in twin.State, twin.Rules, (int)s_interval.TotalSeconds, now) ? 1 : 0;
                // It compares what is remembered before and after, byte by byte.
                twin.Look(now);
            }
        }

        Assert.True(quiet > Seeds, $"only {quiet} looks were at a quiet twin");
    }
}
