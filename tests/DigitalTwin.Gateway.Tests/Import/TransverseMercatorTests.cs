using DigitalTwin.Gateway.Import;

namespace DigitalTwin.Gateway.Tests.Import;

/// <summary>UTM to degrees, against published positions and against formulas that share nothing with it.</summary>
public sealed class TransverseMercatorTests
{
    private const double A = 6_378_137;
    private const double F = 1 / 298.257223563;
    private const double E2 = F * (2 - F);

    // The CN Tower in Toronto, as published with both coordinates: 43.642567 N 79.387139 W, 17T 630084 E 4833438 N.
    [Fact]
    public void APublishedPositionIsMet()
    {
        var point = new TransverseMercator(zone: 17).ToDegrees(630_084, 4_833_438)!.Value;
        Assert.Equal(-79.387139, point.LongitudeDegrees, tolerance: 1e-5);
        Assert.Equal(43.642567, point.LatitudeDegrees, tolerance: 1e-5);
    }

    // Snyder, Map Projections (USGS 1395), equations 8-9 to 8-15 and 3-21: a Taylor series where ours is Krüger's.
    [Theory]
    [InlineData(76.945, 43.2389)]
    [InlineData(76.742, 43.033)]
    [InlineData(77.167, 43.404)]
    [InlineData(72.5, 43.25)]
    [InlineData(75.0, 0.001)]
    [InlineData(75.5, 60)]
    public void TheInverseUndoesSnydersForwardSeries(double longitude, double latitude)
    {
        var (easting, northing) = Forward(longitude, latitude, centralMeridian: 75);
        var point = new TransverseMercator(zone: 43).ToDegrees(easting, northing)!.Value;
        Assert.Equal(longitude, point.LongitudeDegrees, tolerance: 5e-8); // 5 mm: the forward series' own error
        Assert.Equal(latitude, point.LatitudeDegrees, tolerance: 5e-8);
    }

    // On the central meridian the northing is 0.9996 of the meridian's arc, which Simpson's rule integrates.
    [Theory]
    [InlineData(10)]
    [InlineData(43.25)]
    [InlineData(80)]
    public void TheCentralMeridianIsTrueToItsArc(double latitude)
    {
        const int Steps = 20_000;
        var step = latitude * Math.PI / 180 / Steps;
        var arc = 0.0;
        for (var i = 0; i <= Steps; i++)
            arc += (i is 0 or Steps ? 1 : i % 2 == 0 ? 2 : 4) * A * (1 - E2)
                / Math.Pow(1 - E2 * Math.Pow(Math.Sin(i * step), 2), 1.5);
        var point = new TransverseMercator(zone: 43).ToDegrees(500_000, 0.9996 * arc * step / 3)!.Value;
        Assert.Equal(75, point.LongitudeDegrees, tolerance: 1e-12);
        Assert.Equal(latitude, point.LatitudeDegrees, tolerance: 1e-10);
    }

    [Theory]
    [InlineData(76.9, 43.2)]
    [InlineData(99_999, 4_789_000)]
    [InlineData(900_001, 4_789_000)]
    [InlineData(650_000, -1)]
    [InlineData(double.NaN, 4_789_000)]
    public void WhatIsNotOfAZoneIsNoPosition(double easting, double northing) =>
        Assert.Null(new TransverseMercator(zone: 43).ToDegrees(easting, northing));

    private static (double Easting, double Northing) Forward(double longitude, double latitude, double centralMeridian)
    {
        var phi = latitude * Math.PI / 180;
        var ep2 = E2 / (1 - E2);
        var n = A / Math.Sqrt(1 - E2 * Math.Pow(Math.Sin(phi), 2));
        var t = Math.Pow(Math.Tan(phi), 2);
        var c = ep2 * Math.Pow(Math.Cos(phi), 2);
        var a = (longitude - centralMeridian) * Math.PI / 180 * Math.Cos(phi);
        var m = A * ((1 - E2 / 4 - 3 * E2 * E2 / 64 - 5 * E2 * E2 * E2 / 256) * phi
            - (3 * E2 / 8 + 3 * E2 * E2 / 32 + 45 * E2 * E2 * E2 / 1024) * Math.Sin(2 * phi)
            + (15 * E2 * E2 / 256 + 45 * E2 * E2 * E2 / 1024) * Math.Sin(4 * phi)
            - 35 * E2 * E2 * E2 / 3072 * Math.Sin(6 * phi));
        var easting = 500_000 + 0.9996 * n * (a + (1 - t + c) * Math.Pow(a, 3) / 6
            + (5 - 18 * t + t * t + 72 * c - 58 * ep2) * Math.Pow(a, 5) / 120);
        var northing = 0.9996 * (m + n * Math.Tan(phi) * (a * a / 2 + (5 - t + 9 * c + 4 * c * c) * Math.Pow(a, 4) / 24
            + (61 - 58 * t + t * t + 600 * c - 330 * ep2) * Math.Pow(a, 6) / 720));
        return (easting, northing);
    }
}
