namespace DigitalTwin.Model.Geo;

/// <summary>A position on WGS 84, in degrees.</summary>
public readonly record struct GeoPoint(double LongitudeDegrees, double LatitudeDegrees)
{
    private const double MetresPerLatitudeDegree = 111_195; // mean Earth radius 6,371,008.8 m (IUGG)

    public bool IsValid => LongitudeDegrees is >= -180 and <= 180 && LatitudeDegrees is >= -90 and <= 90;

    /// <summary>Moves by metres east and north on a local plane; good to a metre within a city.</summary>
    public GeoPoint Offset(double eastMetres, double northMetres) => new(
        LongitudeDegrees + eastMetres / (MetresPerLatitudeDegree * Math.Cos(LatitudeDegrees * Math.PI / 180)),
        LatitudeDegrees + northMetres / MetresPerLatitudeDegree);

    /// <summary>Distance in metres on a local plane; good to 0.1 % within a city.</summary>
    public double DistanceMetresTo(GeoPoint other)
    {
        var meanLatitude = (LatitudeDegrees + other.LatitudeDegrees) / 2 * Math.PI / 180;
        var east = (other.LongitudeDegrees - LongitudeDegrees) * MetresPerLatitudeDegree * Math.Cos(meanLatitude);
        var north = (other.LatitudeDegrees - LatitudeDegrees) * MetresPerLatitudeDegree;
        return Math.Sqrt(east * east + north * north);
    }
}
