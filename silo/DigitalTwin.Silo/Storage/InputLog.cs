using System.Buffers;
using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Storage;

/// <summary>What a log's inputs are applied to.</summary>
internal interface ILoggedBook
{
    /// <summary>Takes one line in; it was applied before.</summary>
    /// <exception cref="FormatException">It is no input.</exception>
    void Replay(ReadOnlyMemory<byte> line);

    void WriteState(Utf8JsonWriter writer);
}

/// <summary>
/// The inputs of a book on disk: a state file and the inputs since, one <see cref="CheckedLine"/> each. A kill or a power
/// cut at any instant leaves a log whose last lines may be torn; they were never answered and are cut off. After a call
/// that failed the log is not to be used any more.
/// </summary>
internal sealed class InputLog : IDisposable
{
    private const string UnfinishedSuffix = ".tmp";

    private readonly ArrayBufferWriter<byte> _pending = new(64 * 1024);
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly InputFiles _files;
    private readonly ILoggedBook _book;
    private readonly long _bytesMax;
    private IDiskFile _inputs;
    private long _length;

    private InputLog(
        InputFiles files, ILoggedBook book, long bytesMax, IDiskFile inputs, long length, long generation, long bytesCut)
    {
        (_files, _book, _bytesMax, _inputs, _length) = (files, book, bytesMax, inputs, length);
        (Generation, BytesCut) = (generation, bytesCut);
    }

    public long Generation { get; private set; }

    /// <summary>The length of the torn last lines that were cut off at the start.</summary>
    public long BytesCut { get; }

    /// <summary>Reads what is there, or begins anew in an empty folder.</summary>
    /// <param name="bytesMax">When the inputs are longer than this, the state is written and a new log begun.</param>
    /// <param name="begin">Makes the book of a state file's content, or an empty one where there is none.</param>
    /// <exception cref="InputLogException">A file is missing, or damaged other than at its torn end.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static InputLog Open(InputFiles files, long bytesMax, Func<byte[]?, ILoggedBook> begin)
    {
        var generation = files.NewestState();
        files.RefuseGaps(generation);
        var book = generation == 0 ? begin(null) : ReadState(files, generation, begin);
        var name = files.InputsName(generation);
        var inputs = files.Folder.Exists(name) ? files.Folder.Open(name) : files.Folder.Create(name);
        try
        {
            var bytes = new byte[inputs.Length];
            var kept = Replay(files.PathOf(name), bytes.AsMemory(0, inputs.Read(0, bytes)), book);
            inputs.Truncate(kept);
            // After a failed fsync the kernel may hold pages that it takes for written and that never were: what is
            // replayed now must not be gone later. The same bytes over themselves cannot tear.
            if (kept > 0)
                inputs.Write(0, bytes.AsSpan(0, kept));
            inputs.Sync();
            files.Folder.SyncFolder();
            return new InputLog(files, book, bytesMax, inputs, kept, generation, bytes.Length - kept);
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
    }

    /// <summary>Writes a state into an empty folder, from which it can be opened.</summary>
    public static void Write(InputFiles files, Action<Utf8JsonWriter> writeState)
    {
        WriteState(files, files.StateName(1), writeState);
        files.Folder.Create(files.InputsName(1)).Dispose();
        files.Folder.SyncFolder();
    }

    /// <summary>Puts an input behind those that wait to be written.</summary>
    /// <param name="write">Writes it as one JSON object; a line feed behind it is allowed.</param>
    public void Append<T>(T input, Action<IBufferWriter<byte>, T> write)
    {
        _line.ResetWrittenCount();
        write(_line, input);
        CheckedLine.Write(_pending, _line.WrittenSpan);
    }

    /// <summary>Writes and flushes what waits; what was appended before is on disk when this returns.</summary>
    /// <returns>Whether a new generation was begun.</returns>
    public bool Flush()
    {
        if (_pending.WrittenCount == 0)
            return false;
        _inputs.Write(_length, _pending.WrittenSpan);
        _inputs.Sync();
        _length += _pending.WrittenCount;
        _pending.ResetWrittenCount();
        if (_length <= _bytesMax)
            return false;
        Compact();
        return true;
    }

    /// <summary>Writes the state and begins a new log; the older ones can be dropped then.</summary>
    public void Compact()
    {
        var next = Generation + 1;
        var state = _files.StateName(next);
        WriteState(_files, state + UnfinishedSuffix, _book.WriteState);
        var inputs = CreateAnew(_files, _files.InputsName(next));
        inputs.Sync();
        _files.Folder.SyncFolder();
        // From here on the new state counts.
        _files.Folder.Rename(state + UnfinishedSuffix, state);
        _files.Folder.SyncFolder();
        _inputs.Dispose();
        (_inputs, _length, Generation) = (inputs, 0, next);
    }

    public void Dispose() => _inputs.Dispose();

    /// <summary>What a state file's content is read as.</summary>
    /// <exception cref="InputLogException">It is not as it was written, or cannot be read.</exception>
    public static T ReadState<T>(InputFiles files, long generation, Func<byte[], T> read)
    {
        var name = files.StateName(generation);
        var bytes = files.ReadAll(name);
        if (!CheckedLine.IsWhole(bytes.AsSpan().TrimEnd((byte)'\n')))
            throw new InputLogException(files.PathOf(name), "is damaged, or of a version without checksums");
        try
        {
            return read(bytes);
        }
        catch (SchemaException wrong)
        {
            throw new InputLogException(files.PathOf(name), wrong.Message);
        }
    }

    private static void WriteState(InputFiles files, string name, Action<Utf8JsonWriter> writeState)
    {
        var state = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(state))
            writeState(json);
        var line = new ArrayBufferWriter<byte>(state.WrittenCount + 64);
        CheckedLine.Write(line, state.WrittenSpan);
        using var file = CreateAnew(files, name);
        file.Write(0, line.WrittenSpan);
        file.Sync();
    }

    // A kill in a compaction leaves files that nothing belongs to yet.
    private static IDiskFile CreateAnew(InputFiles files, string name)
    {
        if (files.Folder.Exists(name))
            files.Folder.Delete(name);
        return files.Folder.Create(name);
    }

    // Returns the length up to the last whole line.
    private static int Replay(string path, ReadOnlyMemory<byte> bytes, ILoggedBook book)
    {
        var (start, line) = (0, 0);
        while (bytes.Span[start..].IndexOf((byte)'\n') is >= 0 and var length)
        {
            line++;
            if (!CheckedLine.IsWhole(bytes.Span.Slice(start, length)))
            {
                if (HasWholeLine(bytes.Span[(start + length + 1)..]))
                    throw new InputLogException(
                        path, $"line {line}: is damaged, or of a version without checksums; there are more behind it");
                break;
            }

            try
            {
                book.Replay(bytes.Slice(start, length));
            }
            catch (FormatException wrong)
            {
                throw new InputLogException(path, $"line {line}: {wrong.Message}");
            }

            start += length + 1;
        }

        return start;
    }

    private static bool HasWholeLine(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is >= 0 and var length)
        {
            if (CheckedLine.IsWhole(bytes[..length]))
                return true;
            bytes = bytes[(length + 1)..];
        }

        return false;
    }
}
