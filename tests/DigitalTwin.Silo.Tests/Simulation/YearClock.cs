using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>
/// The simulated year in minutes since local midnight of 1 January 2026, a Thursday, and its weather.
/// </summary>
internal static class YearClock
{
    public const int Hour = 60;
    public const int Day = 1_440;
    public const int DaysPerYear = 365;

    // Heat is supplied from mid-October to mid-April (domain: season of the city's heat supply).
    private const int HeatingEndsDay = 105;
    private const int HeatingBeginsDay = 288;
    private const int WeatherKnotDays = 4;

    // UTC+5, without summer time.
    private static readonly Instant s_start = Instant.Utc(2025, 12, 31, 19);

    public static Instant At(int minute) => new(s_start.UnixMilliseconds + minute * 60_000L);

    public static int MinuteOf(Instant time) => (int)((time.UnixMilliseconds - s_start.UnixMilliseconds) / 60_000);

    /// <summary>0 is Monday.</summary>
    public static int DayOfWeek(int minute) => (minute / Day + 3) % 7;

    public static double HourOfDay(int minute) => minute % Day / 60.0;

    public static bool IsHeating(int minute) => minute / Day is < HeatingEndsDay or >= HeatingBeginsDay;

    /// <summary>Seasons, fronts of some days and the course of the day.</summary>
    public static double OutsideCelsius(in YearNoise noise, int minute)
    {
        var day = minute / (double)Day;
        var knot = (int)(day / WeatherKnotDays);
        var share = day / WeatherKnotDays - knot;
        var front = 4 * ((1 - share) * noise.Normal(-1, knot, 1) + share * noise.Normal(-1, knot + 1, 1));
        return 10 - 14 * Math.Cos(2 * Math.PI * (day - 15) / DaysPerYear) + front
            - 4 * Math.Cos(2 * Math.PI * (HourOfDay(minute) - 3) / 24);
    }

    /// <summary>
    /// The sun's passing of 6 degrees below the horizon, in minutes of the local day; NOAA, good to a minute.
    /// </summary>
    public static (double Dawn, double Dusk) CivilTwilight(int day)
    {
        const double Latitude = 43.2389;
        const double Longitude = 76.9450;
        double Passing(double sign, double guess)
        {
            for (var i = 0; i < 3; i++)
            {
                // Julian centuries since 2000-01-01 12:00 UTC; the year begins 9,496.29 days after it.
                var t = (9_496.2916667 + day + guess / Day) / 36_525;
                var l = Radians(280.46646 + 36_000.76983 * t);
                var m = Radians(357.52911 + 35_999.05029 * t);
                var c = Math.Sin(m) * (1.914602 - 0.004817 * t) + Math.Sin(2 * m) * 0.019993
                    + Math.Sin(3 * m) * 0.000289;
                var lambda = l + Radians(c - 0.00569);
                var tilt = Radians(23.4393 - 0.0130 * t);
                var declination = Math.Asin(Math.Sin(tilt) * Math.Sin(lambda));
                var y = Math.Pow(Math.Tan(tilt / 2), 2);
                const double E = 0.016708;
                var equation = 4 / Math.PI * 180 * (y * Math.Sin(2 * l) - 2 * E * Math.Sin(m)
                    + 4 * E * y * Math.Sin(m) * Math.Cos(2 * l) - y * y / 2 * Math.Sin(4 * l)
                    - 1.25 * E * E * Math.Sin(2 * m));
                var angle = Math.Acos(Math.Cos(Radians(96)) / (Math.Cos(Radians(Latitude)) * Math.Cos(declination))
                    - Math.Tan(Radians(Latitude)) * Math.Tan(declination)) * 180 / Math.PI;
                guess = 720 - 4 * (Longitude + sign * angle) - equation + 300;
            }

            return guess;
        }

        return (Passing(1, 360), Passing(-1, 1_080));
    }

    private static double Radians(double degrees) => degrees * Math.PI / 180;
}
