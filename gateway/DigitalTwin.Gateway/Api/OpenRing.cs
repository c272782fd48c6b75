using DigitalTwin.Model.Geo;

namespace DigitalTwin.Gateway.Api;

/// <summary>Looks at an outline as an open ring, whether or not it repeats its first vertex at the end.</summary>
internal static class OpenRing
{
    /// <summary>Vertices without the repeated one; 0 where they enclose nothing.</summary>
    public static int CountOf(IReadOnlyList<GeoPoint>? ring)
    {
        if (ring is null)
            return 0;
        var count = ring.Count > 1 && ring[0] == ring[^1] ? ring.Count - 1 : ring.Count;
        return count < 3 ? 0 : count;
    }

    public static bool IsClockwise(IReadOnlyList<GeoPoint> ring, int count)
    {
        var origin = ring[0]; // relative coordinates keep the products small
        double doubleArea = 0;
        for (int i = 0, j = count - 1; i < count; j = i++)
            doubleArea += East(j) * North(i) - East(i) * North(j);
        return doubleArea < 0;

        double East(int vertex) => ring[vertex].LongitudeDegrees - origin.LongitudeDegrees;
        double North(int vertex) => ring[vertex].LatitudeDegrees - origin.LatitudeDegrees;
    }

    /// <summary>Metres east and north: the inverse of <see cref="GeoPoint.Offset"/>, and as good.</summary>
    public static (double East, double North) Metres(GeoPoint from, GeoPoint to)
    {
        // Taken at zero degrees, where the difference of two angles loses no digits.
        var perMetreEast = new GeoPoint(0, from.LatitudeDegrees).Offset(1, 0).LongitudeDegrees;
        var perMetreNorth = default(GeoPoint).Offset(0, 1).LatitudeDegrees;
        return ((to.LongitudeDegrees - from.LongitudeDegrees) / perMetreEast,
            (to.LatitudeDegrees - from.LatitudeDegrees) / perMetreNorth);
    }
}
