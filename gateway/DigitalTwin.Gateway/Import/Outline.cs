using DigitalTwin.Model.Geo;

namespace DigitalTwin.Gateway.Import;

/// <summary>Makes a ring fit to draw: open, counter-clockwise, of few vertices.</summary>
internal static class Outline
{
    private const double FirstToleranceMetres = 0.1;

    // A ground plan below a square metre is a slip of the pen, and its centre is not defined well.
    private const double AreaSquareMetresMin = 1;

    /// <summary>The ring to store, or nothing if it encloses no area.</summary>
    public static GeoPoint[]? From(GeoPoint[] ring, int verticesMax)
    {
        var area = AreaSquareMetres(ring);
        if (Math.Abs(area) < AreaSquareMetresMin)
            return null;
        if (area < 0)
            ring = [.. ring.Reverse()];
        var tolerance = FirstToleranceMetres;
        while (ring.Length > verticesMax)
        {
            ring = Simplified(ring, tolerance);
            tolerance *= 2;
        }

        return ring.Length >= 3 ? [.. ring.Select(Rounded)] : null;
    }

    /// <summary>The centre of mass, to a millimetre.</summary>
    public static GeoPoint CentreOf(GeoPoint[] outline) => Rounded(new GeoPolygon(outline).Centroid());

    // A hundred-millionth of a degree is a millimetre; more digits would only make the city's file longer.
    private static GeoPoint Rounded(GeoPoint point) =>
        new(Math.Round(point.LongitudeDegrees, 8), Math.Round(point.LatitudeDegrees, 8));

    /// <summary>Without the closing position and without positions equal to the one before.</summary>
    public static GeoPoint[] WithoutRepeats(GeoPoint[] ring)
    {
        var kept = new List<GeoPoint>(ring.Length);
        foreach (var point in ring)
            if (kept.Count == 0 || kept[^1] != point)
                kept.Add(point);
        while (kept.Count > 1 && kept[^1] == kept[0])
            kept.RemoveAt(kept.Count - 1);
        return [.. kept];
    }

    /// <summary>Positive where the ring runs counter-clockwise.</summary>
    public static double AreaSquareMetres(GeoPoint[] ring)
    {
        var twice = 0.0;
        var (previousX, previousY) = Plane(ring[0], ring[^1]);
        foreach (var point in ring)
        {
            var (x, y) = Plane(ring[0], point);
            twice += previousX * y - x * previousY;
            (previousX, previousY) = (x, y);
        }

        return twice / 2;
    }

    /// <summary>A line with at most so many vertices; its ends stay.</summary>
    public static GeoPoint[] SimplifiedLine(GeoPoint[] line, int verticesMax)
    {
        for (var tolerance = FirstToleranceMetres; line.Length > verticesMax; tolerance *= 2)
        {
            var kept = new bool[line.Length];
            kept[0] = kept[^1] = true;
            KeepFar(line, 0, line.Length - 1, tolerance, kept);
            line = [.. line.Where((_, i) => kept[i])];
        }

        return line;
    }

    // Douglas and Peucker's method on the two halves between the first vertex and the one farthest from it.
    private static GeoPoint[] Simplified(GeoPoint[] ring, double toleranceMetres)
    {
        var far = 0;
        for (var i = 1; i < ring.Length; i++)
            if (ring[i].DistanceMetresTo(ring[0]) > ring[far].DistanceMetresTo(ring[0]))
                far = i;
        GeoPoint[] closed = [.. ring, ring[0]];
        var kept = new bool[closed.Length];
        kept[0] = kept[far] = true;
        KeepFar(closed, 0, far, toleranceMetres, kept);
        KeepFar(closed, far, ring.Length, toleranceMetres, kept);
        return [.. ring.Where((_, i) => kept[i])];
    }

    private static void KeepFar(GeoPoint[] line, int from, int to, double toleranceMetres, bool[] kept)
    {
        var open = new Stack<(int From, int To)>();
        open.Push((from, to));
        while (open.TryPop(out var piece))
        {
            var farthest = -1;
            var distance = toleranceMetres;
            for (var i = piece.From + 1; i < piece.To; i++)
            {
                var own = DistanceToSegment(line[i], line[piece.From], line[piece.To]);
                if (own <= distance)
                    continue;
                (farthest, distance) = (i, own);
            }

            if (farthest < 0)
                continue;
            kept[farthest] = true;
            open.Push((piece.From, farthest));
            open.Push((farthest, piece.To));
        }
    }

    private static double DistanceToSegment(GeoPoint point, GeoPoint from, GeoPoint to)
    {
        var (px, py) = Plane(from, point);
        var (dx, dy) = Plane(from, to);
        var length = dx * dx + dy * dy;
        var along = length == 0 ? 0 : Math.Clamp((px * dx + py * dy) / length, 0, 1);
        return Math.Sqrt(Math.Pow(px - along * dx, 2) + Math.Pow(py - along * dy, 2));
    }

    private static (double X, double Y) Plane(GeoPoint origin, GeoPoint point)
    {
        const double MetresPerLatitudeDegree = 111_195; // mean Earth radius 6,371,008.8 m (IUGG)
        return ((point.LongitudeDegrees - origin.LongitudeDegrees)
            * MetresPerLatitudeDegree * Math.Cos(origin.LatitudeDegrees * Math.PI / 180),
            (point.LatitudeDegrees - origin.LatitudeDegrees) * MetresPerLatitudeDegree);
    }
}
