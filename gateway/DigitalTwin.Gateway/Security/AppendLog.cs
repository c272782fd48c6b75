using System.Diagnostics;
using System.Text.Json;

namespace DigitalTwin.Gateway.Security;

/// <summary>
/// A private append log of lines that one loop writes. What comes while a flush is on its way shares the next one, and
/// whoever waits for its line waits for the flush.
/// </summary>
internal sealed class AppendLog : IAsyncDisposable
{
    // Rewritten where it has grown to more than twice what its content takes, and is worth it.
    private const long RewriteFromBytes = 8L << 20;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Func<IEnumerable<byte[]>> _state;
    private readonly SemaphoreSlim _due = new(0, 1);
    private readonly Task _loop;
    private MemoryStream _lines = new();
    private TaskCompletionSource _flush = NewFlush();
    private long _bytes;
    private long _bytesAfterRewrite;
    private bool _isStopping;

    /// <param name="state">All lines that make up the content now, ends of line included; for rewriting the file.</param>
    public AppendLog(string path, Func<IEnumerable<byte[]>> state)
    {
        _path = path;
        _state = state;
        _bytes = File.Exists(_path) ? new FileInfo(_path).Length : 0;
        _loop = Task.Run(WriteAsync);
    }

    /// <summary>
    /// For a line that nobody waits for: one that is lost is said again, or is not missed. Only a disk that does not
    /// write may lose it.
    /// </summary>
    public static void Watch(Task written) => _ = written.ContinueWith(
        task => Debug.Assert(task.Exception!.InnerException is IOException or UnauthorizedAccessException),
        CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>Every line of the file without its end; a torn last line was never answered and is left out.</summary>
    /// <exception cref="DeviceFileException">A line cannot be used: reading it threw a JSON exception.</exception>
    public static IEnumerable<T> Read<T>(string path, Func<ReadOnlyMemory<byte>, T> read)
    {
        if (!File.Exists(path))
            yield break;
        var number = 0;
        // The last piece has no end of line: torn, or empty.
        var lines = File.ReadAllBytes(path).AsMemory();
        while (lines.Span.IndexOf((byte)'\n') is >= 0 and var end)
        {
            number++;
            T line;
            try
            {
                line = read(lines[..end]);
            }
            catch (JsonException)
            {
                throw new DeviceFileException(path, number, "it is not a line of this file");
            }

            yield return line;
            lines = lines[(end + 1)..];
        }
    }

    /// <summary>Rewrites the file before anything else is written to it.</summary>
    public void Rewrite()
    {
        PrivateFile.Replace(_path, stream =>
        {
            foreach (var line in _state())
                stream.Write(line);
        });
        _bytes = _bytesAfterRewrite = new FileInfo(_path).Length;
    }

    /// <summary>The line's place in the file is that of the call; completes once it is on disk.</summary>
    /// <exception cref="IOException">From the task: the disk does not write.</exception>
    public Task AppendAsync(ReadOnlySpan<byte> line)
    {
        Task flushed;
        lock (_gate)
        {
            _lines.Write(line);
            flushed = _flush.Task;
            if (_due.CurrentCount == 0)
                _due.Release();
        }

        return flushed;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isStopping = true;
            if (_due.CurrentCount == 0)
                _due.Release();
        }

        await _loop;
        _due.Dispose();
    }

    private async Task WriteAsync()
    {
        var spare = new MemoryStream();
        while (true)
        {
            await _due.WaitAsync();
            TaskCompletionSource flush;
            bool isLast;
            lock (_gate)
            {
                (_lines, spare) = (spare, _lines);
                flush = _flush;
                _flush = NewFlush();
                isLast = _isStopping;
            }

            try
            {
                if (spare.Length > 0)
                    PrivateFile.Append(_path, spare.GetBuffer().AsSpan(0, (int)spare.Length));
                _bytes += spare.Length;
                if (_bytes > RewriteFromBytes && _bytes > 2 * _bytesAfterRewrite)
                    Rewrite();
                flush.SetResult();
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                // Whoever waits for these lines refuses what it was asked for; the clients ask again.
                flush.SetException(failed);
                _ = flush.Task.Exception; // also where nobody waits
            }

            spare.SetLength(0);
            if (isLast)
                return;
        }
    }

    private static TaskCompletionSource NewFlush() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
