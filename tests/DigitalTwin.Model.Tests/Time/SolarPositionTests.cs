using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Time;

public sealed class SolarPositionTests
{
    private static readonly GeoPoint s_almaty = new(76.8897, 43.2389);

    private static readonly TimeSpan s_utcOffset = TimeSpan.FromHours(5);

    [Theory]
    [InlineData(2026, 1, 15, "07:21:45", "16:42:07")]
    [InlineData(2026, 3, 20, "05:56:17", "18:04:20")]
    [InlineData(2026, 6, 21, "04:12:25", "19:36:00")]
    [InlineData(2026, 9, 23, "05:40:27", "17:48:37")]
    [InlineData(2026, 11, 20, "06:51:18", "16:24:15")]
    [InlineData(2026, 12, 21, "07:21:06", "16:19:42")]
    public void TheSunRisesAndSetsInAlmatyAsTabulated(int year, int month, int day, string sunrise, string sunset)
    {
        var times = SolarPosition.SunriseAndSunset(Instant.Utc(year, month, day, 7), s_almaty);

        AssertLocal(year, month, day, sunrise, times.Morning);
        AssertLocal(year, month, day, sunset, times.Evening);
    }

    // Reckoned with a second program after NOAA's formulas; 12-21 is a reference figure of the domain as well.
    [Theory]
    [InlineData(2026, 1, 15, "06:50:09", "17:13:44")]
    [InlineData(2024, 2, 29, "06:01:26", "18:09:04")]
    [InlineData(2026, 3, 20, "05:27:54", "18:32:47")]
    [InlineData(2026, 6, 21, "03:36:48", "20:11:38")]
    [InlineData(2026, 9, 23, "05:12:00", "18:17:00")]
    [InlineData(2026, 12, 21, "06:48:30", "16:52:18")]
    public void CivilTwilightBeginsAndEndsInAlmatyAsTabulated(int year, int month, int day, string dawn, string dusk)
    {
        var times = SolarPosition.CivilTwilight(Instant.Utc(year, month, day, 7), s_almaty);

        AssertLocal(year, month, day, dawn, times.Morning);
        AssertLocal(year, month, day, dusk, times.Evening);
    }

    // Another road to the same sky: the low-precision formulas of the Astronomical Almanac, good to 0.01°.
    [Theory]
    [InlineData(76.8897, 43.2389)]
    [InlineData(-58.4, -34.6)]
    [InlineData(0, 0)]
    [InlineData(179.9, 60)]
    public void TheHeightOfTheSunIsThatOfTheAlmanac(double longitude, double latitude)
    {
        for (var hour = 0; hour < 365 * 24; hour += 7)
        {
            var time = Instant.Utc(2027, 1, 1).Plus(TimeSpan.FromHours(hour));
            Assert.Equal(
                Streetlights.AlmanacSun.ElevationDegrees(time, longitude, latitude),
                SolarPosition.At(time, new GeoPoint(longitude, latitude)).ElevationDegrees, 0.025);
        }
    }

    // Reference figures for Almaty: 4,300 h between sunset and sunrise, 3,922 h between civil dusk and dawn.
    [Theory]
    [InlineData(SolarPosition.SunriseElevationDegrees, 4300)]
    [InlineData(SolarPosition.CivilTwilightElevationDegrees, 3922)]
    public void TheHoursOfDarknessOfAYearAddUp(double elevationDegrees, double hours)
    {
        var dark = TimeSpan.Zero;
        for (var day = 0; day < 365; day++)
        {
            var times = SolarPosition.Passing(
                elevationDegrees, Instant.Utc(2026, 1, 1, 7).Plus(TimeSpan.FromDays(day)), s_almaty);
            dark += TimeSpan.FromDays(1) - (times.Evening - times.Morning);
        }

        Assert.InRange(dark.TotalHours, hours - 2, hours + 2);
    }

    [Fact]
    public void TheElevationAtAnEventIsTheEventsOwn()
    {
        for (var day = 0; day < 365; day += 5)
        {
            var noon = Instant.Utc(2027, 1, 1, 7).Plus(TimeSpan.FromDays(day));
            var sun = SolarPosition.SunriseAndSunset(noon, s_almaty);
            var civil = SolarPosition.CivilTwilight(noon, s_almaty);
            Assert.Equal(-0.833, SolarPosition.At(sun.Morning, s_almaty).ElevationDegrees, 2);
            Assert.Equal(-0.833, SolarPosition.At(sun.Evening, s_almaty).ElevationDegrees, 2);
            Assert.Equal(-6, SolarPosition.At(civil.Morning, s_almaty).ElevationDegrees, 2);
            Assert.Equal(-6, SolarPosition.At(civil.Evening, s_almaty).ElevationDegrees, 2);
        }
    }

    [Fact]
    public void TheSunGoesFromEastOverSouthToWest()
    {
        var noonNear = Instant.Utc(2026, 3, 20, 7);
        var times = SolarPosition.SunriseAndSunset(noonNear, s_almaty);
        var midday = new Instant((times.Morning.UnixMilliseconds + times.Evening.UnixMilliseconds) / 2);

        Assert.InRange(SolarPosition.At(times.Morning, s_almaty).AzimuthDegrees, 88, 91);
        Assert.InRange(SolarPosition.At(midday, s_almaty).AzimuthDegrees, 179.5, 180.5);
        Assert.InRange(SolarPosition.At(times.Evening, s_almaty).AzimuthDegrees, 269, 272);
        // Equinox: 90° less the latitude, and a tenth because the day's noon is not the equinox itself.
        Assert.Equal(90 - 43.2389, SolarPosition.At(midday, s_almaty).ElevationDegrees, 0.3);
    }

    [Fact]
    public void WhereTheSunDoesNotSetThereIsNoSunset()
    {
        var times = SolarPosition.SunriseAndSunset(Instant.Utc(2026, 6, 21, 12), new GeoPoint(25, 75));

        Assert.True(times.Morning.IsNever);
        Assert.True(times.Evening.IsNever);
    }

    private static void AssertLocal(int year, int month, int day, string expected, Instant actual)
    {
        var local = new DateTimeOffset(year, month, day, 0, 0, 0, s_utcOffset)
            + TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange((actual.ToDateTimeOffset() - local).TotalSeconds, -1.5, 1.5);
    }
}
