using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Commands;

/// <summary>
/// One input as one line of newline-delimited JSON, and back. Members nobody knows are ignored, so that an older
/// program reads a newer log; a wrong or missing one is refused by name. Times are Unix milliseconds.
/// </summary>
public static class CommandInputJson
{
    /// <summary>Writes the input and its line feed.</summary>
    public static void WriteLine(IBufferWriter<byte> output, CommandInput input)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(input);
        using (var writer = new Utf8JsonWriter(output))
            Write(writer, input);
        output.Write("\n"u8);
    }

    /// <exception cref="FormatException">Not an input; names the member that is wrong.</exception>
    public static CommandInput Read(ReadOnlyMemory<byte> line) => JsonLine.Read(line, Read);

    private static void Write(Utf8JsonWriter writer, CommandInput input)
    {
        writer.WriteStartObject();
        switch (input)
        {
            case CommandInput.Place it:
                Begin(writer, "place", it);
                writer.WritePropertyName("order");
                CommandOrderJson.Write(writer, it.Order);
                break;
            case CommandInput.Sent it:
                BeginReport(writer, "sent", it, it.Key, it.Via);
                writer.WriteNumber("leftAt", it.LeftAt.UnixMilliseconds);
                break;
            case CommandInput.NotSent it:
                BeginReport(writer, "notSent", it, it.Key, it.Why);
                break;
            case CommandInput.Delivered it:
                BeginReport(writer, "delivered", it, it.Key, it.Answer);
                break;
            case CommandInput.Refused it:
                BeginReport(writer, "refused", it, it.Key, it.Answer);
                break;
            case CommandInput.Failed it:
                BeginReport(writer, "failed", it, it.Key, it.Why);
                break;
            case CommandInput.Observed it:
                Begin(writer, "observed", it);
                writer.WriteString("twin", it.TwinId);
                writer.WriteString("property", it.Property);
                writer.WriteNumber("value", it.Value);
                writer.WriteNumber("measuredAt", it.MeasuredAt.UnixMilliseconds);
                break;
            case CommandInput.Cancel it:
                Begin(writer, "cancel", it);
                writer.WriteString("id", it.OrderId);
                writer.WriteString("by", it.By);
                break;
            case CommandInput.Tick it:
                Begin(writer, "tick", it);
                break;
            default:
                throw new UnreachableException();
        }

        writer.WriteEndObject();
    }

    private static CommandInput Read(JsonElement json)
    {
        var at = CommandJson.Time(json, "recordedAt");
        return CommandJson.Text(json, "type") switch
        {
            "place" => new CommandInput.Place(at, CommandOrderJson.Read(
                json.TryGetProperty("order", out var order) ? order : throw new FormatException("'order' is missing"))),
            "sent" => new CommandInput.Sent(at, Key(json), CommandJson.Text(json, "detail"))
            {
                LeftAt = CommandJson.Time(json, "leftAt"),
            },
            "notSent" => new CommandInput.NotSent(at, Key(json), CommandJson.Text(json, "detail")),
            "delivered" => new CommandInput.Delivered(at, Key(json), CommandJson.OptionalText(json, "detail")),
            "refused" => new CommandInput.Refused(at, Key(json), CommandJson.Text(json, "detail")),
            "failed" => new CommandInput.Failed(at, Key(json), CommandJson.Text(json, "detail")),
            "observed" => new CommandInput.Observed(
                at, CommandJson.Text(json, "twin"), CommandJson.Text(json, "property"),
                CommandJson.Number(json, "value"), CommandJson.Time(json, "measuredAt")),
            "cancel" => new CommandInput.Cancel(at, CommandJson.Text(json, "id"), CommandJson.Text(json, "by")),
            "tick" => new CommandInput.Tick(at),
            var other => throw new FormatException($"'type' is '{other}', which is no input"),
        };
    }

    private static void Begin(Utf8JsonWriter writer, string type, CommandInput input)
    {
        writer.WriteString("type", type);
        writer.WriteNumber("recordedAt", input.RecordedAt.UnixMilliseconds);
    }

    private static void BeginReport(
        Utf8JsonWriter writer, string type, CommandInput input, CommandKey key, string? detail)
    {
        Begin(writer, type, input);
        writer.WriteString("id", key.OrderId);
        writer.WriteString("twin", key.TwinId);
        if (detail is not null)
            writer.WriteString("detail", detail);
    }

    private static CommandKey Key(JsonElement json) =>
        new(CommandJson.Text(json, "id"), CommandJson.Text(json, "twin"));
}
