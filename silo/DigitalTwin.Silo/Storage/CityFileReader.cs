using System.Text.Json;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Storage;

/// <summary>Takes a city file line by line. Names that repeat (models, parents, attributes) are kept once.</summary>
internal sealed class CityFileReader(string path)
{
    private readonly List<TwinDefinition> _twins = [];
    private readonly List<GroundFeature> _ground = [];
    private readonly List<GeoPoint> _points = [];
    private readonly HashSet<string> _ids = new(AsciiNameComparer.Instance);
    private readonly HashSet<string> _names = new(AsciiNameComparer.Instance);
    private Header? _header;
    private int _line;
    private string _field = "line";

    public void Take(ReadOnlySpan<byte> line, int number)
    {
        _line = number;
        _field = "line";
        if (number == 1 && line.StartsWith("\uFEFF"u8))
            line = line[3..];
        if (line.IndexOfAnyExcept(" \t\r"u8) < 0)
            return;
        var reader = new Utf8JsonReader(line);
        try
        {
            Advance(ref reader, JsonTokenType.StartObject, "is not a JSON object");
            if (_header is null)
                _header = ReadHeader(ref reader);
            else
                ReadFeature(ref reader);
            reader.Read(); // anything after the object makes the reader throw
        }
        catch (JsonException e)
        {
            throw Broken($"is not JSON (byte {e.BytePositionInLine + 1} of the line)");
        }
        catch (InvalidOperationException)
        {
            throw Broken("is not valid UTF-8"); // the only thing a string of the right token type can be wrong in
        }
    }

    public CityDefinition Finish(int lines)
    {
        _line = Math.Max(1, lines);
        if (_header is not { } header)
            throw Broken("the file is empty; its first line is the header");
        _field = "twins";
        if (header.Twins is { } twins && twins != _twins.Count)
            throw Broken($"the header announces {twins}, the file has {_twins.Count}");
        _field = "ground";
        if (header.Ground is { } ground && ground != _ground.Count)
            throw Broken($"the header announces {ground}, the file has {_ground.Count}");
        return new CityDefinition(header.Name, header.Origin, _twins, _ground);
    }

    private Header ReadHeader(ref Utf8JsonReader reader)
    {
        string? format = null, name = null, origin = null;
        int? version = null, twins = null, ground = null;
        while (NextField(ref reader))
        {
            switch (_field)
            {
                case "format": format = Text(ref reader); break;
                case "version": version = WholeNumber(ref reader); break;
                case "name": name = Text(ref reader); break;
                case "origin": origin = Text(ref reader); break;
                case "twins": twins = WholeNumber(ref reader); break;
                case "ground": ground = WholeNumber(ref reader); break;
                case "view": Point(ref reader); break;
                default: throw Broken("is not a field of the header");
            }
        }

        Require("format", format == CityFile.Format, $"must be \"{CityFile.Format}\"");
        Require("version", version == CityFile.Version, $"is {version}; this program reads version {CityFile.Version}");
        Require("name", name is not null, "is missing");
        Require("origin", origin is not null, "is missing");
        return new Header(name!, origin!, twins, ground);
    }

    private void ReadFeature(ref Utf8JsonReader reader)
    {
        string? id = null, model = null, parent = null, servedBy = null, device = null, ground = null;
        GeoPoint? position = null;
        GeoPoint[]? outline = null, points = null;
        Dictionary<string, string>? attributes = null;
        LocalizedName? name = null;
        TimeSpan? interval = null;
        while (NextField(ref reader))
        {
            switch (_field)
            {
                case "twin": id = Text(ref reader); break;
                case "model": model = Name(ref reader); break;
                case "parent": parent = KnownTwin(ref reader); break;
                case "servedBy": servedBy = KnownTwin(ref reader); break;
                case "device": device = Name(ref reader); break;
                case "position": position = Point(ref reader); break;
                case "intervalSeconds": interval = Interval(ref reader); break;
                case "attributes": attributes = Attributes(ref reader); break;
                case "outline": outline = Points(ref reader); break;
                case "ground": ground = Name(ref reader); break;
                case "name": name = LocalizedName(ref reader); break;
                case "points": points = Points(ref reader); break;
                default: throw Broken("is not a field of a twin or of the ground");
            }
        }

        Require("twin", id is null != ground is null, "a line is either a twin or ground");
        if (ground is not null)
        {
            Require("points", points is not null, "is missing");
            _ground.Add(new GroundFeature(ground, name, points!));
            return;
        }

        Require("twin", CityGraphBuilder.IsValidId(id), $"'{id}' is not 1 to 64 of A–Z a–z 0–9 - _ . :");
        Require("twin", _ids.Add(id!), $"'{id}' is taken by a line above");
        Require("model", model is not null, "is missing");
        Require("position", position is not null, "is missing");
        _twins.Add(new TwinDefinition
        {
            Id = id!,
            ModelId = model!,
            ParentId = parent,
            ServedById = servedBy,
            DeviceId = device,
            Position = position!.Value,
            Outline = outline,
            Attributes = attributes,
            ExpectedInterval = interval,
        });
    }

    private bool NextField(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
            return false;
        _field = Interned(ref reader);
        return true;
    }

    private string Text(ref Utf8JsonReader reader)
    {
        Advance(ref reader, JsonTokenType.String, "is not text");
        return reader.GetString()!;
    }

    private string Name(ref Utf8JsonReader reader)
    {
        Advance(ref reader, JsonTokenType.String, "is not text");
        return Interned(ref reader);
    }

    private string Interned(ref Utf8JsonReader reader)
    {
        var plain = !reader.ValueIsEscaped;
        if (plain && _names.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(reader.ValueSpan, out var known))
            return known;
        var text = reader.GetString()!;
        _names.Add(text);
        return text;
    }

    private string KnownTwin(ref Utf8JsonReader reader)
    {
        Advance(ref reader, JsonTokenType.String, "is not text");
        if (!reader.ValueIsEscaped
            && _ids.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(reader.ValueSpan, out var known))
            return known;
        var id = reader.GetString()!;
        return _ids.TryGetValue(id, out known) ? known : throw Broken($"'{id}' is not the id of a twin above");
    }

    private int WholeNumber(ref Utf8JsonReader reader)
    {
        Advance(ref reader, JsonTokenType.Number, "is not a number");
        return reader.TryGetInt32(out var number) && number >= 0 ? number : throw Broken("is not a whole number");
    }

    private TimeSpan Interval(ref Utf8JsonReader reader)
    {
        Advance(ref reader, JsonTokenType.Number, "is not a number");
        return reader.TryGetDecimal(out var seconds) && seconds > 0 && seconds < int.MaxValue
            ? new TimeSpan((long)(seconds * TimeSpan.TicksPerSecond))
            : throw Broken("is not a number of seconds above 0");
    }

    private Dictionary<string, string> Attributes(ref Utf8JsonReader reader)
    {
        Advance(ref reader, JsonTokenType.StartObject, "is not an object");
        var attributes = new Dictionary<string, string>();
        while (NextField(ref reader))
        {
            var name = _field;
            _field = $"attributes.{name}";
            Require(_field, attributes.TryAdd(name, Text(ref reader)), "is there twice");
        }

        _field = "attributes";
        return attributes;
    }

    private LocalizedName LocalizedName(ref Utf8JsonReader reader)
    {
        Advance(ref reader, JsonTokenType.StartObject, "is not an object");
        string? english = null, russian = null, kazakh = null;
        while (NextField(ref reader))
        {
            switch (_field)
            {
                case "en": english = Text(ref reader); break;
                case "ru": russian = Text(ref reader); break;
                case "kk": kazakh = Text(ref reader); break;
                default: throw Broken("is not a language; a name has en, ru and kk");
            }
        }

        return new LocalizedName(english, russian, kazakh);
    }

    private GeoPoint Point(ref Utf8JsonReader reader) =>
        Points(ref reader) is [var point] ? point : throw Broken("is not one longitude and one latitude");

    private GeoPoint[] Points(ref Utf8JsonReader reader)
    {
        Advance(ref reader, JsonTokenType.StartArray, "is not an array");
        _points.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var longitude = Degrees(ref reader);
            Advance(ref reader, JsonTokenType.Number, "ends with a longitude that has no latitude");
            var point = new GeoPoint(longitude, Degrees(ref reader));
            if (!point.IsValid)
                throw Broken($"longitude {point.LongitudeDegrees}, latitude {point.LatitudeDegrees} is off the globe");
            _points.Add(point);
        }

        return [.. _points];
    }

    private double Degrees(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var degrees)
            ? degrees
            : throw Broken("holds something that is not a number");

    private void Advance(ref Utf8JsonReader reader, JsonTokenType expected, string problem)
    {
        if (!reader.Read() || reader.TokenType != expected)
            throw Broken(problem);
    }

    private void Require(string field, bool holds, string problem)
    {
        if (holds)
            return;
        _field = field;
        throw Broken(problem);
    }

    private CityFileException Broken(string problem) => new(path, _line, _field, problem);

    private sealed record Header(string Name, string Origin, int? Twins, int? Ground);
}
