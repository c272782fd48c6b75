using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Streetlights;

/// <summary>
/// The sun's height by the low-precision formulas of the Astronomical Almanac (good to 0.01° until 2050): another road
/// to the same sky than NOAA's, so that the one can judge the other.
/// </summary>
internal static class AlmanacSun
{
    public static double ElevationDegrees(Instant time, double longitudeDegrees, double latitudeDegrees)
    {
        var days = time.UnixMilliseconds / 86_400_000.0 + 2_440_587.5 - 2_451_545.0;
        var meanLongitude = 280.460 + 0.9856474 * days;
        var anomaly = Radians(357.528 + 0.9856003 * days);
        var longitude = Radians(meanLongitude + 1.915 * Math.Sin(anomaly) + 0.020 * Math.Sin(2 * anomaly));
        var obliquity = Radians(23.439 - 0.0000004 * days);
        var rightAscension = Math.Atan2(Math.Cos(obliquity) * Math.Sin(longitude), Math.Cos(longitude));
        var declination = Math.Asin(Math.Sin(obliquity) * Math.Sin(longitude));
        var siderealDegrees = 15 * (18.697374558 + 24.06570982441908 * days) + longitudeDegrees;
        var hourAngle = Radians(siderealDegrees) - rightAscension;
        var latitude = Radians(latitudeDegrees);
        return Math.Asin(Math.Sin(latitude) * Math.Sin(declination)
            + Math.Cos(latitude) * Math.Cos(declination) * Math.Cos(hourAngle)) * 180 / Math.PI;
    }

    private static double Radians(double degrees) => degrees % 360 * Math.PI / 180;
}
