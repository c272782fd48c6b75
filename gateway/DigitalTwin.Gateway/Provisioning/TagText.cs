using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>
/// Tags of a device twin as columns: <c>tag.zone</c>, and <c>tag.place.floor</c> for one within another. A field that
/// is JSON (a number, true, false, a text in quotes, an array) is that, anything else is text.
/// </summary>
internal static class TagText
{
    public const string Prefix = "tag.";

    private const string JsonStarts = "\"[{-0123456789tf";

    public static JsonNode Read(string field) =>
        JsonStarts.Contains(field[0], StringComparison.Ordinal)
        && HubJson.TryParse(System.Text.Encoding.UTF8.GetBytes(field), out var json) && json is not null
            ? json
            : JsonValue.Create(field);

    public static string Write(JsonNode node) =>
        node is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0
        && Read(text) is JsonValue read && read.TryGetValue(out string? same) && same == text
            ? text
            : HubJson.Text(node);

    /// <summary>Puts the value at its place; false where something else is in the way.</summary>
    public static bool TryPut(JsonObject tags, string[] path, JsonNode value)
    {
        for (var i = 0; i < path.Length - 1; i++)
        {
            tags[path[i]] ??= new JsonObject();
            if (tags[path[i]] is not JsonObject inner)
                return false;
            tags = inner;
        }

        return tags.TryAdd(path[^1], value);
    }

    /// <summary>Every value with its path, joined by dots.</summary>
    public static IEnumerable<(string Path, JsonNode Value)> Flatten(JsonObject tags, string prefix = "")
    {
        foreach (var (name, value) in tags)
        {
            if (value is JsonObject { Count: > 0 } inner)
            {
                foreach (var within in Flatten(inner, $"{prefix}{name}."))
                    yield return within;
            }
            else if (value is not null)
            {
                yield return (prefix + name, value);
            }
        }
    }
}
