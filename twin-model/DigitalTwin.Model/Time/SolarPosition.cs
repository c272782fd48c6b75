using DigitalTwin.Model.Geo;

namespace DigitalTwin.Model.Time;

/// <summary>Where the sun stands: above the horizon, and clockwise from north; degrees, without refraction.</summary>
public readonly record struct SunAngles(double ElevationDegrees, double AzimuthDegrees);

/// <summary>When the sun passes a height in the morning and in the evening of one day; <c>Never</c> where it does not.</summary>
public readonly record struct SunTimes(Instant Morning, Instant Evening);

/// <summary>The sun by NOAA's solar calculator (after Meeus); good to a minute between the polar circles. Pure.</summary>
public static class SolarPosition
{
    /// <summary>Centre of the sun when its upper edge touches the horizon: 34′ refraction and 16′ radius.</summary>
    public const double SunriseElevationDegrees = -0.833;

    /// <summary>Civil twilight, by which street lighting is switched.</summary>
    public const double CivilTwilightElevationDegrees = -6;

    private const double MillisecondsPerDay = 86_400_000;
    private const double MinutesPerDay = 1_440;
    private const double JulianDateOfUnixEpoch = 2_440_587.5;
    private const double JulianDateOfJ2000 = 2_451_545;
    private const double DaysPerCentury = 36_525;

    // Each pass puts the sun where it stands at the event found before; the third moves it by less than 0.1 s.
    private const int Passes = 3;

    public static SunAngles At(Instant time, GeoPoint place)
    {
        var sun = Sun.At(time);
        var minutesUtc = Modulo(time.UnixMilliseconds / (MillisecondsPerDay / MinutesPerDay), MinutesPerDay);
        var trueSolarMinutes = minutesUtc + sun.EquationOfTimeMinutes + 4 * place.LongitudeDegrees;
        var hourAngle = Radians(Modulo(trueSolarMinutes / 4, 360) - 180);
        var latitude = Radians(place.LatitudeDegrees);
        var declination = sun.DeclinationRadians;
        var sine = Math.Sin(latitude) * Math.Sin(declination)
            + Math.Cos(latitude) * Math.Cos(declination) * Math.Cos(hourAngle);
        var fromSouth = Math.Atan2(
            Math.Sin(hourAngle),
            Math.Cos(hourAngle) * Math.Sin(latitude) - Math.Tan(declination) * Math.Cos(latitude));
        return new SunAngles(
            Degrees(Math.Asin(Math.Clamp(sine, -1, 1))), Modulo(Degrees(fromSouth) + 180, 360));
    }

    /// <summary>Sunrise and sunset of the local day whose mean noon is nearest to the instant.</summary>
    public static SunTimes SunriseAndSunset(Instant noonNear, GeoPoint place) =>
        Passing(SunriseElevationDegrees, noonNear, place);

    /// <summary>Civil dawn and dusk of that day.</summary>
    public static SunTimes CivilTwilight(Instant noonNear, GeoPoint place) =>
        Passing(CivilTwilightElevationDegrees, noonNear, place);

    /// <summary>When the sun's centre passes an elevation on the way up and on the way down.</summary>
    public static SunTimes Passing(double elevationDegrees, Instant noonNear, GeoPoint place)
    {
        var meanNoonOffset = (0.5 - place.LongitudeDegrees / 360) * MillisecondsPerDay;
        var day = Math.Round((noonNear.UnixMilliseconds - meanNoonOffset) / MillisecondsPerDay);
        var noon = new Instant((long)(day * MillisecondsPerDay + meanNoonOffset));
        return new SunTimes(
            Event(elevationDegrees, noon, place, side: -1), Event(elevationDegrees, noon, place, side: +1));
    }

    private static Instant Event(double elevationDegrees, Instant meanNoon, GeoPoint place, int side)
    {
        var latitude = Radians(place.LatitudeDegrees);
        var found = meanNoon;
        for (var pass = 0; pass < Passes; pass++)
        {
            var sun = Sun.At(found);
            var cosine = Math.Sin(Radians(elevationDegrees)) / (Math.Cos(latitude) * Math.Cos(sun.DeclinationRadians))
                - Math.Tan(latitude) * Math.Tan(sun.DeclinationRadians);
            if (cosine is < -1 or > 1)
                return Instant.Never;
            var minutesFromMeanNoon = side * 4 * Degrees(Math.Acos(cosine)) - sun.EquationOfTimeMinutes;
            found = meanNoon.Plus(TimeSpan.FromMinutes(minutesFromMeanNoon));
        }

        return found;
    }

    private static double Radians(double degrees) => degrees * Math.PI / 180;

    private static double Degrees(double radians) => radians * 180 / Math.PI;

    private static double Modulo(double value, double period) => value - period * Math.Floor(value / period);

    /// <summary>What depends on the time alone.</summary>
    private readonly record struct Sun(double DeclinationRadians, double EquationOfTimeMinutes)
    {
        public static Sun At(Instant time)
        {
            var julianDate = time.UnixMilliseconds / MillisecondsPerDay + JulianDateOfUnixEpoch;
            var century = (julianDate - JulianDateOfJ2000) / DaysPerCentury;
            var meanLongitude = Radians(Modulo(280.46646 + century * (36000.76983 + 0.0003032 * century), 360));
            var anomaly = Radians(357.52911 + century * (35999.05029 - 0.0001537 * century));
            var eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century);
            var centre = Math.Sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
                + Math.Sin(2 * anomaly) * (0.019993 - 0.000101 * century) + Math.Sin(3 * anomaly) * 0.000289;
            var node = Radians(125.04 - 1934.136 * century);
            var longitude = meanLongitude + Radians(centre - 0.00569 - 0.00478 * Math.Sin(node));
            var meanObliquity = 23 + (26
                + (21.448 - century * (46.815 + century * (0.00059 - 0.001813 * century))) / 60) / 60;
            var obliquity = Radians(meanObliquity + 0.00256 * Math.Cos(node));
            var y = Math.Tan(obliquity / 2) * Math.Tan(obliquity / 2);
            var equationOfTime = y * Math.Sin(2 * meanLongitude) - 2 * eccentricity * Math.Sin(anomaly)
                + 4 * eccentricity * y * Math.Sin(anomaly) * Math.Cos(2 * meanLongitude)
                - 0.5 * y * y * Math.Sin(4 * meanLongitude)
                - 1.25 * eccentricity * eccentricity * Math.Sin(2 * anomaly);
            return new Sun(Math.Asin(Math.Sin(obliquity) * Math.Sin(longitude)), 4 * Degrees(equationOfTime));
        }
    }
}
