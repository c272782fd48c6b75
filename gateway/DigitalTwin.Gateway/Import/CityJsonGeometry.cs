using System.Globalization;
using System.Text.Json;

namespace DigitalTwin.Gateway.Import;

/// <summary>Finds what a city object stands on, in the file's whole numbers.</summary>
internal sealed class CityJsonGeometry(CityJsonHeader header)
{
    // A ground floor slab is flat; survey noise and slight slopes are not its edge.
    private const double FlatMetres = 0.3;

    /// <summary>Pieces of ground: LoD 0, else the lowest horizontal surfaces.</summary>
    public List<List<(int X, int Y)>> Ground { get; } = [];

    /// <summary>Whether the ground is a footprint of its own, LoD 0.</summary>
    public bool IsFootprint { get; private set; }

    public int LowestZ { get; private set; } = int.MaxValue;

    public int HighestZ { get; private set; } = int.MinValue;

    /// <summary>Takes the object's geometries; says what is wrong with them, or nothing.</summary>
    public string? Take(JsonElement geometries)
    {
        if (geometries.ValueKind != JsonValueKind.Array)
            return "is not an array";
        List<List<int>>? best = null;
        var bestDetail = double.MaxValue;
        foreach (var geometry in geometries.EnumerateArray())
        {
            var surfaces = new List<List<int>>();
            if (ProblemOf(geometry, surfaces) is { } problem)
                return problem;
            foreach (var index in surfaces.SelectMany(surface => surface))
            {
                LowestZ = Math.Min(LowestZ, header[index].Z);
                HighestZ = Math.Max(HighestZ, header[index].Z);
            }

            var detail = DetailOf(geometry);
            if (surfaces.Count == 0 || detail >= bestDetail)
                continue;
            (best, bestDetail) = (surfaces, detail);
        }

        if (best is null)
            return null;
        IsFootprint = bestDetail < 1;
        Ground.AddRange(Lowest(IsFootprint ? best : [.. best.Where(IsFlat)]).Select(Plan));
        return null;
    }

    // CityJSON 2.0 §3.1: boundaries nest by type; of each surface only the outer ring counts here.
    private string? ProblemOf(JsonElement geometry, List<List<int>> surfaces)
    {
        if (JsonText.Of(geometry, "type") is not { } type)
            return "has a geometry without a type";
        var depth = type switch
        {
            "MultiSurface" or "CompositeSurface" => 0,
            "Solid" => 1,
            "MultiSolid" or "CompositeSolid" => 2,
            _ => -1,
        };
        if (depth < 0)
            return null;
        return geometry.TryGetProperty("boundaries", out var boundaries)
            ? ProblemOf(boundaries, depth, surfaces)
            : "has a geometry without boundaries";
    }

    private string? ProblemOf(JsonElement boundaries, int depth, List<List<int>> surfaces)
    {
        if (boundaries.ValueKind != JsonValueKind.Array)
            return "has boundaries that are not nested as their type says";
        foreach (var element in boundaries.EnumerateArray())
        {
            if (depth > 0)
            {
                if (ProblemOf(element, depth - 1, surfaces) is { } inner)
                    return inner;
                continue;
            }

            if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() == 0
                || element[0].ValueKind != JsonValueKind.Array)
                return "has boundaries that are not nested as their type says";
            var ring = new List<int>();
            foreach (var index in element[0].EnumerateArray())
            {
                if (index.ValueKind != JsonValueKind.Number || !index.TryGetInt32(out var vertex)
                    || vertex < 0 || vertex >= header.VertexCount)
                    return $"names a vertex {index.GetRawText()} that is not there";
                ring.Add(vertex);
            }

            if (ring.Count < 3)
                return "has a ring of less than three vertices";
            surfaces.Add(ring);
        }

        return null;
    }

    private bool IsFlat(List<int> surface)
    {
        var low = surface.Min(index => header[index].Z);
        var high = surface.Max(index => header[index].Z);
        return header.HeightMetres(high) - header.HeightMetres(low) <= FlatMetres
            && RingUnion.TwiceArea(Plan(surface)) != 0;
    }

    private List<List<int>> Lowest(List<List<int>> surfaces)
    {
        if (surfaces.Count == 0)
            return surfaces;
        var lowest = surfaces.Min(surface => surface.Min(index => header[index].Z));
        return [.. surfaces.Where(surface =>
            header.HeightMetres(surface.Min(index => header[index].Z)) - header.HeightMetres(lowest) <= FlatMetres)];
    }

    private List<(int X, int Y)> Plan(List<int> surface)
    {
        var plan = new List<(int X, int Y)>(surface.Count);
        foreach (var index in surface)
        {
            var (x, y, _) = header[index];
            if (plan.Count == 0 || plan[^1] != (x, y))
                plan.Add((x, y));
        }

        return plan;
    }

    private static double DetailOf(JsonElement geometry) =>
        double.TryParse(JsonText.Of(geometry, "lod"), CultureInfo.InvariantCulture, out var detail) ? detail : 1;
}
