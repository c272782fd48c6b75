using System.Text.Json;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Commands;

/// <summary>An order as JSON, for the log of inputs and for the stored book. Times are Unix milliseconds.</summary>
internal static class CommandOrderJson
{
    public static void Write(Utf8JsonWriter writer, CommandOrder order)
    {
        writer.WriteStartObject();
        writer.WriteString("id", order.Id);
        writer.WriteString("name", order.Name);
        writer.WriteString("payload", order.Payload);
        writer.WriteStartArray("targets");
        foreach (var twin in order.Targets)
            writer.WriteStringValue(twin);
        writer.WriteEndArray();
        writer.WriteString("by", order.By);
        if (order.Reason is not null)
            writer.WriteString("reason", order.Reason);
        writer.WriteNumber("deadline", order.Deadline.UnixMilliseconds);
        if (order.Until is { } until)
            writer.WriteNumber("until", until.UnixMilliseconds);
        if (order.Expectation is { } expected)
        {
            writer.WriteStartObject("expect");
            writer.WriteString("property", expected.Property);
            writer.WriteNumber("value", expected.Value);
            writer.WriteNumber("tolerance", expected.Tolerance);
            writer.WriteEndObject();
        }

        writer.WriteNumber("stageSize", order.StageSize);
        if (order.StageWithin is { } within)
            writer.WriteNumber("stageWithinMilliseconds", (long)within.TotalMilliseconds);
        writer.WriteNumber("failedShareMax", order.FailedShareMax);
        writer.WriteEndObject();
    }

    /// <exception cref="FormatException">A member is missing or wrong; names it.</exception>
    public static CommandOrder Read(JsonElement json) => new()
    {
        Id = CommandJson.Text(json, "id"),
        Name = CommandJson.Text(json, "name"),
        Payload = CommandJson.Text(json, "payload"),
        Targets = [.. CommandJson.Items(json, "targets").Select(CommandJson.TextOf)],
        By = CommandJson.Text(json, "by"),
        Reason = CommandJson.OptionalText(json, "reason"),
        Deadline = CommandJson.Time(json, "deadline"),
        Until = json.TryGetProperty("until", out _) ? CommandJson.Time(json, "until") : null,
        Expectation = json.TryGetProperty("expect", out var expected)
            ? new CommandExpectation(
                CommandJson.Text(expected, "property"), CommandJson.Number(expected, "value"),
                CommandJson.Number(expected, "tolerance"))
            : null,
        StageSize = (int)CommandJson.Whole(json, "stageSize"),
        StageWithin = json.TryGetProperty("stageWithinMilliseconds", out _)
            ? TimeSpan.FromMilliseconds(CommandJson.Whole(json, "stageWithinMilliseconds"))
            : null,
        FailedShareMax = CommandJson.Number(json, "failedShareMax"),
    };
}

/// <summary>Reads members and refuses what is missing or of another type by name.</summary>
internal static class CommandJson
{
    public static string Text(JsonElement json, string name) =>
        OptionalText(json, name) ?? throw new FormatException($"'{name}' is missing");

    public static string? OptionalText(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null ? null
        : member.ValueKind == JsonValueKind.String ? member.GetString()
        : throw new FormatException($"'{name}' is not a text");

    public static string TextOf(JsonElement item) => item.ValueKind == JsonValueKind.String
        ? item.GetString()!
        : throw new FormatException("an item of a list is not a text");

    public static IEnumerable<JsonElement> Items(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Array
            ? member.EnumerateArray()
            : throw new FormatException($"'{name}' is not a list");

    public static Instant Time(JsonElement json, string name) => new(Whole(json, name));

    public static long Whole(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number
            && member.TryGetInt64(out var whole)
            ? whole
            : throw new FormatException($"'{name}' is not a whole number");

    public static double Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number
            && member.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new FormatException($"'{name}' is not a number");

    public static T Choice<T>(JsonElement json, string name)
        where T : struct, Enum => Choice<T>(Text(json, name), name);

    public static T Choice<T>(string text, string name)
        where T : struct, Enum => Enum.TryParse<T>(text, ignoreCase: true, out var found) && Enum.IsDefined(found)
            ? found
            : throw new FormatException($"'{name}' is '{text}', which is none of {string.Join(", ", Enum.GetNames<T>())}");
}
