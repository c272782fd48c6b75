using DigitalTwin.Model.Geo;

namespace DigitalTwin.Model.Tests.Geo;

public sealed class GeoTests
{
    // A concave ring, so that an answer by bounding box or convex hull is wrong.
    private static readonly GeoPolygon s_ring = new([new(0, 0), new(10, 0), new(10, 10), new(5, 2), new(0, 10)]);

    [Theory]
    [InlineData(5, 1, true)]
    [InlineData(5, 5, false)]
    [InlineData(1, 7, true)]
    [InlineData(9, 7, true)]
    [InlineData(-1, 5, false)]
    [InlineData(11, 5, false)]
    public void APointIsInsideByTheEvenOddRule(double longitude, double latitude, bool inside) =>
        Assert.Equal(inside, s_ring.Contains(new GeoPoint(longitude, latitude)));

    [Fact]
    public void AClosedRingIsTheSameAsAnOpenOne() =>
        Assert.Equal(3, new GeoPolygon([new(0, 0), new(1, 0), new(1, 1), new(0, 0)]).Ring.Count);

    [Fact]
    public void TheCentroidOfASquareIsItsMiddle()
    {
        var centre = new GeoPolygon([new(76, 43), new(78, 43), new(78, 45), new(76, 45)]).Centroid();

        Assert.Equal(77, centre.LongitudeDegrees, 9);
        Assert.Equal(44, centre.LatitudeDegrees, 9);
    }

    // A degree of longitude at 43.24° N is 81.0 km on the mean sphere.
    [Fact]
    public void OffsetAndDistanceAgree()
    {
        var centre = new GeoPoint(76.8897, 43.2389);

        Assert.Equal(500, centre.DistanceMetresTo(centre.Offset(300, -400)), tolerance: 0.5);
        Assert.Equal(81_004, centre.DistanceMetresTo(new GeoPoint(77.8897, 43.2389)), tolerance: 60);
    }
}
