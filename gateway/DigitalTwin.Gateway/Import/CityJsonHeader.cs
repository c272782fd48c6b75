using System.Text.Json;
using DigitalTwin.Model.Geo;

namespace DigitalTwin.Gateway.Import;

/// <summary>What a CityJSON file says once for all its objects: reference system, transform, vertices.</summary>
internal sealed class CityJsonHeader
{
    private readonly List<(int X, int Y, int Z)> _vertices = [];
    private readonly double[] _scale = new double[3];
    private readonly double[] _translate = new double[3];
    private TransverseMercator? _projection;

    public int VertexCount => _vertices.Count;

    /// <summary>The vertex in the file's whole numbers, which compare exactly.</summary>
    public (int X, int Y, int Z) this[int index] => _vertices[index];

    public double HeightMetres(int z) => z * _scale[2] + _translate[2];

    /// <summary>Nothing where the metres are outside the reference system.</summary>
    public GeoPoint? ToDegrees(int x, int y)
    {
        var east = x * _scale[0] + _translate[0];
        var north = y * _scale[1] + _translate[1];
        return _projection is null ? new GeoPoint(east, north) : _projection.ToDegrees(east, north);
    }

    public static CityJsonHeader Read(Stream stream)
    {
        var header = new CityJsonHeader();
        var json = new JsonStream(stream);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            throw Broken(json, "type", "the file is not a CityJSON object");
        bool isCityJson = false, hasVersion = false, hasTransform = false, hasSystem = false, hasVertices = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            switch (json.Text)
            {
                case "type":
                    isCityJson = CheckType(json);
                    break;
                case "version":
                    hasVersion = CheckVersion(json);
                    break;
                case "transform":
                    hasTransform = header.ReadTransform(json);
                    break;
                case "metadata":
                    hasSystem = header.ReadReferenceSystem(json);
                    break;
                case "vertices":
                    hasVertices = header.ReadVertices(json);
                    break;
                default:
                    json.SkipValue();
                    break;
            }
        }

        json.Read(); // anything behind the end makes the reader throw
        Require(isCityJson, "type", "is missing");
        Require(hasVersion, "version", "is missing; 1.1 and 2.0 are read");
        Require(hasTransform, "transform", "is missing");
        Require(hasSystem, "metadata.referenceSystem", "is missing; EPSG:32643 (UTM zone 43N) and EPSG:4326 are read");
        Require(hasVertices, "vertices", "is missing");
        return header;
    }

    private static bool CheckType(JsonStream json)
    {
        json.Read();
        return json.Text switch
        {
            "CityJSON" => true,
            "CityJSONFeature" => throw Broken(
                json, "type", "is a CityJSON text sequence; collect it into one CityJSON file"),
            _ => throw Broken(json, "type", $"is '{json.Text}', not CityJSON"),
        };
    }

    private static bool CheckVersion(JsonStream json)
    {
        json.Read();
        return json.Text is "1.1" or "2.0" || json.Text.StartsWith("1.1.", StringComparison.Ordinal)
            || json.Text.StartsWith("2.0.", StringComparison.Ordinal)
            ? true
            : throw Broken(json, "version", $"is '{json.Text}'; 1.1 and 2.0 are read");
    }

    private bool ReadTransform(JsonStream json)
    {
        if (!json.TryReadValue(out var document))
            return false;
        using (document)
        {
            Fill(_scale, "scale", document.RootElement, json);
            Fill(_translate, "translate", document.RootElement, json);
        }

        return Array.TrueForAll(_scale, factor => factor > 0)
            ? true
            : throw Broken(json, "transform.scale", "has a factor that is not above 0");
    }

    private static void Fill(double[] target, string name, JsonElement transform, JsonStream json)
    {
        if (transform.ValueKind != JsonValueKind.Object || !transform.TryGetProperty(name, out var numbers)
            || numbers.ValueKind != JsonValueKind.Array || numbers.GetArrayLength() != 3
            || numbers.EnumerateArray().Any(number => number.ValueKind != JsonValueKind.Number))
            throw Broken(json, $"transform.{name}", "is not three numbers");
        for (var i = 0; i < 3; i++)
            target[i] = numbers[i].GetDouble();
    }

    private bool ReadReferenceSystem(JsonStream json)
    {
        if (!json.TryReadValue(out var document))
            return false;
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("referenceSystem", out var system))
                return false;
            var text = JsonText.Of(system) ?? "";
            // CityJSON 2.0 §5.5: https://www.opengis.net/def/crs/{authority}/{version}/{code}
            switch (text[(text.LastIndexOfAny(['/', ':']) + 1)..])
            {
                case "4326" or "CRS84":
                    return true;
                case "32643":
                    _projection = new TransverseMercator(zone: 43);
                    return true;
                default:
                    throw Broken(json, "metadata.referenceSystem",
                        $"'{text}' is not read; convert to EPSG:32643 (UTM zone 43N) or EPSG:4326");
            }
        }
    }

    private bool ReadVertices(JsonStream json)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
            throw Broken(json, "vertices", "is not an array");
        while (json.Read() && json.TokenType == JsonTokenType.StartArray)
        {
            if (_vertices.Count >= ImportLimits.VerticesMax)
                throw Broken(json, "vertices", $"are more than {ImportLimits.VerticesMax}");
            _vertices.Add((Whole(json), Whole(json), Whole(json)));
            json.Read();
            if (json.TokenType != JsonTokenType.EndArray)
                throw Broken(json, $"vertices[{_vertices.Count - 1}]", "is not three whole numbers");
        }

        return json.TokenType == JsonTokenType.EndArray
            ? true
            : throw Broken(json, $"vertices[{_vertices.Count}]", "is not three whole numbers");
    }

    // CityJSON 2.0 §4: vertices are integers, made coordinates by the transform.
    private int Whole(JsonStream json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Number && json.Number == Math.Floor(json.Number)
            && Math.Abs(json.Number) <= int.MaxValue
            ? (int)json.Number
            : throw Broken(json, $"vertices[{_vertices.Count}]", "is not three whole numbers");
    }

    private static void Require(bool holds, string field, string problem)
    {
        if (!holds)
            throw new BrokenFileException(new Place(1, null), field, problem);
    }

    private static BrokenFileException Broken(JsonStream json, string field, string problem) =>
        new(new Place(json.Line, null), field, problem);
}
