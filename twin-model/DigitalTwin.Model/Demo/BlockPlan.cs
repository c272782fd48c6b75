using DigitalTwin.Model.Geo;

namespace DigitalTwin.Model.Demo;

/// <summary>
/// Which cells of the street grid are built on, the most central ones first. The city grows outward from the centres
/// of its quarters as the scale grows.
/// </summary>
internal static class BlockPlan
{
    // The flanks above are too steep to build on.
    private const double SouthernmostLatitude = 43.165;

    /// <param name="Reach">How far the quarter has grown, against the others.</param>
    private sealed record Quarter(double Longitude, double Latitude, double Reach, BlockStyle Style)
    {
        public Spot Centre { get; } = LocalPlane.Of(new GeoPoint(Longitude, Latitude));
    }

    private static readonly Quarter[] s_quarters =
    [
        new(76.938, 43.251, 3.0, BlockStyle.Perimeter), // the old centre
        new(76.910, 43.243, 2.4, BlockStyle.Perimeter),
        new(76.882, 43.244, 1.7, BlockStyle.Slabs),
        new(76.954, 43.235, 1.6, BlockStyle.Towers), // Samal
        new(76.928, 43.227, 1.8, BlockStyle.Perimeter),
        new(76.902, 43.222, 1.7, BlockStyle.Slabs),
        new(76.915, 43.207, 0.9, BlockStyle.Towers), // along Al-Farabi
        new(76.882, 43.200, 1.0, BlockStyle.Slabs), // Orbita
        new(76.852, 43.222, 1.6, BlockStyle.Slabs), // the numbered microdistricts
        new(76.848, 43.240, 1.1, BlockStyle.Slabs), // Aksai
        new(76.825, 43.232, 0.9, BlockStyle.Slabs),
        new(76.820, 43.205, 0.9, BlockStyle.Houses), // Kalkaman
        new(76.835, 43.190, 0.7, BlockStyle.Slabs), // Shugyla
        new(76.840, 43.270, 0.8, BlockStyle.Slabs),
        new(76.865, 43.300, 1.0, BlockStyle.Houses),
        new(76.810, 43.300, 0.8, BlockStyle.Houses),
        new(76.930, 43.278, 1.0, BlockStyle.Perimeter),
        new(76.905, 43.305, 0.8, BlockStyle.Houses),
        new(76.945, 43.330, 0.9, BlockStyle.Houses),
        new(76.985, 43.340, 1.0, BlockStyle.Slabs),
        new(76.998, 43.370, 0.7, BlockStyle.Houses),
        new(76.990, 43.265, 0.7, BlockStyle.Houses),
        new(76.975, 43.215, 0.6, BlockStyle.Houses),
    ];

    /// <summary>Every cell that can be built on, from the most central to the most remote.</summary>
    public static IReadOnlyList<Block> All(int seed, Obstacles obstacles)
    {
        var corners = DistrictOutlines.All.SelectMany(district => district.Polygon.Ring).Select(LocalPlane.Of).ToArray();
        var (west, south) = Block.CellOf(new Spot(corners.Min(c => c.Along), corners.Min(c => c.Across)));
        var (east, north) = Block.CellOf(new Spot(corners.Max(c => c.Along), corners.Max(c => c.Across)));
        var blocks = new List<Block>();
        for (var row = south; row <= north; row++)
            for (var column = west; column <= east; column++)
                if (TryPlan(seed, column, row, obstacles) is { } block)
                    blocks.Add(block);
        return [.. blocks.OrderBy(block => block.Remoteness).ThenBy(block => block.Order)];
    }

    private static Block? TryPlan(int seed, int column, int row, Obstacles obstacles)
    {
        var centre = new Spot((column + 0.5) * Block.Length, (row + 0.5) * Block.Depth);
        var place = LocalPlane.ToGeo(centre);
        if (place.LatitudeDegrees < SouthernmostLatitude || obstacles.IsInArea(place)
            || DistrictOutlines.Containing(place) is null)
            return null;
        var random = PlaceRandom.At(seed, column, row);
        var quarter = s_quarters[0];
        var remoteness = double.MaxValue;
        foreach (var candidate in s_quarters)
        {
            var distance = centre.DistanceTo(candidate.Centre) / candidate.Reach;
            if (distance < remoteness)
                (quarter, remoteness) = (candidate, distance);
        }

        // A frayed edge looks grown, a circle drawn.
        remoteness *= 0.85 + 0.3 * random.NextDouble();
        return new Block(column, row, StyleOf(quarter, random), remoteness);
    }

    private static BlockStyle StyleOf(Quarter quarter, Random random) => (quarter.Style, random.NextDouble()) switch
    {
        (_, < 0.06) => BlockStyle.School,
        (_, < 0.07) => BlockStyle.Hospital,
        (BlockStyle.Houses, < 0.09) => BlockStyle.Industry,
        (BlockStyle.Houses, < 0.20) => BlockStyle.Slabs,
        (BlockStyle.Houses, _) => BlockStyle.Houses,
        (_, < 0.10) => BlockStyle.Mall,
        (BlockStyle.Perimeter, < 0.22) => BlockStyle.Slabs,
        (BlockStyle.Slabs, < 0.20) => BlockStyle.Towers,
        (BlockStyle.Slabs, < 0.30) => BlockStyle.Houses,
        (BlockStyle.Towers, < 0.40) => BlockStyle.Slabs,
        var (style, _) => style,
    };
}
