using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Simulator.City;

/// <summary>
/// The days of the city: how cold they are, and when it is dark. Tables of whole days from a fixed first one, so that
/// a register at any moment is a sum looked up and not a history kept.
/// </summary>
internal sealed class CityCalendar
{
    /// <summary>Almaty is five hours ahead of UTC since 2024-03-01, all year.</summary>
    public static readonly TimeSpan UtcOffset = TimeSpan.FromHours(5);

    public static readonly Instant First = Instant.Utc(2020, 1, 1).Plus(-UtcOffset);

    public const int DayCount = 365 * 25 + 6;

    public const double MillisecondsPerDay = 86_400_000;

    // Monthly means of Almaty, rounded, and how far a day strays from them.
    private static readonly double[] s_monthCelsius = [-4.5, -2.5, 4, 11.5, 17, 22, 25, 23.5, 18, 10.5, 2.5, -3];
    private const double WeatherCelsius = 6;
    private const double DayNightCelsius = 4.5;

    private readonly double[] _meanCelsius = new double[DayCount];
    private readonly ulong _weather;

    public CityCalendar(int seed, GeoPoint place)
    {
        _weather = Noise.Seed(seed, "weather");
        Place = place;
        for (var day = 0; day < DayCount; day++)
        {
            var noon = NoonOf(day);
            _meanCelsius[day] = OverYear(s_monthCelsius, noon)
                + WeatherCelsius * Noise.Wander(_weather, noon, TimeSpan.FromDays(4));
        }
    }

    public GeoPoint Place { get; }

    public static Instant Last => First.Plus(TimeSpan.FromDays(DayCount - 1));

    public static Instant NoonOf(int day) => First.Plus(TimeSpan.FromDays(day + 0.5));

    /// <summary>Which day it is in the city, and how far it has come (0 to 1).</summary>
    public static (int Day, double Part) DayOf(Instant time)
    {
        var position = (time.UnixMilliseconds - First.UnixMilliseconds) / MillisecondsPerDay;
        var day = Math.Clamp((int)Math.Floor(position), 0, DayCount - 1);
        return (day, Math.Clamp(position - day, 0, 1));
    }

    public static double LocalHour(Instant time) => DayOf(time).Part * 24;

    public static bool IsWeekend(int day) =>
        (NoonOf(day).ToDateTimeOffset() + UtcOffset).DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    public double MeanCelsius(int day) => _meanCelsius[day];

    /// <summary>Outdoors: warmest about three in the afternoon, coldest twelve hours later.</summary>
    public double OutdoorCelsius(Instant time)
    {
        var (day, part) = DayOf(time);
        var next = Math.Min(day + (part < 0.5 ? -1 : 1), DayCount - 1);
        var weight = Math.Abs(part - 0.5);
        var mean = _meanCelsius[day] * (1 - weight) + _meanCelsius[Math.Max(next, 0)] * weight;
        return mean + DayNightCelsius * Math.Cos((part * 24 - 15) / 24 * 2 * Math.PI);
    }

    /// <summary>
    /// 0 to about 1: what a heated building asks for; nothing outside the season from October to April.
    /// </summary>
    public double HeatingDemand(int day)
    {
        var local = NoonOf(day).ToDateTimeOffset() + UtcOffset;
        var inSeason = (local.Month, local.Day) is (10, >= 10) or ( > 10, _) or ( < 4, _) or (4, <= 15);
        return inSeason ? Math.Clamp((18 - _meanCelsius[day]) / 38, 0.08, 1.2) : 0;
    }

    /// <summary>0 to 1: how still the air lies over the city; calm weather lasts days.</summary>
    public double Stillness(Instant time) => 0.5 + 0.5 * Noise.Wander(_weather ^ 0xA1, time, TimeSpan.FromDays(2.5));

    /// <summary>Twelve values at mid-month, and straight lines between them.</summary>
    public static double OverYear(double[] months, Instant time)
    {
        var local = time.ToDateTimeOffset() + UtcOffset;
        var position = local.Month - 1 + (local.Day - 0.5) / DateTime.DaysInMonth(local.Year, local.Month) - 0.5 + 12;
        var month = (int)position;
        var part = position - month;
        return months[month % 12] * (1 - part) + months[(month + 1) % 12] * part;
    }
}
