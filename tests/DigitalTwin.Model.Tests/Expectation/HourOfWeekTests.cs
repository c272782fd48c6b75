using DigitalTwin.Model.Expectation;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Expectation;

public sealed class HourOfWeekTests
{
    // The oracle is the calendar of the platform.
    [Fact]
    public void TheHourOfWeekIsThatOfTheLocalCalendar()
    {
        foreach (var offsetHours in (int[])[-7, 0, 5])
        {
            for (var hour = -2_000; hour < 2_000; hour += 7)
            {
                var time = new Instant(hour * 3_600_000L + 1_234);
                var local = time.ToDateTimeOffset().ToOffset(TimeSpan.FromHours(offsetHours));
                var expected = ((int)local.DayOfWeek + 6) % 7 * 24 + local.Hour;
                Assert.Equal(expected, HourOfWeek.Of(time, TimeSpan.FromHours(offsetHours)));
            }
        }
    }
}
