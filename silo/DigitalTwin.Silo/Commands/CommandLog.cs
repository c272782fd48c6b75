using System.Text.Json;
using DigitalTwin.Model.Commands;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Commands;

/// <summary>The command book's inputs on disk.</summary>
public sealed class CommandLog : IDisposable
{
    /// <summary>When a log is longer than this, the book's state is written and a new log begun.</summary>
    public const long LogBytesMax = 32L * 1024 * 1024;

    private readonly InputFiles _files;
    private readonly InputLog _log;

    private CommandLog(InputFiles files, CommandBook book, InputLog log) => (_files, Book, _log) = (files, book, log);

    /// <summary>The book as the disk has it, and then as it goes on.</summary>
    public CommandBook Book { get; }

    /// <summary>The length of a torn last line that was cut off at the start.</summary>
    public long BytesCut => _log.BytesCut;

    /// <summary>Reads what is there, or begins anew in an empty folder.</summary>
    /// <exception cref="InputLogException">A file is missing, or damaged other than at its torn end.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static CommandLog Open(string folder, long logBytesMax = LogBytesMax) =>
        Open(new DiskFolder(folder), logBytesMax);

    /// <inheritdoc cref="Open(string, long)"/>
    public static CommandLog Open(IDiskFolder folder, long logBytesMax)
    {
        var files = FilesIn(folder);
        CommandBook book = null!;
        var inner = InputLog.Open(files, logBytesMax, state => new LoggedBook(
            book = state is null ? new CommandBook() : CommandBookState.Read(state)));
        var log = new CommandLog(files, book, inner);
        log.DropOlder();
        return log;
    }

    /// <summary>Puts an input behind those that wait to be written.</summary>
    public void Append(CommandInput input) => _log.Append(input, CommandInputJson.WriteLine);

    /// <summary>Writes and flushes what waits; what was appended before is on disk when this returns.</summary>
    public void Flush()
    {
        if (_log.Flush())
            DropOlder();
    }

    /// <summary>Writes a book into an empty folder, from which it can be opened.</summary>
    public static void Write(string folder, CommandBook book) =>
        InputLog.Write(FilesIn(new DiskFolder(folder)), writer => CommandBookState.Write(writer, book));

    public void Dispose() => _log.Dispose();

    private static InputFiles FilesIn(IDiskFolder folder) => new(folder, "commands");

    private void DropOlder() => _files.DropBefore(_log.Generation, static _ => false);

    private sealed class LoggedBook(CommandBook book) : ILoggedBook
    {
        public void Replay(ReadOnlyMemory<byte> line) => book.Apply(CommandInputJson.Read(line));

        public void WriteState(Utf8JsonWriter writer) => CommandBookState.Write(writer, book);
    }
}
