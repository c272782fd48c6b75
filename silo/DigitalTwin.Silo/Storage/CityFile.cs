using System.Text.Encodings.Web;
using System.Text.Json;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Silo.Storage;

/// <summary>
/// A city as a text file, <c>city.ndjson</c>: a header, then one twin or ground feature a line, parents first.
/// </summary>
public static class CityFile
{
    /// <summary>The file's name in a data folder.</summary>
    public const string Name = "city.ndjson";

    internal const string Format = "city";
    internal const int Version = 1;

    // The longest line is a district with its outline; a hundred thousand vertices fit.
    internal const int LineBytesMax = 4 * 1024 * 1024;

    private const int WriteBufferBytes = 256 * 1024;

    /// <summary>Replaces the file as a whole: readers find the old city or the new, never a part.</summary>
    public static void Write(string path, CityDefinition city)
    {
        ArgumentNullException.ThrowIfNull(city);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var unfinished = path + ".new";
        try
        {
            using (var stream = new FileStream(
                unfinished, FileMode.Create, FileAccess.Write, FileShare.None, WriteBufferBytes))
            {
                WriteTo(stream, city);
                stream.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <exception cref="CityFileException">The file is not a city, or one of its lines is broken.</exception>
    public static CityDefinition Read(string path)
    {
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var lines = new LineReader(stream, LineBytesMax);
        var reader = new CityFileReader(path);
        while (true)
        {
            switch (lines.TryNext(out var line))
            {
                case LineStatus.End:
                    return reader.Finish(lines.Number);
                case LineStatus.TooLong:
                    throw new CityFileException(path, lines.Number, "line", $"is longer than {LineBytesMax} bytes");
                default:
                    reader.Take(line, lines.Number);
                    break;
            }
        }
    }

    private static void WriteTo(FileStream stream, CityDefinition city)
    {
        // Names stay readable; the file is never part of a web page.
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var json = new Utf8JsonWriter(stream, options);
        WriteHeader(json, city);
        EndLine(stream, json);
        foreach (var twin in city.Twins)
        {
            WriteTwin(json, twin);
            EndLine(stream, json);
        }

        foreach (var feature in city.Ground)
        {
            WriteGround(json, feature);
            EndLine(stream, json);
        }
    }

    private static void EndLine(FileStream stream, Utf8JsonWriter json)
    {
        json.Flush();
        json.Reset();
        stream.WriteByte((byte)'\n');
    }

    private static void WriteHeader(Utf8JsonWriter json, CityDefinition city)
    {
        json.WriteStartObject();
        json.WriteString("format"u8, Format);
        json.WriteNumber("version"u8, Version);
        json.WriteString("name"u8, city.Name);
        json.WriteString("origin"u8, city.Origin);
        json.WriteNumber("twins"u8, city.Twins.Count);
        json.WriteNumber("ground"u8, city.Ground.Count);
        if (city.Twins.Count > 0)
        {
            var box = GeoBox.Around(city.Twins.Select(twin => twin.Position));
            WritePoints(json, "view"u8, [new((box.West + box.East) / 2, (box.South + box.North) / 2)]);
        }

        json.WriteEndObject();
    }

    private static void WriteTwin(Utf8JsonWriter json, TwinDefinition twin)
    {
        json.WriteStartObject();
        json.WriteString("twin"u8, twin.Id);
        json.WriteString("model"u8, twin.ModelId);
        if (twin.ParentId is { } parent)
            json.WriteString("parent"u8, parent);
        if (twin.ServedById is { } feeder)
            json.WriteString("servedBy"u8, feeder);
        if (twin.DeviceId is { } device)
            json.WriteString("device"u8, device);
        WritePoints(json, "position"u8, [twin.Position]);
        if (twin.ExpectedInterval is { } interval)
            json.WriteNumber("intervalSeconds"u8, interval.Ticks / (decimal)TimeSpan.TicksPerSecond);
        if (twin.Attributes is { } attributes)
        {
            json.WriteStartObject("attributes"u8);
            foreach (var (name, value) in attributes)
                json.WriteString(name, value);
            json.WriteEndObject();
        }

        if (twin.Outline is { } outline)
            WritePoints(json, "outline"u8, outline);
        json.WriteEndObject();
    }

    private static void WriteGround(Utf8JsonWriter json, GroundFeature feature)
    {
        json.WriteStartObject();
        json.WriteString("ground"u8, feature.Class);
        if (feature.Name is { } name)
        {
            json.WriteStartObject("name"u8);
            if (name.English is { } english)
                json.WriteString("en"u8, english);
            if (name.Russian is { } russian)
                json.WriteString("ru"u8, russian);
            if (name.Kazakh is { } kazakh)
                json.WriteString("kk"u8, kazakh);
            json.WriteEndObject();
        }

        WritePoints(json, "points"u8, feature.Points);
        json.WriteEndObject();
    }

    // Flat, longitude before latitude: half the brackets of a nested array.
    private static void WritePoints(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<GeoPoint> points)
    {
        json.WriteStartArray(name);
        foreach (var point in points)
        {
            json.WriteNumberValue(point.LongitudeDegrees);
            json.WriteNumberValue(point.LatitudeDegrees);
        }

        json.WriteEndArray();
    }
}
