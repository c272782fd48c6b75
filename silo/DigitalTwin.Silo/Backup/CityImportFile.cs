using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Commands;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Backup;

/// <summary>Opens where the history of a city goes, for the twins of that city.</summary>
public delegate ValueTask<CityHistory> HistoryOpener(string folder, CityGraph graph);

/// <summary>What an import took in.</summary>
/// <param name="HasStates">Whether twins remember what they did; else the export has no states, or this program remembers
/// a city in another form.</param>
public readonly record struct ImportedLines(
    long Twins, long Devices, long DevicesWithoutKeys, long HistoryDays, bool HasStates);

/// <summary>
/// Makes a data folder of an export: takes its lines one after another, and lets the folder have its name when the last
/// one says that all of them came as they were written.
/// </summary>
public sealed class CityImportFile : IAsyncDisposable
{
    private const string DevicesFile = "devices.ndjson";

    // A day of a twin with as many values as it may have, at about fifty characters each.
    private const int LineBytesMax = 256 << 20;

    // Taken together into one transaction of the store.
    private const int DaysAtOnce = 1_024;
    private const int ValuesAtOnce = 500_000;

    // Base64 has plus signs, which nobody needs escaped in a file.
    private static readonly JsonSerializerOptions s_asDevicesAre = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _source;
    private readonly BackupFolder _folder;
    private readonly CityReader _read;
    private readonly HistoryOpener _openHistory;
    private readonly Dictionary<string, FileStream> _files = [];
    private readonly List<Model.Ports.HistoryDay> _days = [];
    private int _values;
    private CityHistory? _history;
    private (EngineManifest Engine, long Sequence)? _engine;
    private FileStream? _states;
    private (CityGraph Graph, Model.Twins.CityRules Rules)? _city;
    private ImportedLines _taken;

    private CityImportFile(string source, BackupFolder folder, CityReader read, HistoryOpener openHistory) =>
        (_source, _folder, _read, _openHistory) = (source, folder, read, openHistory);

    /// <param name="source">What the lines come from, for messages.</param>
    /// <param name="data">Must be empty or not be there.</param>
    /// <exception cref="BackupException">A line is damaged or missing, or the folder is not empty. No folder is left
    /// behind; what a server's history took stays there, and may be taken again.</exception>
    public static async Task<ImportedLines> RunAsync(
        Stream from, string source, string data, CityReader read, HistoryOpener openHistory,
        CancellationToken cancellationToken)
    {
        using var folder = BackupFolder.Begin(data);
        ImportedLines taken;
        await using (var import = new CityImportFile(source, folder, read, openHistory))
            taken = await import.TakeAllAsync(from, cancellationToken);
        folder.Finish();
        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in _files.Values)
            await file.DisposeAsync();
        if (_states is not null)
            await _states.DisposeAsync();
        if (_history is not null)
            await _history.DisposeAsync();
    }

    private async Task<ImportedLines> TakeAllAsync(Stream from, CancellationToken cancellationToken)
    {
        var lines = new LineReader(from, LineBytesMax);
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (true)
        {
            if (lines.TryNext(out var line) != LineStatus.Line)
                throw Refusal(lines.Number + 1, "the export ends here, before its end line");
            using var document = Parse(line, lines.Number);
            try
            {
                if (document.RootElement.TryGetProperty("end", out var count))
                {
                    if (count.GetInt64() != lines.Number - 1 || document.RootElement.GetProperty("sha256").GetString()
                        != Convert.ToHexStringLower(sum.GetHashAndReset()))
                        throw Refusal(lines.Number, "the lines before are not those that were written");
                    break;
                }

                sum.AppendData(line);
                sum.AppendData("\n"u8);
                await TakeAsync(document.RootElement, lines.Number, cancellationToken);
            }
            catch (Exception wrong) when (wrong is KeyNotFoundException or InvalidOperationException or FormatException
                or ArgumentException or IndexOutOfRangeException or ArithmeticException
                or HistoryFormatException or CityFileException or CityGraphException or SchemaException)
            {
                throw Refusal(lines.Number, wrong.Message);
            }
        }

        await FinishAsync(cancellationToken);
        return _taken;
    }

    private async Task TakeAsync(JsonElement json, int number, CancellationToken cancellationToken)
    {
        if (number == 1)
            TakeHeader(json);
        else if (json.TryGetProperty("kinds", out var name))
            await TakeKindsAsync(name.GetString()!, json.GetProperty("text").GetString()!, cancellationToken);
        else if (json.TryGetProperty("city", out var line))
            TakeCity(line);
        else if (json.TryGetProperty("alarms", out var board))
            TakeAlarms(board);
        else if (json.TryGetProperty("device", out var id))
            TakeDevice(json, id.GetString()!);
        else if (json.TryGetProperty("commands", out var book))
            CommandLog.Write(
                Path.Combine(_folder.Path, StoredCity.CommandsFolder),
                CommandBookState.Read(Encoding.UTF8.GetBytes(book.GetRawText())));
        else if (json.TryGetProperty("file", out var file))
            await TakeFileAsync(file.GetString()!, json, cancellationToken);
        else if (json.TryGetProperty("engine", out var engine))
            TakeEngine(engine);
        else if (json.TryGetProperty("states", out var states))
            _states?.Write(states.GetBytesFromBase64());
        else if (json.TryGetProperty("history", out _))
            await TakeHistoryAsync(HistoryDayJson.Read(json), cancellationToken);
        else
            throw new FormatException("is of a kind that this version does not know");
    }

    private static void TakeHeader(JsonElement json)
    {
        if (!json.TryGetProperty("format", out var format) || format.GetString() != CityExport.FormatName)
            throw new FormatException("this is no export of a city");
        // Version 1 had devices with their keys, and neither files nor states.
        if (json.GetProperty("version").GetInt32() is var version && version is < 1 or > CityExport.Version)
            throw new FormatException($"it is of version {version}, not 1 to {CityExport.Version}");
    }

    private Task TakeKindsAsync(string name, string text, CancellationToken cancellationToken)
    {
        if (!BackupFolder.IsBelow(name) || name.Contains('/', StringComparison.Ordinal))
            throw new FormatException($"'{name}' is no file's name");
        return _folder.WriteAsync($"kinds/{name}", Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    private void TakeCity(JsonElement line)
    {
        if (_city is not null)
            throw new FormatException("a line of the city comes after what needs it");
        WriteLine(CityFile.Name, line.GetRawText());
        _taken = _taken with { Twins = _taken.Twins + (line.TryGetProperty("twin", out _) ? 1 : 0) };
    }

    private void TakeAlarms(JsonElement board)
    {
        var (graph, rules) = City();
        AlarmLog.Write(
            Path.Combine(_folder.Path, StoredCity.AlarmsFolder),
            AlarmBoardState.Read(Encoding.UTF8.GetBytes(board.GetRawText()), graph, rules.Book, AlarmNorms.BuiltIn));
    }

    // The form of the devices' own file; one without keys is made anew by the start, with others.
    private void TakeDevice(JsonElement json, string id)
    {
        var hasKeys = json.TryGetProperty("primaryKey", out var primary);
        _taken = _taken with
        {
            Devices = _taken.Devices + 1, DevicesWithoutKeys = _taken.DevicesWithoutKeys + (hasKeys ? 0 : 1),
        };
        if (!hasKeys)
            return;
        var line = new
        {
            deviceId = id,
            status = json.GetProperty("status").GetString(),
            primaryKey = primary.GetString(),
            secondaryKey = json.GetProperty("secondaryKey").GetString(),
        };
        WriteLine(DevicesFile, JsonSerializer.Serialize(line, s_asDevicesAre));
    }

    private async Task TakeFileAsync(string name, JsonElement json, CancellationToken cancellationToken)
    {
        if (!BackupFolder.IsBelow(name) || name.Contains('/', StringComparison.Ordinal)
            || name is CityFile.Name or EngineManifest.FileName)
            throw new FormatException($"'{name}' is no file beside a city");
        if (json.TryGetProperty("text", out var text))
        {
            await _folder.WriteAsync(name, Encoding.UTF8.GetBytes(text.GetString()!), cancellationToken);
            return;
        }

        WriteLine(name, json.GetProperty("line").GetRawText());
        _taken = _taken with { Devices = _taken.Devices + (name == DevicesFile ? 1 : 0) };
    }

    // A program that remembers a city in another form can make nothing of the states.
    private void TakeEngine(JsonElement json)
    {
        var (graph, rules) = City();
        var engine = new EngineManifest(
            json.GetProperty("city").GetGuid(), json.GetProperty("partitions").GetInt32(),
            json.GetProperty("epoch").GetInt32());
        if (engine.City != CityIdentity.Of(graph, rules))
            return;
        var sequence = json.GetProperty("sequence").GetInt64();
        _engine = (engine, sequence);
        _states = _folder.Create($"{StoredCity.JournalFolder}/{SnapshotStore.NameOf(sequence)}", bufferBytes: 1 << 16);
    }

    private async Task TakeHistoryAsync(Model.Ports.HistoryDay day, CancellationToken cancellationToken)
    {
        _days.Add(day);
        _values += day.Record.Columns.Sum(column => column.Points.Count);
        if (_days.Count >= DaysAtOnce || _values >= ValuesAtOnce)
            await StoreAsync(cancellationToken);
    }

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        _history ??= await _openHistory(_folder.Path, City().Graph);
        await _history.ImportAsync(_days, cancellationToken);
        _taken = _taken with { HistoryDays = _taken.HistoryDays + _days.Count };
        _days.Clear();
        _values = 0;
    }

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        City();
        await StoreAsync(cancellationToken);
        if (_engine is var (engine, sequence))
            await BeginJournalAsync(engine, sequence);
        // A journal that begins must be behind whatever a history that was there already has.
        else if (_history!.LastSequence > 0)
            new EngineManifest(Guid.Empty, Partitions: 1, SignalOrigin.EpochOf((long)_history.LastSequence))
                .Write(_folder.Path);
    }

    private async Task BeginJournalAsync(EngineManifest engine, long sequence)
    {
        _states!.Flush(flushToDisk: true);
        await _states.DisposeAsync();
        using (var files = LockedFolder.TakeWithoutTrace(Path.Combine(_folder.Path, StoredCity.JournalFolder)))
        {
            if (await new SnapshotStore(files, engine.City).NewestWholeAsync() != sequence)
                throw new BackupException(_source, "its states are not those of the city");
            SegmentedJournal.BeginBehind(files, engine.City, sequence, TimeProvider.System);
        }

        // What the journal before it still had for alarms and history is in their lines.
        var epoch = Math.Max(engine.Epoch, SignalOrigin.EpochOf((long)_history!.LastSequence)) + 1;
        (engine with { Epoch = epoch }).Write(_folder.Path);
        _taken = _taken with { HasStates = true };
    }

    private (CityGraph Graph, Model.Twins.CityRules Rules) City()
    {
        if (_city is { } known)
            return known;
        foreach (var file in _files.Values)
            file.Flush(flushToDisk: true);
        _city = _read(_folder.Path);
        return _city.Value;
    }

    private void WriteLine(string name, string line)
    {
        if (!_files.TryGetValue(name, out var file))
            _files.Add(name, file = _folder.Create(name, bufferBytes: 1 << 16));
        file.Write(Encoding.UTF8.GetBytes(line));
        file.WriteByte((byte)'\n');
    }

    private JsonDocument Parse(ReadOnlySpan<byte> line, int number)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            return JsonDocument.ParseValue(ref reader);
        }
        catch (JsonException wrong)
        {
            throw Refusal(number, wrong.Message);
        }
    }

    private BackupException Refusal(int line, string problem) => new($"{_source}, line {line}", problem);
}
