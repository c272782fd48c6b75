using System.Collections.Concurrent;
using DigitalTwin.Silo.Orleans.Grains;
using Orleans.Storage;

namespace DigitalTwin.Silo.Orleans.Tests;

/// <summary>A store beside the silos of a test: what is in it outlives them, and two writers find each other out.</summary>
internal sealed class ProcessGrainStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<(string, GrainId), (long Version, byte[] Memory)> _rows = new();
    private long _writes;

    public long Writes => Interlocked.Read(ref _writes);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.RecordExists = _rows.TryGetValue((stateName, grainId), out var row);
        grainState.State = (T)(object)new UnitState { Version = row.Version, Memory = row.Memory };
        grainState.ETag = grainState.RecordExists ? $"{row.Version}" : null;
        return Task.CompletedTask;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        // As from a store that answers later: other calls of the grain come in between.
        await Task.Yield();
        var known = grainState.ETag is { } etag ? long.Parse(etag) : 0;
        var row = (known + 1, ((UnitState)(object)grainState.State!).Memory!);
        var isWritten = known == 0
            ? _rows.TryAdd((stateName, grainId), row)
            : _rows.TryGetValue((stateName, grainId), out var old) && old.Version == known
                && _rows.TryUpdate((stateName, grainId), row, old);
        if (!isWritten)
            throw new InconsistentStateException($"another activation of {grainId} has written since");
        Interlocked.Increment(ref _writes);
        (grainState.ETag, grainState.RecordExists) = ($"{known + 1}", true);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        throw new NotSupportedException("units are never forgotten");
}
