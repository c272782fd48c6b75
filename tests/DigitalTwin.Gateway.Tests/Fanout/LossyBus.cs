using System.Collections.Concurrent;
using DigitalTwin.Gateway.Fanout;
using Microsoft.Extensions.Caching.Distributed;

namespace DigitalTwin.Gateway.Tests.Fanout;

/// <summary>A bus in memory whose weather a test makes: what it loses, says twice or does not take at all.</summary>
internal sealed class LossyBus : IFanoutBus
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Action<ReadOnlyMemory<byte>>>> _listeners = [];
    private readonly List<byte[]> _said = [];

    /// <summary>How often each message is heard; null: once.</summary>
    public Func<string, int>? Weather { get; set; }

    public bool IsBroken { get; set; }

    /// <summary>What was said so far; a copy, because publishers go on.</summary>
    public IReadOnlyList<byte[]> Said
    {
        get
        {
            lock (_gate)
                return [.. _said];
        }
    }

    public Task PublishAsync(string channel, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (IsBroken)
            throw new IOException("the bus is not there");
        lock (_gate)
        {
            _said.Add(message.ToArray());
            for (var times = Weather?.Invoke(channel) ?? 1; times > 0; times--)
                foreach (var heard in _listeners.GetValueOrDefault(channel) ?? [])
                    heard(message);
        }

        return Task.CompletedTask;
    }

    public Task<IAsyncDisposable> SubscribeAsync(
        string channel, Action<ReadOnlyMemory<byte>> heard, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_listeners.TryGetValue(channel, out var all))
                _listeners[channel] = all = [];
            all.Add(heard);
        }

        return Task.FromResult<IAsyncDisposable>(new Ending(this, channel, heard));
    }

    private sealed class Ending(LossyBus bus, string channel, Action<ReadOnlyMemory<byte>> heard) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            lock (bus._gate)
                bus._listeners[channel].Remove(heard);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>A cache in memory that forgets when a test says so.</summary>
internal sealed class MemoryCacheDouble : IDistributedCache
{
    private readonly ConcurrentDictionary<string, byte[]> _values = [];

    public void Clear() => _values.Clear();

    public byte[]? Get(string key) => _values.GetValueOrDefault(key);

    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Task.FromResult(Get(key));

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => _values[key] = value;

    public Task SetAsync(
        string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        Set(key, value, options);
        return Task.CompletedTask;
    }

    public void Refresh(string key)
    {
    }

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public void Remove(string key) => _values.TryRemove(key, out _);

    public Task RemoveAsync(string key, CancellationToken token = default)
    {
        Remove(key);
        return Task.CompletedTask;
    }
}

/// <summary>A cache that has lost the second part of whatever is asked for.</summary>
internal sealed class ThinnedCache(IDistributedCache cache) : IDistributedCache
{
    private int _missed;

    public bool IsWhole { get; set; }

    public int Missed => Volatile.Read(ref _missed);

    public byte[]? Get(string key) => cache.Get(key);

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        if (IsWhole || !key.EndsWith(":1", StringComparison.Ordinal))
            return await cache.GetAsync(key, token);
        Interlocked.Increment(ref _missed);
        return null;
    }

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => cache.Set(key, value, options);

    public Task SetAsync(
        string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
        cache.SetAsync(key, value, options, token);

    public void Refresh(string key) => cache.Refresh(key);

    public Task RefreshAsync(string key, CancellationToken token = default) => cache.RefreshAsync(key, token);

    public void Remove(string key) => cache.Remove(key);

    public Task RemoveAsync(string key, CancellationToken token = default) => cache.RemoveAsync(key, token);
}
