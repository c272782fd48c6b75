using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>LAMP_FAILURE and the order of a message's fields.</summary>
public sealed class LampFailureFieldOrderTests
{
    // 21 November 2026, 00:00 in Almaty: dark.
    private static readonly Instant s_midnight = Instant.Utc(2026, 11, 20, 19);

    // It used to take the power of the new message against the level of the one before: each switching off was a
    // failure.
    [Fact]
    public void ALampThatGoesOutHasNotFailedThoughItNamesItsPowerFirst()
    {
        var lamp = Burning();
        var dawn = s_midnight.Plus(TimeSpan.FromMinutes(2));
        lamp.Report("activePowerWatts", 0, dawn);
        lamp.Report("dimLevelPercent", 0, dawn);

        lamp.Look(dawn.Plus(TimeSpan.FromMinutes(5)));

        Assert.DoesNotContain("+LAMP_FAILURE", lamp.Alarms);
    }

    [Fact]
    public void ALampThatDrawsNothingHasFailedInEitherOrder()
    {
        foreach (var isPowerFirst in new[] { true, false })
        {
            var lamp = Burning();
            var at = s_midnight.Plus(TimeSpan.FromMinutes(5));
            string[] names = ["dimLevelPercent", "activePowerWatts"];
            foreach (var name in isPowerFirst ? names.Reverse() : names)
                lamp.Report(name, name == "dimLevelPercent" ? 70 : 1, at);

            lamp.Look(at.Plus(TimeSpan.FromMinutes(2)));

            Assert.Contains("+LAMP_FAILURE", lamp.Alarms);
        }
    }

    private static LoneTwin Burning()
    {
        var lamp = new LoneTwin("Streetlight", attributes: ("nominalPowerWatts", "100"));
        lamp.Report("dimLevelPercent", 70, s_midnight);
        lamp.Report("activePowerWatts", 70, s_midnight);
        return lamp;
    }
}
