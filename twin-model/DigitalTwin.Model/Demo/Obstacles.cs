using DigitalTwin.Model.Geo;

namespace DigitalTwin.Model.Demo;

/// <summary>Where nothing can be built: avenues, rivers, lakes, parks and mountains.</summary>
internal sealed class Obstacles
{
    private const double CellMetres = 250;
    private const double AvenueHalfWidthMetres = 17;
    private const double RiverHalfWidthMetres = 14;

    private readonly Dictionary<(int, int), List<Segment>> _byCell = [];
    private readonly GeoPolygon[] _areas;

    public Obstacles()
    {
        foreach (var street in MainStreets.All)
            Add(street, AvenueHalfWidthMetres);
        foreach (var river in Landscape.Rivers)
            Add(river, RiverHalfWidthMetres);
        _areas = [.. Landscape.Parks.Concat(Landscape.Waters).Append(Landscape.Mountains)
            .Select(area => new GeoPolygon(area.Course))];
    }

    private readonly record struct Segment(Spot From, Spot To, double HalfWidth);

    public bool IsInArea(GeoPoint place) => _areas.Any(area => area.Contains(place));

    /// <summary>Whether a corner of a building would stand on an avenue, in a river or in a park.</summary>
    public bool IsBlocked(ReadOnlySpan<Spot> corners)
    {
        foreach (var corner in corners)
            if (IsBlocked(corner))
                return true;
        return false;
    }

    private bool IsBlocked(Spot spot)
    {
        if (_byCell.TryGetValue(CellOf(spot), out var near))
            foreach (var segment in near)
                if (Distance(spot, segment) < segment.HalfWidth)
                    return true;
        return IsInArea(LocalPlane.ToGeo(spot));
    }

    private void Add(DemoLine line, double halfWidth)
    {
        var spots = line.Course.Select(LocalPlane.Of).ToArray();
        for (var i = 1; i < spots.Length; i++)
        {
            var segment = new Segment(spots[i - 1], spots[i], halfWidth);
            var steps = (int)(segment.From.DistanceTo(segment.To) / (CellMetres / 2)) + 1;
            var cells = new HashSet<(int, int)>();
            for (var step = 0; step <= steps; step++)
            {
                var (column, row) = CellOf(segment.From + (segment.To - segment.From) * (step / (double)steps));
                for (var across = -1; across <= 1; across++)
                    for (var along = -1; along <= 1; along++)
                        cells.Add((column + along, row + across));
            }

            foreach (var cell in cells)
            {
                if (!_byCell.TryGetValue(cell, out var segments))
                    _byCell.Add(cell, segments = []);
                segments.Add(segment);
            }
        }
    }

    private static (int, int) CellOf(Spot spot) =>
        ((int)Math.Floor(spot.Along / CellMetres), (int)Math.Floor(spot.Across / CellMetres));

    private static double Distance(Spot spot, Segment segment)
    {
        var direction = segment.To - segment.From;
        var way = spot - segment.From;
        var length = direction.Along * direction.Along + direction.Across * direction.Across;
        var share = Math.Clamp((way.Along * direction.Along + way.Across * direction.Across) / length, 0, 1);
        return spot.DistanceTo(segment.From + direction * share);
    }
}
