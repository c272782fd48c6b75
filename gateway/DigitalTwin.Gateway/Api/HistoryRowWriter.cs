using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Gateway.Api;

/// <summary>Writes rows in one of the formats, and how the answer ends.</summary>
internal abstract class HistoryRowWriter(CityGraph graph)
{
    public abstract string ContentType { get; }

    public static HistoryRowWriter Of(HistoryFormat format, CityGraph graph) => format switch
    {
        HistoryFormat.Csv => new HistoryCsvWriter(graph),
        HistoryFormat.Json => new HistoryJsonWriter(graph, isLines: false),
        _ => new HistoryJsonWriter(graph, isLines: true),
    };

    public abstract void Begin(IBufferWriter<byte> output);

    public abstract void Rows(IBufferWriter<byte> output, ReadOnlySpan<HistoryRow> rows);

    /// <param name="next">The first row that was left out; none where all were told.</param>
    public abstract void End(IBufferWriter<byte> output, int rows, in HistoryRow? next);

    protected string IdOf(in HistoryRow row) => graph.IdOf(row.Twin);
}

/// <summary>One JSON object a line (NDJSON), or one document of all.</summary>
internal sealed class HistoryJsonWriter(CityGraph graph, bool isLines) : HistoryRowWriter(graph)
{
    private bool _hasRows;

    public override string ContentType => isLines ? "application/x-ndjson" : ApiJson.ContentType;

    public override void Begin(IBufferWriter<byte> output)
    {
        if (!isLines)
            output.Write("{\"rows\":["u8);
    }

    public override void Rows(IBufferWriter<byte> output, ReadOnlySpan<HistoryRow> rows)
    {
        using var json = new Utf8JsonWriter(output, ApiJson.WriterOptions);
        foreach (var row in rows)
        {
            if (!isLines && _hasRows)
                output.Write(","u8);
            _hasRows = true;
            Row(json, row);
            json.Flush();
            json.Reset();
            if (isLines)
                output.Write("\n"u8);
        }
    }

    public override void End(IBufferWriter<byte> output, int rows, in HistoryRow? next)
    {
        if (!isLines)
            output.Write("],\"end\":"u8);
        using (var json = new Utf8JsonWriter(output, ApiJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("count"u8, rows);
            json.WriteBoolean("isLimitHit"u8, next is not null);
            if (next is { } first)
            {
                json.WriteStartObject("next"u8);
                Place(json, first);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("next"u8);
            }

            json.WriteEndObject();
        }

        output.Write(isLines ? "\n"u8 : "}"u8);
    }

    private void Row(Utf8JsonWriter json, in HistoryRow row)
    {
        json.WriteStartObject();
        Place(json, row);
        if (double.IsFinite(row.Value))
            json.WriteNumber("value"u8, row.Value);
        else
            json.WriteNull("value"u8);
        if (row.Aggregate is { } step)
        {
            json.WriteNumber("count"u8, step.Count);
            json.WriteNumber("suspect"u8, step.SuspectCount);
            json.WriteNumber("bad"u8, step.BadCount);
        }
        else
        {
            json.WriteString("quality"u8, ApiNames.Encoded(row.Point.Quality));
            if (row.Point.Reason != QualityReason.None)
                json.WriteString("reason"u8, ApiNames.Encoded(row.Point.Reason));
            json.WriteString("receivedAt"u8, row.Point.ReceivedAt.ToDateTimeOffset());
        }

        json.WriteEndObject();
    }

    private void Place(Utf8JsonWriter json, in HistoryRow row)
    {
        json.WriteString("property"u8, row.Property);
        json.WriteString("twin"u8, IdOf(row));
        json.WriteString("at"u8, row.At.ToDateTimeOffset());
    }
}

/// <summary>
/// RFC 4180. Where the limit was hit the last record is the first that was left out, without a value and with the
/// reason <c>limit</c>: a file has no other place to say so.
/// </summary>
internal sealed class HistoryCsvWriter(CityGraph graph) : HistoryRowWriter(graph)
{
    public override string ContentType => "text/csv; charset=utf-8";

    public override void Begin(IBufferWriter<byte> output) =>
        output.Write("property,twin,at,value,quality,reason,receivedAt,count,suspect,bad\r\n"u8);

    public override void Rows(IBufferWriter<byte> output, ReadOnlySpan<HistoryRow> rows)
    {
        foreach (var row in rows)
            Row(output, row);
    }

    public override void End(IBufferWriter<byte> output, int rows, in HistoryRow? next)
    {
        if (next is { } first)
            Write(output, first, "", "", "limit", "", "", "", "");
    }

    /// <summary>A field as RFC 4180 §2.6 and §2.7 want it: what could be read as more than one is quoted.</summary>
    internal static string Field(string text) => text.AsSpan().ContainsAny(",\"\r\n")
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;

    private void Row(IBufferWriter<byte> output, in HistoryRow row)
    {
        var value = double.IsFinite(row.Value) ? row.Value.ToString("R", CultureInfo.InvariantCulture) : "";
        if (row.Aggregate is { } step)
            Write(output, row, value, "", "", "", Number(step.Count), Number(step.SuspectCount), Number(step.BadCount));
        else
            Write(
                output, row, value, ApiNames.Encoded(row.Point.Quality).Value,
                row.Point.Reason == QualityReason.None ? "" : ApiNames.Encoded(row.Point.Reason).Value,
                row.Point.ReceivedAt.ToString(), "", "", "");
    }

    private void Write(IBufferWriter<byte> output, in HistoryRow row, params ReadOnlySpan<string> fields)
    {
        var line = new StringBuilder(Field(row.Property)).Append(',').Append(Field(IdOf(row))).Append(',').Append(row.At);
        foreach (var field in fields)
            line.Append(',').Append(Field(field));
        foreach (var chunk in line.Append("\r\n").GetChunks())
            Encoding.UTF8.GetBytes(chunk.Span, output);
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
