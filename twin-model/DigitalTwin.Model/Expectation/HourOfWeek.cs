using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Expectation;

/// <summary>The hour of the week in local time, 0 being Monday 00:00 to 01:00.</summary>
public static class HourOfWeek
{
    public const int Count = 168;

    private const long HourMilliseconds = 3_600_000;

    // 1970-01-01 was a Thursday: three days after a Monday.
    private const long EpochHourOfWeek = 3 * 24;

    public static int Of(Instant time, TimeSpan utcOffset)
    {
        var local = time.UnixMilliseconds + (long)utcOffset.TotalMilliseconds;
        var hours = Math.DivRem(local, HourMilliseconds, out var rest);
        if (rest < 0)
            hours--;
        return (int)((((hours + EpochHourOfWeek) % Count) + Count) % Count);
    }
}
