namespace DigitalTwin.Model.Geo;

/// <summary>A simple polygon without holes; the ring is open (the last vertex is not the first again).</summary>
public sealed class GeoPolygon
{
    /// <exception cref="ArgumentException">Fewer than three vertices.</exception>
    public GeoPolygon(IReadOnlyList<GeoPoint> ring)
    {
        ArgumentNullException.ThrowIfNull(ring);
        var open = ring.Count > 1 && ring[0] == ring[^1] ? ring.Take(ring.Count - 1) : ring;
        Ring = [.. open];
        if (Ring.Count < 3)
            throw new ArgumentException("A polygon needs at least three vertices.", nameof(ring));
        Bounds = GeoBox.Around(Ring);
    }

    public IReadOnlyList<GeoPoint> Ring { get; }

    public GeoBox Bounds { get; }

    /// <summary>Even-odd rule; a point on an edge may fall on either side.</summary>
    public bool Contains(GeoPoint point)
    {
        if (!Bounds.Contains(point))
            return false;
        var inside = false;
        for (int i = 0, j = Ring.Count - 1; i < Ring.Count; j = i++)
        {
            var a = Ring[i];
            var b = Ring[j];
            if (a.LatitudeDegrees > point.LatitudeDegrees == b.LatitudeDegrees > point.LatitudeDegrees)
                continue;
            var crossing = (b.LongitudeDegrees - a.LongitudeDegrees)
                * (point.LatitudeDegrees - a.LatitudeDegrees) / (b.LatitudeDegrees - a.LatitudeDegrees)
                + a.LongitudeDegrees;
            if (point.LongitudeDegrees < crossing)
                inside = !inside;
        }

        return inside;
    }

    /// <summary>The area's centre of mass, in degrees.</summary>
    public GeoPoint Centroid()
    {
        double area = 0, longitude = 0, latitude = 0;
        var origin = Ring[0]; // relative coordinates keep the products small
        for (int i = 0, j = Ring.Count - 1; i < Ring.Count; j = i++)
        {
            double ax = Ring[j].LongitudeDegrees - origin.LongitudeDegrees, ay = Ring[j].LatitudeDegrees - origin.LatitudeDegrees;
            double bx = Ring[i].LongitudeDegrees - origin.LongitudeDegrees, by = Ring[i].LatitudeDegrees - origin.LatitudeDegrees;
            var cross = ax * by - bx * ay;
            area += cross;
            longitude += (ax + bx) * cross;
            latitude += (ay + by) * cross;
        }

        return area == 0
            ? origin
            : new GeoPoint(origin.LongitudeDegrees + longitude / (3 * area), origin.LatitudeDegrees + latitude / (3 * area));
    }
}
