using System.Text.Json;
using DigitalTwin.Model.Geo;

namespace DigitalTwin.Simulator.Fleet;

/// <summary>A twin that a device speaks for.</summary>
internal sealed record FleetTwin(
    string Id, string ModelId, GeoPoint Position, string? ParentId, string? ServedById,
    IReadOnlyDictionary<string, string> Attributes, double? IntervalSeconds);

/// <summary>A device as the installation crew gets it: its key and its twins.</summary>
internal sealed record FleetDevice(string Id, byte[] Key, IReadOnlyList<FleetTwin> Twins)
{
    /// <summary>
    /// It measures one thing and is named after it; everything else publishes arrays (contract §1.4).
    /// </summary>
    public bool IsItsOwnTwin => Twins.Count == 1 && Twins[0].Id == Id;
}

/// <summary>The fleet file cannot be used; says where and why, never what stands there: it holds keys.</summary>
internal sealed class FleetFileException(string path, int line, string problem)
    : Exception(line > 0 ? $"{path}, line {line}: {problem}" : $"{path}: {problem}");

/// <summary>Reads <c>fleet.ndjson</c> as the gateway writes it: one device a line.</summary>
internal static class FleetFile
{
    /// <summary>As many devices as the gateway keeps.</summary>
    public const int DevicesMax = 1_000_000;

    public static IReadOnlyList<FleetDevice> Read(string path)
    {
        if (!File.Exists(path))
            throw new FleetFileException(path, 0, "there is no such file; the city writes it when it starts");
        var devices = new List<FleetDevice>();
        var line = 0;
        foreach (var text in File.ReadLines(path))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
                continue;
            if (devices.Count == DevicesMax)
                throw new FleetFileException(path, line, $"more than {DevicesMax} devices");
            try
            {
                devices.Add(ReadDevice(text));
            }
            catch (Exception broken) when (broken
                is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new FleetFileException(path, line, "it is not a device with its key and twins");
            }
        }

        return devices.Count > 0 ? devices : throw new FleetFileException(path, 0, "it holds no device");
    }

    internal static FleetDevice ReadDevice(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        return new FleetDevice(
            Text(root, "deviceId") ?? throw new FormatException("deviceId"),
            root.GetProperty("primaryKey").GetBytesFromBase64(),
            [.. root.GetProperty("twins").EnumerateArray().Select(ReadTwin)]);
    }

    private static FleetTwin ReadTwin(JsonElement twin)
    {
        var position = twin.GetProperty("position");
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (twin.TryGetProperty("attributes", out var given) && given.ValueKind == JsonValueKind.Object)
            foreach (var attribute in given.EnumerateObject())
                attributes[attribute.Name] = attribute.Value.ToString();
        return new FleetTwin(
            Text(twin, "id") ?? throw new FormatException("id"),
            Text(twin, "model") ?? throw new FormatException("model"),
            new GeoPoint(position[0].GetDouble(), position[1].GetDouble()),
            Text(twin, "parent"), Text(twin, "servedBy"), attributes,
            twin.TryGetProperty("intervalSeconds", out var interval) && interval.ValueKind == JsonValueKind.Number
                ? interval.GetDouble()
                : null);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
