using DigitalTwin.Model.Geo;

namespace DigitalTwin.Model.Demo;

/// <summary>Where two main streets meet.</summary>
internal sealed record MainCrossing(Spot Spot, DemoLine One, DemoLine Other)
{
    public GeoPoint Position => LocalPlane.ToGeo(Spot);
}

/// <summary>Every crossing of the main streets inside the districts, from the centre outward.</summary>
internal static class MainCrossings
{
    public static IReadOnlyList<MainCrossing> All { get; } = Find();

    public static bool IsNear(Spot spot, double metres)
    {
        foreach (var crossing in All)
            if (crossing.Spot.DistanceTo(spot) <= metres)
                return true;
        return false;
    }

    private static IReadOnlyList<MainCrossing> Find()
    {
        var crossings = new List<MainCrossing>();
        var streets = MainStreets.All;
        for (var i = 0; i < streets.Count; i++)
            for (var j = i + 1; j < streets.Count; j++)
                foreach (var spot in Meetings(streets[i], streets[j]))
                    if (DistrictOutlines.Containing(LocalPlane.ToGeo(spot)) is not null)
                        crossings.Add(new MainCrossing(spot, streets[i], streets[j]));
        // The plane's origin is where the old centre's streets cross.
        return [.. crossings.OrderBy(crossing => crossing.Spot.DistanceTo(default))];
    }

    private static IEnumerable<Spot> Meetings(DemoLine one, DemoLine other)
    {
        for (var i = 1; i < one.Course.Count; i++)
            for (var j = 1; j < other.Course.Count; j++)
                if (Meeting(
                        LocalPlane.Of(one.Course[i - 1]), LocalPlane.Of(one.Course[i]),
                        LocalPlane.Of(other.Course[j - 1]), LocalPlane.Of(other.Course[j])) is { } spot)
                    yield return spot;
    }

    // Each segment has its beginning and not its end, so that a crossing at a bend counts once.
    private static Spot? Meeting(Spot a, Spot b, Spot c, Spot d)
    {
        var (one, other, between) = (b - a, d - c, c - a);
        var turn = Cross(one, other);
        if (turn == 0)
            return null;
        var along = Cross(between, other) / turn;
        var across = Cross(between, one) / turn;
        return along is >= 0 and < 1 && across is >= 0 and < 1 ? a + one * along : null;
    }

    private static double Cross(Spot a, Spot b) => a.Along * b.Across - a.Across * b.Along;
}
