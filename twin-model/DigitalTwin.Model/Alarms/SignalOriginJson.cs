using System.Text.Json;

namespace DigitalTwin.Model.Alarms;

/// <summary>An origin as an array of partition, sequence and ordinal.</summary>
internal static class SignalOriginJson
{
    public static void Write(Utf8JsonWriter writer, string name, SignalOrigin origin)
    {
        writer.WriteStartArray(name);
        WriteNumbers(writer, origin);
        writer.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter writer, SignalOrigin origin)
    {
        writer.WriteStartArray();
        WriteNumbers(writer, origin);
        writer.WriteEndArray();
    }

    /// <exception cref="FormatException">Not three numbers in range.</exception>
    public static SignalOrigin Read(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == 3 && json[0].TryGetInt32(out var partition)
        && partition >= 0 && json[1].TryGetInt64(out var sequence) && json[2].TryGetInt32(out var ordinal)
            ? new SignalOrigin(partition, sequence, ordinal)
            : throw new FormatException("'origin' is not three numbers");

    private static void WriteNumbers(Utf8JsonWriter writer, SignalOrigin origin)
    {
        writer.WriteNumberValue(origin.Partition);
        writer.WriteNumberValue(origin.Sequence);
        writer.WriteNumberValue(origin.Ordinal);
    }
}
