using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Alarms;

/// <summary>
/// Reads an alarm log again from before an instant, beside the desk that goes on writing it: the board as it stood
/// then, and what came in after that, one by one. One thread.
/// </summary>
internal sealed class AlarmLogReader : IDisposable
{
    // The clock stands behind the version, in the first bytes of a state.
    private const int StateHeadBytes = 256;

    private readonly string _folder;
    private long _generation;
    private FileStream _file;
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private AlarmInput? _next;

    private AlarmLogReader(string folder, long generation, AlarmBoard board)
    {
        (_folder, _generation, Board) = (folder, generation, board);
        _file = OpenInputs(generation);
    }

    /// <summary>As the state before the inputs has it; who reads the inputs applies them.</summary>
    public AlarmBoard Board { get; }

    /// <summary>A log from the newest state that is older than an instant.</summary>
    /// <exception cref="InputLogException">No state is as old, or it cannot be read.</exception>
    /// <exception cref="IOException">The disk does not read.</exception>
    public static AlarmLogReader Open(
        string folder, Instant at, CityGraph graph, AlarmRuleBook rules, AlarmNorms norms)
    {
        foreach (var generation in Startable(folder).OrderDescending())
            if (generation == 0 || ClockOf(AlarmLog.StatePath(folder, generation)) < at)
                return new AlarmLogReader(folder, generation, generation == 0
                    ? new AlarmBoard(graph, rules, norms)
                    : AlarmLog.ReadState(AlarmLog.StatePath(folder, generation), graph, rules, norms));
        throw new InputLogException(folder, $"the alarms of {at} are not kept any more");
    }

    /// <summary>The instant that the board can be had after; never where it can from its beginning.</summary>
    public static Instant EarliestOf(string folder) =>
        Startable(folder).Min() is > 0 and var oldest ? ClockOf(AlarmLog.StatePath(folder, oldest)) : Instant.Never;

    /// <summary>The board's clock in a state file; never where there is none.</summary>
    public static Instant ClockOf(string statePath)
    {
        try
        {
            using var file = new FileStream(
                statePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> head = stackalloc byte[StateHeadBytes];
            var json = new Utf8JsonReader(head[..file.ReadAtLeast(head, StateHeadBytes, throwOnEndOfStream: false)],
                isFinalBlock: false, default);
            while (json.Read())
                if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("now"u8))
                    return json.Read() && json.TryGetInt64(out var now) ? new Instant(now) : Instant.Never;
            return Instant.Never;
        }
        catch (Exception none) when (none is IOException or JsonException or InvalidOperationException)
        {
            return Instant.Never;
        }
    }

    /// <summary>The next input, again until it is taken; null where nothing more is written yet.</summary>
    /// <exception cref="InputLogException">A line cannot be read, or the log was let go meanwhile.</exception>
    public AlarmInput? Peek()
    {
        while (_next is null)
        {
            if (TryLine(out var line))
                _next = Read(line);
            else if (!TryGoOn())
                return null;
        }

        return _next;
    }

    public void Take() => _next = null;

    public void Dispose() => _file.Dispose();

    // From the newest back, as far as none is missing between: those that a reader can begin with.
    private static List<long> Startable(string folder)
    {
        var (states, inputs) = AlarmLog.GenerationsOf(folder);
        var found = new List<long>();
        for (var generation = states.DefaultIfEmpty().Max(); inputs.Contains(generation); generation--)
            if (generation == 0 || states.Contains(generation))
                found.Add(generation);
        return found.Count > 0 ? found : throw new InputLogException(folder, "there is no alarm log");
    }

    private AlarmInput Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            return AlarmInputJson.Read(line);
        }
        catch (FormatException wrong)
        {
            throw new InputLogException(AlarmLog.InputsPath(_folder, _generation), wrong.Message);
        }
    }

    private bool TryLine(out ReadOnlyMemory<byte> line)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start.._end).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = _buffer.AsMemory(_start, length);
                _start += length + 1;
                return true;
            }

            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            if (_end == _buffer.Length)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            var more = _file.Read(_buffer.AsSpan(_end));
            if (more == 0)
            {
                line = default;
                return false;
            }

            _end += more;
        }
    }

    // A state that is there ends the inputs before it; what was written before it came is read first.
    private bool TryGoOn()
    {
        var states = AlarmLog.GenerationsOf(_folder).States;
        if (states.DefaultIfEmpty().Max() <= _generation)
            return false;
        if (!states.Contains(_generation + 1))
            throw new InputLogException(_folder, "the alarms that follow are not kept any more");
        var more = _file.Read(_buffer.AsSpan(_end));
        _end += more;
        if (more > 0)
            return true;
        var next = OpenInputs(_generation + 1);
        _file.Dispose();
        (_file, _generation, _start, _end) = (next, _generation + 1, 0, 0);
        return true;
    }

    private FileStream OpenInputs(long generation)
    {
        var path = AlarmLog.InputsPath(_folder, generation);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        }
        catch (FileNotFoundException)
        {
            throw new InputLogException(path, "is not kept any more");
        }
    }
}
