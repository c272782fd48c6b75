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
/// The inputs of a book on disk: a state file and the inputs since, one line each. A kill at any instant leaves a log
/// whose last line may be torn; that line was never answered and is cut off.
/// </summary>
internal sealed class InputLog : IDisposable
{
    private readonly ArrayBufferWriter<byte> _pending = new(64 * 1024);
    private readonly InputFiles _files;
    private readonly ILoggedBook _book;
    private readonly long _bytesMax;
    private FileStream _inputs;

    private InputLog(InputFiles files, ILoggedBook book, long bytesMax, FileStream inputs, long generation, long bytesCut)
    {
        (_files, _book, _bytesMax, _inputs) = (files, book, bytesMax, inputs);
        (Generation, BytesCut) = (generation, bytesCut);
    }

    public long Generation { get; private set; }

    /// <summary>The length of a torn last line that was cut off at the start.</summary>
    public long BytesCut { get; }

    /// <summary>Lines that wait to be written.</summary>
    public IBufferWriter<byte> Pending => _pending;

    /// <summary>Reads what is there, or begins anew in an empty folder.</summary>
    /// <param name="bytesMax">When the inputs are longer than this, the state is written and a new log begun.</param>
    /// <param name="begin">Makes the book of a state file's content, or an empty one where there is none.</param>
    /// <exception cref="InputLogException">A file is missing, or damaged other than at its torn end.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static InputLog Open(InputFiles files, long bytesMax, Func<byte[]?, ILoggedBook> begin)
    {
        Directory.CreateDirectory(files.Folder);
        var generation = files.NewestState();
        files.RefuseGaps(generation);
        var book = ReadState(generation == 0 ? null : files.StatePath(generation), begin);
        var path = files.InputsPath(generation);
        var kept = Replay(path, book);
        var inputs = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        var cut = inputs.Length - kept;
        inputs.SetLength(kept);
        inputs.Position = kept;
        return new InputLog(files, book, bytesMax, inputs, generation, cut);
    }

    /// <summary>Writes a state into an empty folder, from which it can be opened.</summary>
    public static void Write(InputFiles files, Action<Utf8JsonWriter> writeState)
    {
        Directory.CreateDirectory(files.Folder);
        using (File.Create(files.InputsPath(1)))
            WriteState(files.StatePath(1), FileMode.CreateNew, writeState);
    }

    /// <summary>Writes and flushes what waits; what was appended before is on disk when this returns.</summary>
    /// <returns>Whether a new generation was begun.</returns>
    public bool Flush()
    {
        if (_pending.WrittenCount == 0)
            return false;
        _inputs.Write(_pending.WrittenSpan);
        _inputs.Flush(flushToDisk: true);
        _pending.ResetWrittenCount();
        if (_inputs.Length <= _bytesMax)
            return false;
        Compact();
        return true;
    }

    /// <summary>Writes the state and begins a new log; the older ones can be dropped then.</summary>
    public void Compact()
    {
        var next = Generation + 1;
        var path = _files.StatePath(next);
        var unfinished = path + ".tmp";
        WriteState(unfinished, FileMode.Create, _book.WriteState);
        var inputs = new FileStream(_files.InputsPath(next), FileMode.Create, FileAccess.Write, FileShare.Read);
        inputs.Flush(flushToDisk: true);
        // From here on the new state counts.
        File.Move(unfinished, path, overwrite: true);
        _inputs.Dispose();
        _inputs = inputs;
        Generation = next;
    }

    public void Dispose() => _inputs.Dispose();

    private static ILoggedBook ReadState(string? path, Func<byte[]?, ILoggedBook> begin)
    {
        if (path is null)
            return begin(null);
        try
        {
            return begin(File.ReadAllBytes(path));
        }
        catch (SchemaException wrong)
        {
            throw new InputLogException(path, wrong.Message);
        }
    }

    private static void WriteState(string path, FileMode mode, Action<Utf8JsonWriter> writeState)
    {
        using var stream = new FileStream(path, mode, FileAccess.Write, FileShare.None);
        using (var json = new Utf8JsonWriter(stream))
            writeState(json);
        stream.Flush(flushToDisk: true);
    }

    // Returns the length up to the last whole line.
    private static long Replay(string path, ILoggedBook book)
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
}
