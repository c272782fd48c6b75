using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>Desired or reported properties: values, when each was changed last, and how often they were changed.</summary>
internal sealed class TwinSection(JsonObject values, JsonObject metadata, long version)
{
    private const string UpdatedName = "$lastUpdated";
    private const string UpdatedVersionName = "$lastUpdatedVersion";

    public JsonObject Values { get; private set; } = values;

    public JsonObject Metadata { get; private set; } = metadata;

    public long Version { get; private set; } = version;

    /// <param name="tellsVersion">Desired properties carry the version of each change, reported ones do not.</param>
    public void Patch(JsonObject patch, string now, bool tellsVersion)
    {
        Version++;
        Merge(Values, Metadata, patch, now, tellsVersion ? Version : null);
    }

    /// <summary>Replaces all values; returns the patch that makes the new ones of the old ones.</summary>
    public JsonObject Replace(JsonObject values, string now, bool tellsVersion)
    {
        var before = Values;
        (Values, Metadata) = ([], []);
        Version++;
        Merge(Values, Metadata, values, now, tellsVersion ? Version : null);
        return Difference(before, Values);
    }

    /// <summary>As the service sees it, with <c>$metadata</c> and <c>$version</c>.</summary>
    public JsonObject ToServiceJson()
    {
        var json = ToDeviceJson();
        json.Remove("$version");
        json["$metadata"] = Metadata.DeepClone();
        json["$version"] = Version;
        return json;
    }

    /// <summary>As the device sees it, with <c>$version</c>.</summary>
    public JsonObject ToDeviceJson()
    {
        var json = Values.DeepClone().AsObject();
        json["$version"] = Version;
        return json;
    }

    /// <summary>JSON merge patch (RFC 7396): null removes, objects merge, anything else replaces.</summary>
    public static void Merge(JsonObject values, JsonObject patch) => Merge(values, [], patch, "", version: null);

    // The metadata mirror the values: a stamp at every level.
    private static void Merge(JsonObject values, JsonObject metadata, JsonObject patch, string now, long? version)
    {
        foreach (var (name, given) in patch)
        {
            if (given is null)
            {
                values.Remove(name);
                metadata.Remove(name);
                continue;
            }

            if (given is JsonObject inner)
            {
                if (values[name] is not JsonObject known)
                    values[name] = known = [];
                if (metadata[name] is not JsonObject knownMetadata)
                    metadata[name] = knownMetadata = [];
                Merge(known, knownMetadata, inner, now, version);
                continue;
            }

            values[name] = given.DeepClone();
            var stamp = new JsonObject();
            Stamp(stamp, now, version);
            metadata[name] = stamp;
        }

        Stamp(metadata, now, version);
    }

    private static void Stamp(JsonObject metadata, string now, long? version)
    {
        metadata[UpdatedName] = now;
        if (version is { } number)
            metadata[UpdatedVersionName] = number;
    }

    private static JsonObject Difference(JsonObject before, JsonObject after)
    {
        var patch = new JsonObject();
        foreach (var (name, _) in before)
        {
            if (!after.ContainsKey(name))
                patch[name] = null;
        }

        foreach (var (name, value) in after)
        {
            if (value is JsonObject inner && before[name] is JsonObject known)
            {
                if (!JsonNode.DeepEquals(inner, known))
                    patch[name] = Difference(known, inner);
            }
            else if (!before.ContainsKey(name) || !JsonNode.DeepEquals(value, before[name]))
            {
                patch[name] = value?.DeepClone();
            }
        }

        return patch;
    }
}

/// <summary>JSON of the hub: compact, text as it is, no name twice.</summary>
internal static class HubJson
{
    // Deeper than any limit of ours, so that what is too deep is named as such and not as broken.
    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    // As it is: a key that people copy from a file has its plus sign, and a size counts what was said. It is never HTML.
    private static readonly JsonWriterOptions s_writer = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true,
    };

    /// <summary>False where it is not JSON, or a name comes twice in an object; JSON's null is null.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out JsonNode? node)
    {
        node = null;
        try
        {
            node = JsonNode.Parse(text, documentOptions: s_options);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public static byte[] Bytes(JsonNode? node)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, s_writer))
        {
            if (node is null)
                json.WriteNullValue();
            else
                node.WriteTo(json);
        }

        return stream.ToArray();
    }

    public static string Text(JsonNode? node) => Encoding.UTF8.GetString(Bytes(node));

    public static byte[] Line(JsonNode node) => [.. Bytes(node), (byte)'\n'];

    /// <summary>The text of a field; null where it is absent or not a text.</summary>
    public static string? TextOf(this JsonNode? node, string name) =>
        node is JsonObject json && json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The whole number of a field; null where it is absent or not one.</summary>
    public static long? NumberOf(this JsonNode? node, string name) =>
        node is JsonObject json && json[name] is JsonValue value && value.TryGetValue(out long number) ? number : null;
}
