using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Backup;

/// <summary>One device of an export.</summary>
/// <param name="Keys">Both, in base64; nothing where they are kept back.</param>
public sealed record ExportedDevice(string Id, string Status, (string Primary, string Secondary)? Keys);

/// <summary>
/// Writes everything of a city as lines of JSON: kinds, definition, alarms, devices, and every day of history. The same
/// city gives the same lines. States are not in it: what they are made of belongs to one version of the program.
/// </summary>
public sealed class CityExport : IAsyncDisposable
{
    public const string FormatName = "city-export";
    public const int Version = 1;

    private const string KindsFolder = "kinds";

    private readonly Stream _into;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;
    private readonly IncrementalHash _sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _lines;

    private CityExport(Stream into)
    {
        _into = into;
        // Names stay readable; the file is never part of a web page.
        _json = new Utf8JsonWriter(
            _line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Writes all lines; the caller disposes the stream.</summary>
    /// <param name="data">The data folder.</param>
    public static async Task WriteAsync(
        Stream into, string data, IAlarmDesk alarms, IHistory? history, IEnumerable<ExportedDevice> devices,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(alarms);
        ArgumentNullException.ThrowIfNull(devices);
        await using var export = new CityExport(into);
        await export.LineAsync(
            json =>
            {
                json.WriteStartObject();
                json.WriteString("format"u8, FormatName);
                json.WriteNumber("version"u8, Version);
                json.WriteEndObject();
            },
            cancellationToken);
        await export.KindsAsync(Path.Combine(data, KindsFolder), cancellationToken);
        await export.CityAsync(Path.Combine(data, CityFile.Name), cancellationToken);
        var board = await alarms.AskAsync(BoardOf, cancellationToken);
        await export.LineAsync(json => WriteBoard(json, board), cancellationToken);
        foreach (var device in devices.OrderBy(device => device.Id, StringComparer.Ordinal))
            await export.LineAsync(json => Write(json, device), cancellationToken);
        if (history is not null)
            await foreach (var day in history.ExportAsync(cancellationToken))
                await export.LineAsync(json => HistoryDayJson.Write(json, day), cancellationToken);
        await export.EndAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _json.DisposeAsync();
        _sum.Dispose();
    }

    private async Task KindsAsync(string folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var path in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            var text = await File.ReadAllTextAsync(path, cancellationToken);
            await LineAsync(
                json =>
                {
                    json.WriteStartObject();
                    json.WriteString("kinds"u8, Path.GetFileName(path));
                    json.WriteString("text"u8, text);
                    json.WriteEndObject();
                },
                cancellationToken);
        }
    }

    private async Task CityAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var lines = new LineReader(file, CityFile.LineBytesMax);
        while (lines.TryNext(out var line) is var status && status != LineStatus.End)
        {
            if (status == LineStatus.TooLong)
                throw new CityFileException(path, lines.Number, "line", "is too long");
            _json.WriteStartObject();
            _json.WritePropertyName("city"u8);
            _json.WriteRawValue(line);
            _json.WriteEndObject();
            await EndLineAsync(cancellationToken);
        }
    }

    private static byte[] BoardOf(AlarmBoard board)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
            AlarmBoardState.Write(json, board);
        return bytes.WrittenSpan.ToArray();
    }

    // Without the inputs of the journal that made the alarms: the city that takes them has a journal of its own.
    private static void WriteBoard(Utf8JsonWriter json, byte[] board)
    {
        using var document = JsonDocument.Parse(board);
        json.WriteStartObject();
        json.WriteStartObject("alarms"u8);
        foreach (var property in document.RootElement.EnumerateObject())
            if (property.Name != "origins")
                property.WriteTo(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ExportedDevice device)
    {
        json.WriteStartObject();
        json.WriteString("device"u8, device.Id);
        json.WriteString("status"u8, device.Status);
        if (device.Keys is { } keys)
        {
            json.WriteString("primaryKey"u8, keys.Primary);
            json.WriteString("secondaryKey"u8, keys.Secondary);
        }

        json.WriteEndObject();
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        var (lines, sum) = (_lines, Convert.ToHexStringLower(_sum.GetHashAndReset()));
        await LineAsync(
            json =>
            {
                json.WriteStartObject();
                json.WriteNumber("end"u8, lines);
                json.WriteString("sha256"u8, sum);
                json.WriteEndObject();
            },
            cancellationToken);
        await _into.FlushAsync(cancellationToken);
    }

    private Task LineAsync(Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        write(_json);
        return EndLineAsync(cancellationToken);
    }

    private async Task EndLineAsync(CancellationToken cancellationToken)
    {
        _json.Flush();
        _line.Write("\n"u8);
        _sum.AppendData(_line.WrittenSpan);
        await _into.WriteAsync(_line.WrittenMemory, cancellationToken);
        _lines++;
        _line.ResetWrittenCount();
        _json.Reset();
    }
}
