using DigitalTwin.Model.Geo;

namespace DigitalTwin.Model.Demo;

/// <summary>Metres along and across the city's street grid, which leans a few degrees with the slope.</summary>
internal static class LocalPlane
{
    // Where the old centre's streets cross; the grid's east points this much to the north.
    private const double TurnDegrees = 4.5;

    private static readonly GeoPoint s_origin = new(76.945, 43.25);
    private static readonly double s_cos = Math.Cos(TurnDegrees * Math.PI / 180);
    private static readonly double s_sin = Math.Sin(TurnDegrees * Math.PI / 180);
    private static readonly double s_metresPerLongitude =
        s_origin.DistanceMetresTo(s_origin with { LongitudeDegrees = s_origin.LongitudeDegrees + 1 });
    private static readonly double s_metresPerLatitude =
        s_origin.DistanceMetresTo(s_origin with { LatitudeDegrees = s_origin.LatitudeDegrees + 1 });

    public static Spot Of(GeoPoint point)
    {
        var east = (point.LongitudeDegrees - s_origin.LongitudeDegrees) * s_metresPerLongitude;
        var north = (point.LatitudeDegrees - s_origin.LatitudeDegrees) * s_metresPerLatitude;
        return new Spot(east * s_cos + north * s_sin, north * s_cos - east * s_sin);
    }

    public static GeoPoint ToGeo(Spot spot)
    {
        var east = spot.Along * s_cos - spot.Across * s_sin;
        var north = spot.Along * s_sin + spot.Across * s_cos;
        // Seven decimals are a centimetre, and keep files and scenes small.
        return new GeoPoint(
            Math.Round(s_origin.LongitudeDegrees + east / s_metresPerLongitude, 7),
            Math.Round(s_origin.LatitudeDegrees + north / s_metresPerLatitude, 7));
    }
}

/// <summary>A place on the plane of the street grid, in metres.</summary>
internal readonly record struct Spot(double Along, double Across)
{
    public double DistanceTo(Spot other) => Math.Sqrt(
        (Along - other.Along) * (Along - other.Along) + (Across - other.Across) * (Across - other.Across));

    public static Spot operator +(Spot a, Spot b) => new(a.Along + b.Along, a.Across + b.Across);

    public static Spot operator -(Spot a, Spot b) => new(a.Along - b.Along, a.Across - b.Across);

    public static Spot operator *(Spot a, double factor) => new(a.Along * factor, a.Across * factor);
}
