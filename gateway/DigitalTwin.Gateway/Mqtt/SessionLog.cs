using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>Keeps sessions over restarts.</summary>
internal sealed class SessionLog : IAsyncDisposable
{
    public const string FileName = "mqtt-sessions.ndjson";

    private readonly AppendLog _log;

    /// <param name="state">All lines that make up the sessions now; for rewriting the file.</param>
    public SessionLog(string dataFolder, Func<IEnumerable<SessionRecord>> state) =>
        _log = new AppendLog(Path.Combine(dataFolder, FileName), () => state().Select(record => record.ToLine()));

    /// <summary>Every line of the file; a torn last line was never answered and is left out.</summary>
    /// <exception cref="DeviceFileException">A line cannot be used.</exception>
    public static IEnumerable<SessionRecord> Read(string dataFolder) =>
        AppendLog.Read(Path.Combine(dataFolder, FileName), line => SessionRecord.Parse(line.Span));

    /// <summary>Rewrites the file before anything else is written to it.</summary>
    public void Rewrite() => _log.Rewrite();

    /// <summary>The line's place in the file is that of the call; completes once it is on disk.</summary>
    /// <exception cref="IOException">From the task: the disk does not write.</exception>
    public Task AppendAsync(SessionRecord record) => _log.AppendAsync(record.ToLine());

    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
