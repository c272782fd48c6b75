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

    private readonly InputFiles _files;
    private long _generation;
    private IDiskFile _file;
    private long _offset;
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private AlarmInput? _next;

    private AlarmLogReader(InputFiles files, long generation, AlarmBoard board)
    {
        (_files, _generation, Board) = (files, generation, board);
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
        var files = AlarmLog.FilesIn(new DiskFolder(folder));
        foreach (var generation in Startable(files).OrderDescending())
            if (generation == 0 || ClockOf(files, generation) < at)
                return new AlarmLogReader(files, generation, generation == 0
                    ? new AlarmBoard(graph, rules, norms)
                    : InputLog.ReadState(files, generation, state => AlarmBoardState.Read(state, graph, rules, norms)));
        throw new InputLogException(folder, $"the alarms of {at} are not kept any more");
    }

    /// <summary>The instant that the board can be had after; never where it can from its beginning.</summary>
    public static Instant EarliestOf(string folder)
    {
        var files = AlarmLog.FilesIn(new DiskFolder(folder));
        return Startable(files).Min() is > 0 and var oldest ? ClockOf(files, oldest) : Instant.Never;
    }

    /// <summary>The board's clock in a state file; never where there is none.</summary>
    public static Instant ClockOf(InputFiles files, long generation)
    {
        try
        {
            using var file = files.Folder.Open(files.StateName(generation));
            Span<byte> head = stackalloc byte[StateHeadBytes];
            var json = new Utf8JsonReader(head[..file.Read(0, head)], isFinalBlock: false, default);
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
    private static List<long> Startable(InputFiles files)
    {
        var (states, inputs) = (files.States(), files.Inputs());
        var found = new List<long>();
        for (var generation = states.DefaultIfEmpty().Max(); inputs.Contains(generation); generation--)
            if (generation == 0 || states.Contains(generation))
                found.Add(generation);
        return found.Count > 0 ? found : throw new InputLogException(files.Folder.Folder, "there is no alarm log");
    }

    private AlarmInput Read(ReadOnlyMemory<byte> line)
    {
        if (!CheckedLine.IsWhole(line.Span))
            throw new InputLogException(_files.PathOf(_files.InputsName(_generation)), "a line is damaged");
        try
        {
            return AlarmInputJson.Read(line);
        }
        catch (FormatException wrong)
        {
            throw new InputLogException(_files.PathOf(_files.InputsName(_generation)), wrong.Message);
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
            var more = ReadMore();
            if (more == 0)
            {
                line = default;
                return false;
            }
        }
    }

    private int ReadMore()
    {
        var more = _file.Read(_offset, _buffer.AsSpan(_end));
        _end += more;
        _offset += more;
        return more;
    }

    // A state that is there ends the inputs before it; what was written before it came is read first.
    private bool TryGoOn()
    {
        var states = _files.States();
        if (states.DefaultIfEmpty().Max() <= _generation)
            return false;
        if (!states.Contains(_generation + 1))
            throw new InputLogException(_files.Folder.Folder, "the alarms that follow are not kept any more");
        if (ReadMore() > 0)
            return true;
        var next = OpenInputs(_generation + 1);
        _file.Dispose();
        (_file, _generation, _offset, _start, _end) = (next, _generation + 1, 0, 0, 0);
        return true;
    }

    private IDiskFile OpenInputs(long generation)
    {
        var name = _files.InputsName(generation);
        try
        {
            return _files.Folder.Open(name);
        }
        catch (FileNotFoundException)
        {
            throw new InputLogException(_files.PathOf(name), "is not kept any more");
        }
    }
}
