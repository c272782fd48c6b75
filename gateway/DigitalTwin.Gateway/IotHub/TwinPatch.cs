using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>What a section of a twin may hold, as IoT Hub documents it.</summary>
internal static class TwinPatch
{
    /// <summary>Takes <c>$metadata</c> and <c>$version</c> out, which a client may send back and which say nothing.</summary>
    public static JsonObject WithoutSystem(JsonObject section)
    {
        section.Remove("$metadata");
        section.Remove("$version");
        return section;
    }

    /// <summary>What is wrong with it in words; null: nothing.</summary>
    public static string? ProblemOf(JsonObject section, HubLimits limits) => ProblemOf(section, depth: 1, limits);

    private static string? ProblemOf(JsonNode? node, int depth, HubLimits limits) => node switch
    {
        JsonObject or JsonArray when depth > limits.TwinDepthMax => $"is deeper than {limits.TwinDepthMax} levels",
        JsonObject json => ProblemOf(json, depth, limits),
        JsonArray array => array.Select(one => ProblemOf(one, depth + 1, limits)).FirstOrDefault(one => one is not null),
        JsonValue value => ProblemOf(value, limits),
        _ => null,
    };

    private static string? ProblemOf(JsonObject json, int depth, HubLimits limits)
    {
        foreach (var (name, value) in json)
        {
            if (ProblemOfName(name, limits) is { } wrong)
                return wrong;
            if (ProblemOf(value, value is JsonValue ? depth : depth + 1, limits) is { } problem)
                return $"{name}: {problem}";
        }

        return null;
    }

    private static string? ProblemOfName(string name, HubLimits limits)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > limits.TwinKeyBytesMax)
            return $"a name has 1 to {limits.TwinKeyBytesMax} bytes";
        foreach (var character in name)
        {
            if (character is '.' or '$' or ' ' || char.IsControl(character))
                return "a name has no control character, '.', '$' or space";
        }

        return null;
    }

    private static string? ProblemOf(JsonValue value, HubLimits limits) => value.GetValueKind() switch
    {
        JsonValueKind.String when Encoding.UTF8.GetByteCount(value.GetValue<string>()) > limits.TwinTextBytesMax =>
            $"a text has at most {limits.TwinTextBytesMax} bytes",
        JsonValueKind.Number when !IsInRange(value, limits.TwinIntegerMax) =>
            $"a number is within ±{limits.TwinIntegerMax}, and finite",
        _ => null,
    };

    private static bool IsInRange(JsonValue value, long most) =>
        value.TryGetValue(out long number) ? number >= -most && number <= most
        : value.TryGetValue(out double real) && double.IsFinite(real) && (real % 1 != 0 || Math.Abs(real) <= most);
}
