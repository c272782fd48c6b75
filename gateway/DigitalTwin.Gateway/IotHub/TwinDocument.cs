using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>A device twin taken apart, to be read or changed; what is kept is its <see cref="ToLine">line</see>.</summary>
internal sealed class TwinDocument
{
    // IoT Hub's own word for "never".
    private const string Never = "0001-01-01T00:00:00Z";

    private TwinDocument(string deviceId, JsonObject tags, TwinSection desired, TwinSection reported)
    {
        (DeviceId, Tags, Desired, Reported) = (deviceId, tags, desired, reported);
    }

    public string DeviceId { get; }

    /// <summary>The DTDL model that the device announced last; empty: none.</summary>
    public string ModelId { get; set; } = "";

    /// <summary>Counts every change.</summary>
    public long Version { get; set; } = 1;

    /// <summary>Counts the service's changes: those of tags and desired properties.</summary>
    public long ServiceVersion { get; set; } = 1;

    public JsonObject Tags { get; set; }

    public TwinSection Desired { get; }

    public TwinSection Reported { get; }

    /// <summary>As IoT Hub's: eight bytes, base64.</summary>
    public string Etag
    {
        get
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64BigEndian(bytes, ServiceVersion);
            return Convert.ToBase64String(bytes);
        }
    }

    /// <summary>The twin of a device of which nobody has said anything.</summary>
    public static TwinDocument Empty(string deviceId) => new(
        deviceId, [], new TwinSection([], new JsonObject { ["$lastUpdated"] = Never }, 1),
        new TwinSection([], new JsonObject { ["$lastUpdated"] = Never }, 1));

    /// <summary>Reads a line back.</summary>
    /// <exception cref="JsonException">Not such a line.</exception>
    public static TwinDocument Parse(ReadOnlySpan<byte> line)
    {
        if (!HubJson.TryParse(line, out var json) || json.TextOf("deviceId") is not { } deviceId
            || json!["tags"] is not JsonObject tags
            || json.NumberOf("version") is not { } version || json.NumberOf("serviceVersion") is not { } serviceVersion)
            throw new JsonException("not a twin");
        return new TwinDocument(deviceId, Taken(tags), Section(json["desired"]), Section(json["reported"]))
        {
            Version = version,
            ServiceVersion = serviceVersion,
            ModelId = json.TextOf("modelId") ?? "",
        };
    }

    public byte[] ToLine()
    {
        var line = new JsonObject
        {
            ["deviceId"] = DeviceId,
            ["version"] = Version,
            ["serviceVersion"] = ServiceVersion,
            ["tags"] = Tags.DeepClone(),
            ["desired"] = ToJson(Desired),
            ["reported"] = ToJson(Reported),
        };
        if (ModelId.Length > 0)
            line["modelId"] = ModelId;
        return HubJson.Line(line);
    }

    /// <summary>What a device gets for <c>$iothub/twin/GET</c>.</summary>
    public byte[] ToDeviceJson() => HubJson.Bytes(new JsonObject
    {
        ["desired"] = Desired.ToDeviceJson(),
        ["reported"] = Reported.ToDeviceJson(),
    });

    private static JsonObject ToJson(TwinSection section) => new()
    {
        ["version"] = section.Version,
        ["values"] = section.Values.DeepClone(),
        ["metadata"] = section.Metadata.DeepClone(),
    };

    private static TwinSection Section(JsonNode? json) =>
        json.NumberOf("version") is { } version && json!["values"] is JsonObject values
        && json["metadata"] is JsonObject metadata
            ? new TwinSection(Taken(values), Taken(metadata), version)
            : throw new JsonException("not a section of a twin");

    private static JsonObject Taken(JsonObject json)
    {
        // A node has one parent: it is taken out of the line before it is put elsewhere.
        json.Parent!.AsObject()[json.GetPropertyName()] = null;
        return json;
    }
}
