namespace DigitalTwin.Model.Time;

/// <summary>
/// The city's civil time (IANA <c>Asia/Almaty</c>), for what follows people's days: programmes, daily means, habits.
/// UTC+5 since 2024-03-01 local midnight, UTC+6 before (tzdata 2024a); a change of the law is one more line here.
/// </summary>
public static class CivilTime
{
    public const long MillisecondsPerMinute = 60_000;
    public const long MillisecondsPerHour = 3_600_000;
    public const long MillisecondsPerDay = 86_400_000;

    // The clocks went back at midnight of UTC+6.
    private static readonly Instant s_fiveHoursSince = Instant.Utc(2024, 2, 29, 18);

    private static readonly DateOnly s_firstDay = new(1970, 1, 1);

    public static TimeSpan OffsetAt(Instant time) => TimeSpan.FromHours(time < s_fiveHoursSince ? 6 : 5);

    /// <summary>Local days since 1970-01-01.</summary>
    public static int DayOf(Instant time) => (int)Math.DivRem(LocalMilliseconds(time), MillisecondsPerDay).Quotient;

    /// <summary>0 at Monday midnight to 167.</summary>
    public static int HourOfWeek(Instant time)
    {
        var hours = LocalMilliseconds(time) / MillisecondsPerHour;
        // 1970-01-01 was a Thursday.
        return (int)((hours + 3 * 24) % 168);
    }

    /// <summary>Minutes since local midnight.</summary>
    public static int MinuteOfDay(Instant time) =>
        (int)(LocalMilliseconds(time) % MillisecondsPerDay / MillisecondsPerMinute);

    /// <summary>When a local day begins.</summary>
    public static Instant StartOf(int day)
    {
        var noon = new Instant(day * MillisecondsPerDay + MillisecondsPerDay / 2);
        return new Instant(day * MillisecondsPerDay - (long)OffsetAt(noon).TotalMilliseconds);
    }

    /// <inheritdoc cref="StartOf(int)"/>
    public static Instant StartOf(DateOnly day) => StartOf(day.DayNumber - s_firstDay.DayNumber);

    /// <summary>The local day that holds a time.</summary>
    public static DateOnly DateOf(Instant time) => s_firstDay.AddDays(DayOf(time));

    /// <summary>Month and day of month of a local day.</summary>
    public static (int Month, int Day) DateOf(int day)
    {
        var date = DateTimeOffset.FromUnixTimeMilliseconds(day * MillisecondsPerDay);
        return (date.Month, date.Day);
    }

    private static long LocalMilliseconds(Instant time) =>
        time.UnixMilliseconds + (long)OffsetAt(time).TotalMilliseconds;
}
