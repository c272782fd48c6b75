using System.Buffers;
using System.Text.Json;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// One input as one line of newline-delimited JSON, and back. Members nobody knows are ignored, so that an older
/// program reads a newer log; a wrong or missing one is refused by name. Times are Unix milliseconds.
/// </summary>
public static class AlarmInputJson
{
    /// <summary>
    /// A longer line is refused: an input has two texts of 500 characters, six bytes each where escaped.
    /// </summary>
    public const int LineBytesMax = 16 * 1024;

    /// <summary>Writes the input and its line feed.</summary>
    public static void WriteLine(IBufferWriter<byte> output, AlarmInput input)
    {
        ArgumentNullException.ThrowIfNull(output);
        using (var writer = new Utf8JsonWriter(output))
            Write(writer, input);
        output.Write("\n"u8);
    }

    public static void Write(Utf8JsonWriter writer, AlarmInput input)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(input);
        writer.WriteStartObject();
        writer.WriteString("type", TypeOf(input));
        writer.WriteNumber("recordedAt", input.RecordedAt.UnixMilliseconds);
        switch (input)
        {
            case AlarmInput.Signal signal:
                WriteSignal(writer, signal);
                break;
            case AlarmInput.Acknowledge it:
                WriteAction(writer, "alarm", it.AlarmId, it.By, "comment", it.Comment);
                break;
            case AlarmInput.AcknowledgeIncident it:
                WriteAction(writer, "incident", it.IncidentId, it.By, "comment", it.Comment);
                break;
            case AlarmInput.Shelve it:
                WriteAction(writer, "alarm", it.AlarmId, it.By, "reason", it.Reason);
                writer.WriteNumber("until", it.Until.UnixMilliseconds);
                writer.WriteBoolean("oneShot", it.IsOneShot);
                break;
            case AlarmInput.Unshelve it:
                WriteAction(writer, "alarm", it.AlarmId, it.By, "comment", null);
                break;
            case AlarmInput.Reset it:
                WriteAction(writer, "alarm", it.AlarmId, it.By, "comment", it.Comment);
                break;
            case AlarmInput.Assign it:
                WriteAction(writer, "alarm", it.AlarmId, it.By, "to", it.To);
                break;
            case AlarmInput.TakeOutOfService it:
                WriteAction(writer, "alarm", it.AlarmId, it.By, "reason", it.Reason);
                break;
            case AlarmInput.ReturnToService it:
                WriteAction(writer, "alarm", it.AlarmId, it.By, "comment", null);
                break;
        }

        writer.WriteEndObject();
    }

    /// <exception cref="FormatException">Not an input; names the member that is wrong.</exception>
    public static AlarmInput Read(ReadOnlyMemory<byte> line)
    {
        if (line.Length > LineBytesMax)
            throw new FormatException($"the line is longer than {LineBytesMax} bytes");
        return JsonLine.Read(line, Read);
    }

    private static AlarmInput Read(JsonElement json)
    {
        var at = Time(json, "recordedAt");
        return Text(json, "type") switch
        {
            "signal" => new AlarmInput.Signal(
                at, Text(json, "twin"), Text(json, "code"), Flag(json, "raised"), Time(json, "at"),
                Value(json, "value"))
            {
                Origin = json.TryGetProperty("origin", out var origin) ? SignalOriginJson.Read(origin) : default,
            },
            "acknowledge" => new AlarmInput.Acknowledge(
                at, Text(json, "alarm"), Text(json, "by"), OptionalText(json, "comment")),
            "acknowledgeIncident" => new AlarmInput.AcknowledgeIncident(
                at, Text(json, "incident"), Text(json, "by"), OptionalText(json, "comment")),
            "shelve" => new AlarmInput.Shelve(
                at, Text(json, "alarm"), Text(json, "by"), Text(json, "reason"), Time(json, "until"),
                Flag(json, "oneShot")),
            "unshelve" => new AlarmInput.Unshelve(at, Text(json, "alarm"), Text(json, "by")),
            "reset" => new AlarmInput.Reset(at, Text(json, "alarm"), Text(json, "by"), OptionalText(json, "comment")),
            "assign" => new AlarmInput.Assign(at, Text(json, "alarm"), Text(json, "by"), OptionalText(json, "to")),
            "takeOutOfService" => new AlarmInput.TakeOutOfService(
                at, Text(json, "alarm"), Text(json, "by"), Text(json, "reason")),
            "returnToService" => new AlarmInput.ReturnToService(at, Text(json, "alarm"), Text(json, "by")),
            "tick" => new AlarmInput.Tick(at),
            var other => throw new FormatException($"'type' is '{other}', which is no input"),
        };
    }

    private static string TypeOf(AlarmInput input) => input switch
    {
        AlarmInput.Signal => "signal",
        AlarmInput.Acknowledge => "acknowledge",
        AlarmInput.AcknowledgeIncident => "acknowledgeIncident",
        AlarmInput.Shelve => "shelve",
        AlarmInput.Unshelve => "unshelve",
        AlarmInput.Reset => "reset",
        AlarmInput.Assign => "assign",
        AlarmInput.TakeOutOfService => "takeOutOfService",
        AlarmInput.ReturnToService => "returnToService",
        AlarmInput.Tick => "tick",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static void WriteSignal(Utf8JsonWriter writer, AlarmInput.Signal signal)
    {
        writer.WriteString("twin", signal.TwinId);
        writer.WriteString("code", signal.Code);
        writer.WriteBoolean("raised", signal.IsRaised);
        writer.WriteNumber("at", signal.At.UnixMilliseconds);
        if (double.IsFinite(signal.Value))
            writer.WriteNumber("value", signal.Value);
        else
            writer.WriteNull("value");
        if (signal.Origin.IsKnown)
            SignalOriginJson.Write(writer, "origin", signal.Origin);
    }

    private static void WriteAction(
        Utf8JsonWriter writer, string target, string id, string by, string textName, string? text)
    {
        writer.WriteString(target, id);
        writer.WriteString("by", by);
        if (text is not null)
            writer.WriteString(textName, text);
    }

    private static string Text(JsonElement json, string name) =>
        OptionalText(json, name) ?? throw new FormatException($"'{name}' is missing");

    private static string? OptionalText(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
            return null;
        return member.ValueKind == JsonValueKind.String
            ? member.GetString()
            : throw new FormatException($"'{name}' is not a text");
    }

    private static Instant Time(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number
            && member.TryGetInt64(out var milliseconds)
            ? new Instant(milliseconds)
            : throw new FormatException($"'{name}' is not a time in milliseconds");

    private static bool Flag(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? member.GetBoolean()
            : throw new FormatException($"'{name}' is not true or false");

    private static double Value(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
            return double.NaN;
        return member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw new FormatException($"'{name}' is not a number");
    }
}
