namespace DigitalTwin.Gateway.Tests.Crash;

/// <summary>Does something once, at the n-th time that the operating system tells of a file of a folder.</summary>
internal sealed class CrashWatch : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private int _left;

    /// <param name="changes">Which change counts; a file that appears counts where it is <c>FileName</c>.</param>
    public CrashWatch(string folder, string pattern, NotifyFilters changes, int times, Action then)
    {
        _left = times;
        _watcher = new FileSystemWatcher(folder, pattern) { NotifyFilter = changes };
        void Count(object sender, FileSystemEventArgs change)
        {
            if (Interlocked.Decrement(ref _left) != 0)
                return;
            HasActed = true;
            then();
        }

        _watcher.Created += Count;
        if (changes != NotifyFilters.FileName)
            _watcher.Changed += Count;
        _watcher.EnableRaisingEvents = true;
    }

    public bool HasActed { get; private set; }

    public void Dispose() => _watcher.Dispose();
}
