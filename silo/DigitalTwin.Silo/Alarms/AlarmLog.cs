using System.Buffers;
using System.Globalization;
using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.TimeTravel;

namespace DigitalTwin.Silo.Alarms;

/// <summary>The alarms on disk cannot be read; says which file and what is wrong. Nothing is guessed.</summary>
public sealed class AlarmLogException(string file, string problem) : Exception($"{file}: {problem}");

/// <summary>
/// The alarm board's inputs on disk: a state file and the inputs since, one line each. A kill at any instant leaves a
/// log whose last line may be torn; that line was never answered and is cut off.
/// </summary>
public sealed class AlarmLog : IDisposable
{
    /// <summary>
    /// When a log is longer than this, the board's state is written and a new log begun: read again in less than half a
    /// second, for who looks at the board as it was.
    /// </summary>
    public const long LogBytesMax = 8L * 1024 * 1024;

    private const string StatePrefix = "alarms-state-";
    private const string InputsPrefix = "alarms-";
    private const string InputsSuffix = ".ndjson";

    private readonly string _folder;
    private readonly PastRetention _past;
    private readonly ArrayBufferWriter<byte> _pending = new(64 * 1024);
    private FileStream _inputs;
    private long _generation;

    private AlarmLog(
        string folder, AlarmBoard board, FileStream inputs, long generation, long bytesCut, PastRetention past)
    {
        (_folder, _past) = (folder, past);
        _inputs = inputs;
        _generation = generation;
        Board = board;
        BytesCut = bytesCut;
    }

    /// <summary>The board as the disk has it, and then as it goes on.</summary>
    public AlarmBoard Board { get; }

    /// <summary>The length of a torn last line that was cut off at the start.</summary>
    public long BytesCut { get; }

    /// <summary>Reads what is there, or begins anew in an empty folder.</summary>
    /// <param name="past">How long what a new state makes unnecessary is kept to look back; none keeps none.</param>
    /// <exception cref="AlarmLogException">A file is missing, or damaged other than at its torn end.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static AlarmLog Open(
        string folder, CityGraph graph, AlarmRuleBook rules, AlarmNorms norms, PastRetention? past = null)
    {
        Directory.CreateDirectory(folder);
        var generation = NewestState(folder);
        RefuseGaps(folder, generation);
        var board = generation == 0
            ? new AlarmBoard(graph, rules, norms)
            : ReadState(StatePath(folder, generation), graph, rules, norms);
        var path = InputsPath(folder, generation);
        var kept = Replay(path, board);
        var inputs = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        var cut = inputs.Length - kept;
        inputs.SetLength(kept);
        inputs.Position = kept;
        var log = new AlarmLog(folder, board, inputs, generation, cut, past ?? PastRetention.None);
        log.DropOlder();
        return log;
    }

    /// <summary>Puts an input behind those that wait to be written.</summary>
    public void Append(AlarmInput input) => AlarmInputJson.WriteLine(_pending, input);

    /// <summary>Writes and flushes what waits; what was appended before is on disk when this returns.</summary>
    public void Flush()
    {
        if (_pending.WrittenCount == 0)
            return;
        _inputs.Write(_pending.WrittenSpan);
        _inputs.Flush(flushToDisk: true);
        _pending.ResetWrittenCount();
        if (_inputs.Length > LogBytesMax)
            Compact();
    }

    /// <summary>Writes the board's state and begins a new log; old ones are dropped once the new state is whole.</summary>
    public void Compact()
    {
        var next = _generation + 1;
        var path = StatePath(_folder, next);
        var unfinished = path + ".tmp";
        using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            using (var json = new Utf8JsonWriter(stream))
                AlarmBoardState.Write(json, Board);
            stream.Flush(flushToDisk: true);
        }

        var inputs = new FileStream(InputsPath(_folder, next), FileMode.Create, FileAccess.Write, FileShare.Read);
        inputs.Flush(flushToDisk: true);
        // From here on the new state counts.
        File.Move(unfinished, path, overwrite: true);
        _inputs.Dispose();
        _inputs = inputs;
        _generation = next;
        DropOlder();
    }

    /// <summary>Writes a board into an empty folder, from which it can be opened.</summary>
    public static void Write(string folder, AlarmBoard board)
    {
        Directory.CreateDirectory(folder);
        using (File.Create(InputsPath(folder, 1)))
        using (var stream = new FileStream(StatePath(folder, 1), FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            using (var json = new Utf8JsonWriter(stream))
                AlarmBoardState.Write(json, board);
            stream.Flush(flushToDisk: true);
        }
    }

    public void Dispose() => _inputs.Dispose();

    internal static AlarmBoard ReadState(string path, CityGraph graph, AlarmRuleBook rules, AlarmNorms norms)
    {
        try
        {
            return AlarmBoardState.Read(File.ReadAllBytes(path), graph, rules, norms);
        }
        catch (SchemaException wrong)
        {
            throw new AlarmLogException(path, wrong.Message);
        }
    }

    // Returns the length up to the last whole line.
    private static long Replay(string path, AlarmBoard board)
    {
        if (!File.Exists(path))
            return 0;
        ReadOnlyMemory<byte> bytes = File.ReadAllBytes(path);
        var (start, line) = (0, 0);
        while (bytes.Span[start..].IndexOf((byte)'\n') is >= 0 and var length)
        {
            line++;
            try
            {
                board.Apply(AlarmInputJson.Read(bytes.Slice(start, length)));
            }
            catch (FormatException wrong)
            {
                throw new AlarmLogException(path, $"line {line}: {wrong.Message}");
            }

            start += length + 1;
        }

        return start;
    }

    private static long NewestState(string folder) =>
        Generations(folder, StatePrefix, ".json").DefaultIfEmpty().Max();

    // A compaction makes the new log before its state, so an empty log may be ahead of the states; what was written
    // belongs to a state, and what a state went on with was written.
    private static void RefuseGaps(string folder, long generation)
    {
        if (generation > 0 && !File.Exists(InputsPath(folder, generation)))
            throw new AlarmLogException(InputsPath(folder, generation), "is missing; its state file is there");
        foreach (var later in Generations(folder, InputsPrefix, InputsSuffix).Where(later => later > generation))
            if (new FileInfo(InputsPath(folder, later)).Length > 0)
                throw new AlarmLogException(StatePath(folder, later), "is missing; the inputs after it are there");
    }

    /// <summary>The generations that have a state file, and those that have inputs.</summary>
    internal static (IReadOnlySet<long> States, IReadOnlySet<long> Inputs) GenerationsOf(string folder) => (
        Generations(folder, StatePrefix, ".json").ToHashSet(), Generations(folder, InputsPrefix, InputsSuffix).ToHashSet());

    private static IEnumerable<long> Generations(string folder, string prefix, string suffix) =>
        Directory.EnumerateFiles(folder, prefix + "*" + suffix)
            .Select(path => Path.GetFileName(path)[prefix.Length..^suffix.Length])
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number : 0);

    private void DropOlder()
    {
        var bytes = 0L;
        for (var old = _generation - 1; old >= 0; old--)
        {
            var (state, inputs) = (StatePath(_folder, old), InputsPath(_folder, old));
            if (!File.Exists(state) && !File.Exists(inputs))
                break;
            if (IsForThePast(old, ref bytes))
                continue;
            File.Delete(state);
            File.Delete(inputs);
        }
    }

    // Once the bytes are used up, whatever is older goes too.
    private bool IsForThePast(long generation, ref long bytes)
    {
        foreach (var path in (string[])[StatePath(_folder, generation), InputsPath(_folder, generation)])
            bytes += File.Exists(path) ? new FileInfo(path).Length : 0;
        // It was written to until the next state was.
        return bytes <= _past.AlarmBytesMax
            && AlarmLogReader.ClockOf(StatePath(_folder, generation + 1)) is { IsNever: false } until
            && Board.Now - until <= _past.Span;
    }

    internal static string StatePath(string folder, long generation) => Path.Combine(folder, $"{StatePrefix}{generation}.json");

    internal static string InputsPath(string folder, long generation) =>
        Path.Combine(folder, $"{InputsPrefix}{generation}{InputsSuffix}");
}
