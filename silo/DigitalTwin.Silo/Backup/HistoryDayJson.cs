using System.Text.Json;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Backup;

/// <summary>
/// A day of a twin's history as JSON, in one canonical form: properties by name, values by event time. What is left of
/// retired values is in the bytes that history stores (docs/history.md, format 1), because its sums are exact there.
/// </summary>
internal static class HistoryDayJson
{
    // The aggregates of a record are written with it and not read from here.
    private static readonly Cadence s_any = new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));

    public static void Write(Utf8JsonWriter json, HistoryDay day)
    {
        json.WriteStartObject();
        json.WriteString("history"u8, day.TwinId);
        json.WriteNumber("day"u8, day.Record.Day);
        json.WriteStartObject("properties"u8);
        foreach (var column in day.Record.Columns
            .OrderBy(column => day.Properties[column.Property], StringComparer.Ordinal))
        {
            json.WriteStartObject(day.Properties[column.Property]);
            json.WriteStartArray("values"u8);
            foreach (var point in column.Points)
                Write(json, point);
            json.WriteEndArray();
            if (column.Corrections.Count > 0)
                WriteCorrections(json, column.Corrections);
            if (column.Retired.Count > 0)
                json.WriteBase64String("retired"u8, RetiredBytes(day.Record.Day, column));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <exception cref="HistoryFormatException">
    /// It is not what <see cref="Write(Utf8JsonWriter, HistoryDay)"/> wrote.
    /// </exception>
    public static HistoryDay Read(JsonElement json)
    {
        try
        {
            var record = new DayRecord(json.GetProperty("day").GetInt32());
            var names = new Dictionary<int, string>();
            foreach (var property in json.GetProperty("properties").EnumerateObject())
            {
                var column = record.ColumnOf(names.Count);
                names.Add(names.Count, property.Name);
                column.Merge(property.Value.GetProperty("values").EnumerateArray().Select(ReadPoint));
                if (property.Value.TryGetProperty("corrections", out var corrections))
                    column.Corrections.AddRange(corrections.EnumerateArray().Select(ReadCorrection));
                if (property.Value.TryGetProperty("retired", out var retired))
                    foreach (var (hour, aggregate) in DayRecordCodec
                        .Read(retired.GetBytesFromBase64(), record.Day).ColumnOf(0).Retired)
                        column.Retired[hour] = aggregate;
            }

            return new HistoryDay(json.GetProperty("history").GetString()!, record, names);
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or FormatException or InvalidOperationException
            or ArgumentException)
        {
            throw new HistoryFormatException($"a day of history cannot be read: {wrong.Message}");
        }
    }

    private static void WriteCorrections(Utf8JsonWriter json, List<CorrectedPoint> corrections)
    {
        json.WriteStartArray("corrections"u8);
        foreach (var correction in corrections)
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, correction.Version);
            json.WriteString("who"u8, correction.Who);
            json.WriteString("why"u8, correction.Why);
            if (correction.Before is { } before)
            {
                json.WritePropertyName("before"u8);
                Write(json, before);
            }

            json.WritePropertyName("after"u8);
            Write(json, correction.After);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // Event time, received time, both in milliseconds since 1970; value; quality; reason.
    private static void Write(Utf8JsonWriter json, in HistoryPoint point)
    {
        json.WriteStartArray();
        json.WriteNumberValue(point.MeasuredAt.UnixMilliseconds);
        json.WriteNumberValue(point.ReceivedAt.UnixMilliseconds);
        json.WriteNumberValue(point.Value);
        json.WriteNumberValue((int)point.Quality);
        json.WriteNumberValue((int)point.Reason);
        json.WriteEndArray();
    }

    private static HistoryPoint ReadPoint(JsonElement json) => new(
        new Instant(json[0].GetInt64()), new Instant(json[1].GetInt64()), json[2].GetDouble(),
        (Quality)json[3].GetByte(), (QualityReason)json[4].GetByte());

    private static CorrectedPoint ReadCorrection(JsonElement json) => new(
        json.GetProperty("version").GetInt32(),
        json.TryGetProperty("before", out var before) ? ReadPoint(before) : null,
        ReadPoint(json.GetProperty("after")),
        json.GetProperty("who").GetString()!, json.GetProperty("why").GetString()!);

    private static byte[] RetiredBytes(int day, DayColumn column)
    {
        var record = new DayRecord(day);
        var retired = record.ColumnOf(0).Retired;
        foreach (var (hour, aggregate) in column.Retired)
            retired[hour] = aggregate;
        return DayRecordCodec.Write(record, _ => s_any);
    }
}
