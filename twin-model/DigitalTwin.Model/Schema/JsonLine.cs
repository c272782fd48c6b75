using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>A line of newline-delimited JSON, read as the object that it holds.</summary>
internal static class JsonLine
{
    /// <exception cref="FormatException">It holds no object, or the object is refused.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> line, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? read(document.RootElement)
                : throw new FormatException("the line is not a JSON object");
        }
        catch (JsonException wrong)
        {
            throw new FormatException($"the line is not JSON: {wrong.Message}", wrong);
        }
    }
}
