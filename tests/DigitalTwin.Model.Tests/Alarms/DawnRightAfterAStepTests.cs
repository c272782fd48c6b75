using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>DAY_BURNER on the mornings on which it dawns a minute after the programme's last step.</summary>
public sealed class DawnRightAfterAStepTests
{
    // Only the ends of the tolerance used to be looked at: 100 % from 06:00 to a dawn at 06:01 was planned at neither.
    [Fact]
    public void ALampABitLateObeysThoughItsLevelWasPlannedForAMinuteOnly()
    {
        var calendar = LoneTwin.City.Lighting;
        var first = CivilTime.DayOf(Instant.Utc(2026, 1, 1, 12));
        var mornings = 0;
        for (var day = first; day < first + 365; day++)
        {
            var dawn = calendar.SwitchTimesOf(programme: 0, day).Off;
            var afterStep = dawn - CivilTime.StartOf(day).Plus(TimeSpan.FromHours(6));
            if (afterStep <= TimeSpan.FromSeconds(20) || afterStep >= TimeSpan.FromSeconds(100))
                continue;
            mornings++;
            var lamp = new LoneTwin("Streetlight");

            lamp.Report("dimLevelPercent", 100, dawn.Plus(TimeSpan.FromSeconds(45)));

            Assert.Equal(LightObedience.Obeys, lamp.Light.Obedience);
        }

        Assert.True(mornings > 0, "no such morning in the year");
    }
}
