namespace DigitalTwin.Model.Demo;

/// <summary>A building before it has an id: its ground plan on the street grid and what it is.</summary>
internal sealed record BuildingDraft(
    Block Block, Spot[] Corners, string Class, int Floors, double FloorHeightMetres, int Flats, int YearBuilt)
{
    public Spot Centre
    {
        get
        {
            var sum = Corners.Aggregate((a, b) => a + b);
            return sum * (1.0 / Corners.Length);
        }
    }

    public double HeightMetres => Floors * FloorHeightMetres + 1;

    public double FloorAreaSquareMetres => Floors * FootprintArea();

    private double FootprintArea()
    {
        var area = 0.0;
        for (var i = 0; i < Corners.Length; i++)
        {
            var a = Corners[i];
            var b = Corners[(i + 1) % Corners.Length];
            area += a.Along * b.Across - b.Along * a.Across;
        }

        return Math.Abs(area) / 2;
    }
}

/// <summary>Ground plans around their middle, counter-clockwise.</summary>
internal static class Footprint
{
    public static Spot[] Box(Spot centre, double length, double depth) => Placed(centre, isTurned: false,
        new(-length / 2, -depth / 2), new(length / 2, -depth / 2), new(length / 2, depth / 2), new(-length / 2, depth / 2));

    /// <summary>Two wings of one thickness at a right angle.</summary>
    public static Spot[] Angle(Spot centre, double length, double depth, double thickness, bool isTurned) =>
        Placed(centre, isTurned,
            new(-length / 2, -depth / 2), new(length / 2, -depth / 2), new(length / 2, -depth / 2 + thickness),
            new(-length / 2 + thickness, -depth / 2 + thickness), new(-length / 2 + thickness, depth / 2),
            new(-length / 2, depth / 2));

    /// <summary>Three wings around a court.</summary>
    public static Spot[] Court(Spot centre, double length, double depth, double thickness, bool isTurned) =>
        Placed(centre, isTurned,
            new(-length / 2, -depth / 2), new(length / 2, -depth / 2), new(length / 2, depth / 2),
            new(length / 2 - thickness, depth / 2), new(length / 2 - thickness, -depth / 2 + thickness),
            new(-length / 2 + thickness, -depth / 2 + thickness), new(-length / 2 + thickness, depth / 2),
            new(-length / 2, depth / 2));

    // Turned by half a circle, which keeps the order of the corners.
    private static Spot[] Placed(Spot centre, bool isTurned, params ReadOnlySpan<Spot> corners)
    {
        var placed = new Spot[corners.Length];
        for (var i = 0; i < corners.Length; i++)
            placed[i] = centre + corners[i] * (isTurned ? -1 : 1);
        return placed;
    }
}
