using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Backup;

/// <summary>One device of an export that holds no keys.</summary>
public sealed record ExportedDevice(string Id, string Status);

/// <summary>
/// Writes everything of a city as lines of JSON: kinds, definition, alarms, commands, devices, the gateway's files,
/// states and every day of history. The same city gives the same lines. States are bytes, and belong to programs that
/// remember a city in the same form.
/// </summary>
public sealed class CityExport : IAsyncDisposable
{
    public const string FormatName = "city-export";
    public const int Version = 2;

    /// <summary>States of a line, before they are base64.</summary>
    private const int StateBytesMax = 192 * 1024;

    // As much as a hub's message or a device's twin takes, several times over.
    private const int FileLineBytesMax = 4 << 20;

    internal const string LinesSuffix = ".ndjson";

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

    /// <summary>Writes all lines; the caller disposes the stream. The city goes on.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="devices">Those whose keys are kept back; none where their file is among the files.</param>
    /// <param name="files">Files of lines of JSON (<c>.ndjson</c>) or of text in the data folder, by name.</param>
    public static async Task WriteAsync(
        Stream into, string data, StoredCity city, IHistory? history, IEnumerable<ExportedDevice> devices,
        IEnumerable<string> files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(city);
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(files);
        // With a snapshot, history and the board have everything that was answered so far.
        var sequence = await city.SnapshotAsync(cancellationToken);
        // Open from here on: a later snapshot may take its place in the folder.
        await using var snapshot = new FileStream(
            Path.Combine(data, StoredCity.JournalFolder, SnapshotStore.NameOf(sequence)), FileMode.Open, FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        await using var export = new CityExport(into);
        await export.LineAsync(
            json =>
            {
                json.WriteString("format"u8, FormatName);
                json.WriteNumber("version"u8, Version);
            },
            cancellationToken);
        await export.KindsAsync(Path.Combine(data, KindsFolder), cancellationToken);
        await export.LinesOfAsync(
            Path.Combine(data, CityFile.Name), CityFile.LineBytesMax, json => json.WritePropertyName("city"u8),
            cancellationToken);
        var board = await city.Alarms.AskAsync(
            board => BytesOf(json => AlarmBoardState.Write(json, board)), cancellationToken);
        await export.LineAsync(json => WriteBoard(json, board), cancellationToken);
        var book = await city.Commands.AskAsync(
            book => BytesOf(json => CommandBookState.Write(json, book)), cancellationToken);
        await export.LineAsync(
            json =>
            {
                json.WritePropertyName("commands"u8);
                json.WriteRawValue(book);
            },
            cancellationToken);
        foreach (var device in devices.OrderBy(device => device.Id, StringComparer.Ordinal))
            await export.LineAsync(
                json =>
                {
                    json.WriteString("device"u8, device.Id);
                    json.WriteString("status"u8, device.Status);
                },
                cancellationToken);
        foreach (var name in files.Order(StringComparer.Ordinal))
            await export.FileAsync(data, name, cancellationToken);
        await export.StatesAsync(EngineManifest.Read(data)!, sequence, snapshot, cancellationToken);
        if (history is not null)
            await foreach (var day in history.ExportAsync(cancellationToken))
            {
                HistoryDayJson.Write(export._json, day);
                await export.EndLineAsync(cancellationToken);
            }

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
                    json.WriteString("kinds"u8, Path.GetFileName(path));
                    json.WriteString("text"u8, text);
                },
                cancellationToken);
        }
    }

    private async Task FileAsync(string data, string name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(data, name);
        if (!File.Exists(path))
            return;
        if (!name.EndsWith(LinesSuffix, StringComparison.Ordinal))
        {
            var text = await File.ReadAllTextAsync(path, cancellationToken);
            await LineAsync(
                json =>
                {
                    json.WriteString("file"u8, name);
                    json.WriteString("text"u8, text);
                },
                cancellationToken);
            return;
        }

        await LinesOfAsync(
            path, FileLineBytesMax,
            json =>
            {
                json.WriteString("file"u8, name);
                json.WritePropertyName("line"u8);
            },
            cancellationToken);
    }

    private async Task LinesOfAsync(
        string path, int lineBytesMax, Action<Utf8JsonWriter> begin, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var lines = new LineReader(file, lineBytesMax);
        string? wrong = null;
        while (lines.TryNext(out var line) is var status && status != LineStatus.End)
        {
            if (status == LineStatus.TooLong || wrong is not null)
                throw new CityFileException(path, lines.Number, "line", wrong ?? "is too long");
            if (line.IsEmpty)
                continue;
            _json.WriteStartObject();
            begin(_json);
            try
            {
                _json.WriteRawValue(line);
            }
            catch (JsonException problem)
            {
                // A log's last line may be on its way; another line behind it says that it is damaged.
                wrong = $"the one before: {problem.Message}";
                _json.Reset();
                _line.ResetWrittenCount();
                continue;
            }

            _json.WriteEndObject();
            await EndLineAsync(cancellationToken);
        }
    }

    private async Task StatesAsync(
        EngineManifest engine, long sequence, FileStream snapshot, CancellationToken cancellationToken)
    {
        await LineAsync(
            json =>
            {
                json.WriteStartObject("engine"u8);
                json.WriteString("city"u8, engine.City);
                json.WriteNumber("partitions"u8, engine.Partitions);
                json.WriteNumber("epoch"u8, engine.Epoch);
                json.WriteNumber("sequence"u8, sequence);
                json.WriteEndObject();
            },
            cancellationToken);
        var buffer = new byte[StateBytesMax];
        while (await snapshot.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken) is > 0 and var read)
            await LineAsync(json => json.WriteBase64String("states"u8, buffer.AsSpan(0, read)), cancellationToken);
    }

    private static byte[] BytesOf(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
            write(json);
        return bytes.WrittenSpan.ToArray();
    }

    // Without the inputs of the journal that made the alarms: the city that takes them has a journal of its own.
    private static void WriteBoard(Utf8JsonWriter json, byte[] board)
    {
        using var document = JsonDocument.Parse(board);
        json.WriteStartObject("alarms"u8);
        foreach (var property in document.RootElement.EnumerateObject())
            if (property.Name != "origins")
                property.WriteTo(json);
        json.WriteEndObject();
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        var (lines, sum) = (_lines, Convert.ToHexStringLower(_sum.GetHashAndReset()));
        await LineAsync(
            json =>
            {
                json.WriteNumber("end"u8, lines);
                json.WriteString("sha256"u8, sum);
            },
            cancellationToken);
        await _into.FlushAsync(cancellationToken);
    }

    // One object of whatever is written.
    private Task LineAsync(Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        _json.WriteStartObject();
        write(_json);
        _json.WriteEndObject();
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
