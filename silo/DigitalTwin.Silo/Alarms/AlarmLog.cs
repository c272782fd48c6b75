using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.TimeTravel;

namespace DigitalTwin.Silo.Alarms;

/// <summary>
/// The alarm board's inputs on disk. Generations that are no longer needed to start are kept for a while, to look back.
/// </summary>
public sealed class AlarmLog : IDisposable
{
    /// <summary>
    /// When a log is longer than this, the board's state is written and a new log begun: read again in less than half a
    /// second, for who looks at the board as it was.
    /// </summary>
    public const long LogBytesMax = 8L * 1024 * 1024;

    private readonly InputFiles _files;
    private readonly PastRetention _past;
    private readonly InputLog _log;

    private AlarmLog(InputFiles files, AlarmBoard board, InputLog log, PastRetention past) =>
        (_files, Board, _log, _past) = (files, board, log, past);

    /// <summary>The board as the disk has it, and then as it goes on.</summary>
    public AlarmBoard Board { get; }

    /// <summary>The length of a torn last line that was cut off at the start.</summary>
    public long BytesCut => _log.BytesCut;

    /// <summary>Reads what is there, or begins anew in an empty folder.</summary>
    /// <param name="past">How long what a new state makes unnecessary is kept to look back; none keeps none.</param>
    /// <exception cref="InputLogException">A file is missing, or damaged other than at its torn end.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static AlarmLog Open(
        string folder, CityGraph graph, AlarmRuleBook rules, AlarmNorms norms, PastRetention? past = null) =>
        Open(new DiskFolder(folder), graph, rules, norms, past);

    /// <inheritdoc cref="Open(string, CityGraph, AlarmRuleBook, AlarmNorms, PastRetention?)"/>
    public static AlarmLog Open(
        IDiskFolder folder, CityGraph graph, AlarmRuleBook rules, AlarmNorms norms, PastRetention? past = null,
        long logBytesMax = LogBytesMax)
    {
        var files = FilesIn(folder);
        AlarmBoard board = null!;
        var inner = InputLog.Open(files, logBytesMax, state => new LoggedBoard(board = state is null
            ? new AlarmBoard(graph, rules, norms)
            : AlarmBoardState.Read(state, graph, rules, norms)));
        var log = new AlarmLog(files, board, inner, past ?? PastRetention.None);
        log.DropOlder();
        return log;
    }

    /// <summary>Puts an input behind those that wait to be written.</summary>
    public void Append(AlarmInput input) => _log.Append(input, AlarmInputJson.WriteLine);

    /// <summary>Writes and flushes what waits; what was appended before is on disk when this returns.</summary>
    public void Flush()
    {
        if (_log.Flush())
            DropOlder();
    }

    /// <summary>Writes the board's state and begins a new log; old ones are dropped once the new state is whole.</summary>
    public void Compact()
    {
        _log.Compact();
        DropOlder();
    }

    /// <summary>Writes a board into an empty folder, from which it can be opened.</summary>
    public static void Write(string folder, AlarmBoard board) =>
        InputLog.Write(FilesIn(new DiskFolder(folder)), writer => AlarmBoardState.Write(writer, board));

    public void Dispose() => _log.Dispose();

    internal static InputFiles FilesIn(IDiskFolder folder) => new(folder, "alarms");

    private void DropOlder()
    {
        var bytes = 0L;
        _files.DropBefore(_log.Generation, old => IsForThePast(old, ref bytes));
    }

    // Once the bytes are used up, whatever is older goes too.
    private bool IsForThePast(long generation, ref long bytes)
    {
        bytes += _files.LengthOf(_files.StateName(generation)) + _files.LengthOf(_files.InputsName(generation));
        // It was written to until the next state was.
        return bytes <= _past.AlarmBytesMax
            && AlarmLogReader.ClockOf(_files, generation + 1) is { IsNever: false } until
            && Board.Now - until <= _past.Span;
    }

    private sealed class LoggedBoard(AlarmBoard board) : ILoggedBook
    {
        public void Replay(ReadOnlyMemory<byte> line) => board.Apply(AlarmInputJson.Read(line));

        public void WriteState(Utf8JsonWriter writer) => AlarmBoardState.Write(writer, board);
    }
}
