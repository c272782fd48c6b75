using System.Text.Json.Nodes;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>What an import says of a device twin.</summary>
/// <param name="ModelId">Null: nothing.</param>
internal sealed record ImportedTwin(string DeviceId, string? ModelId, JsonObject Tags);

/// <summary>The models of devices, first twins, and twins that come in bulk.</summary>
internal sealed partial class DeviceTwins
{
    private const int EmptyLineBytes = 300; // without tags, with a model

    /// <summary>The model that the device announced last; null: none.</summary>
    public string? ModelOf(string deviceId) => _models.GetValueOrDefault(deviceId);

    /// <summary>All devices with a model; a copy.</summary>
    public KeyValuePair<string, string>[] Models() => _models.ToArray();

    /// <summary>Keeps the model that the device says it is of; nothing is written where it said so before.</summary>
    /// <exception cref="IOException">The disk does not write; nothing has changed.</exception>
    public async Task AnnounceAsync(string deviceId, string modelId)
    {
        if (ModelOf(deviceId) == modelId)
            return;
        var turn = TurnOf(deviceId);
        await turn.WaitAsync();
        try
        {
            if (Find(deviceId) is not { } twin || twin.ModelId == modelId)
                return;
            twin.ModelId = modelId;
            if ((await KeepAsync(twin)).Outcome == TwinOutcome.Changed)
                Note(deviceId, modelId);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Lays tags and desired properties into a twin that no service has changed yet.</summary>
    /// <exception cref="IOException">The disk does not write; nothing has changed.</exception>
    public async Task<TwinChange> BeginAsync(string deviceId, TwinRequest first)
    {
        if (Find(deviceId) is not { } twin)
            return new TwinChange(TwinOutcome.UnknownDevice, null);
        // A change that comes in between names another etag and wins.
        return twin.ServiceVersion > 1
            ? new TwinChange(TwinOutcome.Changed, twin)
            : await ChangeAsync(deviceId, first, replaces: false, twin.Etag);
    }

    /// <summary>What is wrong with an import of the twin in words; null: nothing.</summary>
    /// <param name="bytes">About how much the twins grow by it.</param>
    public string? ProblemOf(ImportedTwin imported, out int bytes)
    {
        var tags = imported.Tags;
        if (_lines.ContainsKey(imported.DeviceId))
            TwinSection.Merge(tags = Load(imported.DeviceId).Tags, imported.Tags);
        var tagBytes = HubJson.Bytes(tags).Length;
        bytes = EmptyLineBytes + tagBytes;
        return tagBytes > _limits.TagsBytesMax ? $"tags have at most {_limits.TagsBytesMax} bytes" : null;
    }

    // The twin as it is after the import; null where that changes nothing.
    private TwinDocument? Preview(ImportedTwin imported)
    {
        var twin = Load(imported.DeviceId);
        var isOther = imported.ModelId is { } model && model != twin.ModelId;
        var tags = twin.Tags.DeepClone();
        TwinSection.Merge(twin.Tags, imported.Tags);
        var areOther = !JsonNode.DeepEquals(tags, twin.Tags);
        if (!isOther && !areOther)
            return null;
        twin.ModelId = imported.ModelId ?? twin.ModelId;
        twin.Version++;
        if (areOther)
            twin.ServiceVersion++;
        return twin;
    }

    /// <summary>Whether there is room for twins that grow by so many bytes.</summary>
    public bool HasRoomFor(long bytes) => Bytes + bytes <= _limits.TwinsBytesMax;

    /// <summary>Takes twins over, and names those that changed; completes once all of it is on disk.</summary>
    /// <exception cref="IOException">The disk does not write; some of it may be there.</exception>
    public async Task<HashSet<string>> ImportAsync(IEnumerable<ImportedTwin> imported)
    {
        var changed = new HashSet<string>(StringComparer.Ordinal);
        var flushes = new List<Task>();
        foreach (var one in imported)
        {
            var turn = TurnOf(one.DeviceId);
            await turn.WaitAsync();
            try
            {
                if (Preview(one) is not { } twin)
                    continue;
                var line = twin.ToLine();
                Interlocked.Add(
                    ref _bytes, line.Length - (_lines.TryGetValue(one.DeviceId, out var before) ? before.Length : 0));
                _lines[one.DeviceId] = line;
                changed.Add(one.DeviceId);
                Note(one.DeviceId, twin.ModelId);
                var flushed = _log.AppendAsync(line);
                if (flushes.Count == 0 || flushes[^1] != flushed)
                    flushes.Add(flushed);
            }
            finally
            {
                turn.Release();
            }
        }

        await Task.WhenAll(flushes);
        return changed;
    }

    private void Note(string deviceId, string modelId)
    {
        if (modelId.Length == 0)
            _models.TryRemove(deviceId, out _);
        else
            _models[deviceId] = modelId;
    }
}
