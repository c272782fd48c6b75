using System.Collections.Concurrent;

namespace DigitalTwin.Gateway.Commands;

/// <summary>Devices that can be reached again: each once, however often it is said, until somebody takes them.</summary>
internal sealed class CommandWakes : IDisposable
{
    private readonly ConcurrentDictionary<string, bool> _devices = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _isAny = new(0);

    public void Add(string device)
    {
        if (_devices.TryAdd(device, true))
            _isAny.Release();
    }

    /// <summary>Waits until there are some; null where the time is over.</summary>
    public async Task<HashSet<string>?> TakeAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        if (!await _isAny.WaitAsync(within, cancellationToken))
            return null;
        var taken = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            foreach (var (device, _) in _devices)
                if (_devices.TryRemove(device, out _))
                    taken.Add(device);
        }
        while (_isAny.Wait(0, CancellationToken.None));
        return taken;
    }

    public void Dispose() => _isAny.Dispose();
}
