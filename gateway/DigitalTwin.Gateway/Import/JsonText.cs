using System.Text.Json;

namespace DigitalTwin.Gateway.Import;

/// <summary>Text of JSON strings and numbers; an escaped half of a surrogate pair is no text.</summary>
internal static class JsonText
{
    /// <summary>Trimmed, and nothing where empty or of another type; false for a broken escape.</summary>
    public static bool TryGet(JsonElement value, out string? text)
    {
        try
        {
            text = value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!.Trim(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            };
            if (text is "")
                text = null;
            return true;
        }
        catch (InvalidOperationException) // the only way the framework says so
        {
            text = null;
            return false;
        }
    }

    public static string? Of(JsonElement value) => TryGet(value, out var text) ? text : null;

    public static string? Of(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) ? Of(value) : null;
}
