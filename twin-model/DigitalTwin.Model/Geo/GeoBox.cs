namespace DigitalTwin.Model.Geo;

/// <summary>A bounding box in degrees, edges included, as GeoJSON orders it (RFC 7946 §5); never across the date line.</summary>
public readonly record struct GeoBox(double West, double South, double East, double North)
{
    public bool IsValid => West <= East && South <= North
        && new GeoPoint(West, South).IsValid && new GeoPoint(East, North).IsValid;

    public bool Contains(GeoPoint point) =>
        point.LongitudeDegrees >= West && point.LongitudeDegrees <= East
        && point.LatitudeDegrees >= South && point.LatitudeDegrees <= North;

    public static GeoBox Around(IEnumerable<GeoPoint> points)
    {
        double west = double.MaxValue, south = double.MaxValue, east = double.MinValue, north = double.MinValue;
        foreach (var point in points)
        {
            west = Math.Min(west, point.LongitudeDegrees);
            east = Math.Max(east, point.LongitudeDegrees);
            south = Math.Min(south, point.LatitudeDegrees);
            north = Math.Max(north, point.LatitudeDegrees);
        }

        return new GeoBox(west, south, east, north);
    }
}
