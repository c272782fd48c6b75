using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using DigitalTwin.Model.Geo;

namespace DigitalTwin.Gateway.Import;

/// <summary>One GeoJSON feature while it is being read; what is wrong with it is reported with its place.</summary>
internal sealed class GeoFeature(Place place, JsonElement element, SwappedAxes swapped, ImportProblems problems)
{
    public Place Place => place;

    public string? GeometryType =>
        TryGet(element, "geometry", out var geometry) ? JsonText.Of(geometry, "type") : null;

    /// <summary>The coordinates without white space: what a feature without an id is recognised by.</summary>
    public byte[] Content() =>
        TryGet(element, "geometry", out var geometry) && TryGet(geometry, "coordinates", out var coordinates)
            ? [.. JsonMarshal.GetRawUtf8Value(coordinates).ToArray().Where(octet => octet > ' ')]
            : [];

    /// <summary>The feature's own id (RFC 7946 §3.2).</summary>
    public string? Id => TryGet(element, "id", out var id) ? TextOf(id, "id") : null;

    /// <summary>The first of the properties that is there and not empty.</summary>
    public string? Property(params ReadOnlySpan<string> names)
    {
        if (!TryGet(element, "properties", out var properties))
            return null;
        foreach (var name in names)
            if (TryGet(properties, name, out var value) && TextOf(value, $"properties.{name}") is { } text)
                return text;
        return null;
    }

    public void Fail(string field, string problem)
    {
        // A feature may fill many lines: the field's name says which of them.
        var name = field[(field.LastIndexOf('.') + 1)..];
        var raw = JsonMarshal.GetRawUtf8Value(element);
        var at = raw.IndexOf(Encoding.UTF8.GetBytes($"\"{name}\""));
        var line = place.Line + (at < 0 ? 0 : raw[..at].Count((byte)'\n'));
        problems.Add(place with { Line = line }, field, problem);
    }

    /// <summary>The outer rings of a Polygon or MultiPolygon, open; nothing, and reported, if one is wrong.</summary>
    public List<GeoPoint[]>? OuterRings()
    {
        if (Coordinates() is not { } coordinates)
            return null;
        var polygons = GeometryType == "Polygon" ? [coordinates] : Elements(coordinates);
        var rings = new List<GeoPoint[]>();
        foreach (var polygon in polygons)
        {
            if (polygon.ValueKind != JsonValueKind.Array || polygon.GetArrayLength() == 0
                || ReadLine(polygon[0]) is not { } ring)
            {
                if (polygon.ValueKind != JsonValueKind.Array || polygon.GetArrayLength() == 0)
                    Fail("geometry.coordinates", "has a polygon without a ring");
                return null;
            }

            if (Open(ring) is not { } open)
                return null;
            rings.Add(open);
        }

        if (rings.Count > 0)
            return rings;
        Fail("geometry.coordinates", "is empty");
        return null;
    }

    /// <summary>The lines of a LineString or MultiLineString.</summary>
    public List<GeoPoint[]>? Lines()
    {
        if (Coordinates() is not { } coordinates)
            return null;
        var lines = new List<GeoPoint[]>();
        foreach (var element in GeometryType == "LineString" ? [coordinates] : Elements(coordinates))
        {
            if (ReadLine(element) is not { } line)
                return null;
            if (line.Length < 2)
            {
                Fail("geometry.coordinates", "has a line of less than two positions");
                return null;
            }

            lines.Add(line);
        }

        return lines;
    }

    public GeoPoint? Point() => Coordinates() is { } coordinates ? ReadPosition(coordinates) : null;

    // RFC 7946 §3.1.6: a linear ring is closed and has four or more positions.
    private GeoPoint[]? Open(GeoPoint[] ring)
    {
        if (ring.Length > 0 && ring[0] != ring[^1])
        {
            Fail("geometry.coordinates", "has a ring that is not closed: its last position must be its first");
            return null;
        }

        var open = Outline.WithoutRepeats(ring);
        if (open.Length >= 3)
            return open;
        Fail("geometry.coordinates", "has a ring of less than three vertices");
        return null;
    }

    private JsonElement? Coordinates()
    {
        if (TryGet(element, "geometry", out var geometry) && TryGet(geometry, "coordinates", out var coordinates)
            && coordinates.ValueKind == JsonValueKind.Array)
            return coordinates;
        Fail("geometry.coordinates", "is missing or not an array");
        return null;
    }

    private GeoPoint[]? ReadLine(JsonElement positions)
    {
        if (positions.ValueKind != JsonValueKind.Array)
        {
            Fail("geometry.coordinates", "has something else than a list of positions");
            return null;
        }

        var points = new GeoPoint[positions.GetArrayLength()];
        var count = 0;
        foreach (var position in positions.EnumerateArray())
        {
            if (ReadPosition(position) is not { } point)
                return null;
            points[count++] = point;
        }

        return points;
    }

    private GeoPoint? ReadPosition(JsonElement position)
    {
        if (position.ValueKind == JsonValueKind.Array && position.GetArrayLength() >= 2
            && position[0].ValueKind == JsonValueKind.Number && position[1].ValueKind == JsonValueKind.Number
            && position[0].TryGetDouble(out var longitude) && position[1].TryGetDouble(out var latitude))
        {
            var point = new GeoPoint(longitude, latitude);
            if (swapped.ProblemOf(point) is not { } problem)
                return point;
            Fail("geometry.coordinates", problem);
            return null;
        }

        Fail("geometry.coordinates", "has a position that is not [longitude, latitude]");
        return null;
    }

    private string? TextOf(JsonElement value, string field)
    {
        if (JsonText.TryGet(value, out var text))
            return text;
        Fail(field, "has an escape that is half a character");
        return null;
    }

    private static JsonElement[] Elements(JsonElement array) => [.. array.EnumerateArray()];

    private static bool TryGet(JsonElement from, string name, out JsonElement value)
    {
        value = default;
        return from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out value)
            && value.ValueKind != JsonValueKind.Null;
    }
}
