using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>How a change of a twin came out.</summary>
internal enum TwinOutcome : byte
{
    Changed,

    /// <summary>There is no such device.</summary>
    UnknownDevice,

    /// <summary>The twin is not the one that <c>If-Match</c> names.</summary>
    OtherEtag,

    /// <summary>The document breaks a rule; the detail says which.</summary>
    Refused,

    /// <summary>There is no room for more twins.</summary>
    Full,
}

/// <summary>The outcome of a change, the twin as it is now, and what was wrong.</summary>
internal readonly record struct TwinChange(TwinOutcome Outcome, TwinDocument? Twin, string Detail = "");

/// <summary>What a service changes of a twin; null: nothing.</summary>
internal sealed record TwinRequest(JsonObject? Tags, JsonObject? Desired);

/// <summary>
/// The device twins, kept in <c>hub-twins.ndjson</c>: a change is on disk before it is answered, seen by others or
/// told to the device. Changes of one device come one after the other, so that its desired versions do too.
/// </summary>
internal sealed partial class DeviceTwins : IAsyncDisposable
{
    public const string FileName = "hub-twins.ndjson";

    private const string DesiredTopic = "$iothub/twin/PATCH/properties/desired/?$version=";
    private const int Stripes = 1_024;

    private readonly ConcurrentDictionary<string, byte[]> _lines = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _models = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1, 1))];
    private readonly DeviceRegistry _registry;
    private readonly DeviceSessions _sessions;
    private readonly HubLimits _limits;
    private readonly TimeProvider _time;
    private readonly AppendLog _log;
    private long _bytes;

    /// <exception cref="DeviceFileException">A line of the file cannot be used.</exception>
    public DeviceTwins(
        string dataFolder, DeviceRegistry registry, DeviceSessions sessions, HubLimits limits, TimeProvider time)
    {
        (_registry, _sessions, _limits, _time) = (registry, sessions, limits, time);
        var path = Path.Combine(dataFolder, FileName);
        foreach (var (deviceId, line, modelId) in AppendLog.Read(path, Read))
        {
            if (line is null)
                _lines.TryRemove(deviceId, out _);
            else
                _lines[deviceId] = line;
            Note(deviceId, modelId);
        }

        // A device that was deleted just before a crash.
        foreach (var deviceId in _lines.Keys.Where(id => !registry.TryGet(id, out _)))
        {
            _lines.TryRemove(deviceId, out _);
            Note(deviceId, "");
        }

        _bytes = _lines.Values.Sum(line => (long)line.Length);
        _log = new AppendLog(path, () => _lines.Values);
        if (File.Exists(path))
            _log.Rewrite();
        registry.Revoked += Forget;
    }

    /// <summary>Bytes of all twins.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The twin; null where there is no such device. May be ahead of the disk by a change on its way.</summary>
    public TwinDocument? Find(string deviceId) => _registry.TryGet(deviceId, out _) ? Load(deviceId) : null;

    /// <summary>The twin as it is on disk; null where there is no such device.</summary>
    public async Task<TwinDocument?> GetAsync(string deviceId)
    {
        var turn = TurnOf(deviceId);
        await turn.WaitAsync();
        try
        {
            return Find(deviceId);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The device's own patch of its reported properties.</summary>
    /// <exception cref="IOException">The disk does not write; nothing has changed.</exception>
    public async Task<TwinChange> ReportAsync(string deviceId, JsonObject patch)
    {
        if (TwinPatch.ProblemOf(TwinPatch.WithoutSystem(patch), _limits) is { } problem)
            return new TwinChange(TwinOutcome.Refused, null, $"reported: {problem}");
        var turn = TurnOf(deviceId);
        await turn.WaitAsync();
        try
        {
            if (Find(deviceId) is not { } twin)
                return new TwinChange(TwinOutcome.UnknownDevice, null);
            twin.Reported.Patch(patch, Now(), tellsVersion: false);
            return await KeepAsync(twin);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>A service's change of tags and desired properties; a connected device is told of the latter.</summary>
    /// <param name="replaces">What is given replaces the section; otherwise it is merged.</param>
    /// <param name="etag">Null: whatever the twin is.</param>
    /// <exception cref="IOException">The disk does not write; nothing has changed.</exception>
    public async Task<TwinChange> ChangeAsync(string deviceId, TwinRequest request, bool replaces, string? etag)
    {
        if (request.Tags is { } given && TwinPatch.ProblemOf(given, _limits) is { } wrongTags)
            return new TwinChange(TwinOutcome.Refused, null, $"tags: {wrongTags}");
        if (request.Desired is { } desired
            && TwinPatch.ProblemOf(TwinPatch.WithoutSystem(desired), _limits) is { } wrongDesired)
            return new TwinChange(TwinOutcome.Refused, null, $"desired: {wrongDesired}");
        var turn = TurnOf(deviceId);
        await turn.WaitAsync();
        try
        {
            if (Find(deviceId) is not { } twin)
                return new TwinChange(TwinOutcome.UnknownDevice, null);
            if (etag is not null && etag != twin.Etag)
                return new TwinChange(TwinOutcome.OtherEtag, twin);
            var patch = Apply(twin, request, replaces);
            var change = await KeepAsync(twin);
            if (change.Outcome == TwinOutcome.Changed && patch is not null)
                await PushAsync(twin, patch);
            return change;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Takes the twin of a deleted device away.</summary>
    public async Task RemoveAsync(string deviceId)
    {
        var turn = TurnOf(deviceId);
        await turn.WaitAsync();
        try
        {
            if (_registry.TryGet(deviceId, out _) || !_lines.TryRemove(deviceId, out var line))
                return;
            Note(deviceId, "");
            Interlocked.Add(ref _bytes, -line.Length);
            await _log.AppendAsync(HubJson.Line(new JsonObject { ["deviceId"] = deviceId, ["gone"] = true }));
        }
        finally
        {
            turn.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _registry.Revoked -= Forget;
        return _log.DisposeAsync();
    }

    private static (string DeviceId, byte[]? Line, string ModelId) Read(ReadOnlyMemory<byte> line)
    {
        if (HubJson.TryParse(line.Span, out var json) && json.TextOf("deviceId") is { } gone
            && json!["gone"] is JsonValue value && value.TryGetValue(out bool isGone) && isGone)
            return (gone, null, "");
        var twin = TwinDocument.Parse(line.Span);
        return (twin.DeviceId, [.. line.Span, (byte)'\n'], twin.ModelId);
    }

    // What a deletion over another interface leaves; the file forgets it at the next start at the latest.
    private void Forget(string deviceId)
    {
        if (!_registry.TryGet(deviceId, out _))
            _ = RemoveAsync(deviceId).ContinueWith(
                task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default);
    }

    private SemaphoreSlim TurnOf(string deviceId) =>
        _turns[(uint)StringComparer.Ordinal.GetHashCode(deviceId) % Stripes];

    private string Now() => _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private TwinDocument Load(string deviceId) =>
        _lines.TryGetValue(deviceId, out var line) ? TwinDocument.Parse(line) : TwinDocument.Empty(deviceId);

    /// <summary>Returns what is to be told to the device; null: nothing.</summary>
    private JsonObject? Apply(TwinDocument twin, TwinRequest request, bool replaces)
    {
        if (request.Tags is { } tags)
        {
            if (replaces)
                twin.Tags = [];
            TwinSection.Merge(twin.Tags, tags);
        }

        twin.ServiceVersion++;
        if (request.Desired is not { } desired)
            return null;
        if (replaces)
            return twin.Desired.Replace(desired, Now(), tellsVersion: true);
        twin.Desired.Patch(desired, Now(), tellsVersion: true);
        return desired;
    }

    private async Task<TwinChange> KeepAsync(TwinDocument twin)
    {
        if (TooLarge() is { } section)
            return new TwinChange(TwinOutcome.Refused, null, section);
        twin.Version++;
        var line = twin.ToLine();
        var before = _lines.GetValueOrDefault(twin.DeviceId);
        var grows = line.Length - (before?.Length ?? 0);
        if (Interlocked.Add(ref _bytes, grows) > _limits.TwinsBytesMax && grows > 0)
        {
            Interlocked.Add(ref _bytes, -grows);
            return new TwinChange(TwinOutcome.Full, null, $"all twins have at most {_limits.TwinsBytesMax} bytes");
        }

        // Before it is appended: the log may be rewritten from here at any time.
        _lines[twin.DeviceId] = line;
        try
        {
            await _log.AppendAsync(line);
        }
        catch (IOException)
        {
            Interlocked.Add(ref _bytes, -grows);
            if (before is null)
                _lines.TryRemove(twin.DeviceId, out _);
            else
                _lines[twin.DeviceId] = before;
            throw;
        }

        return new TwinChange(TwinOutcome.Changed, twin);

        string? TooLarge() =>
            HubJson.Bytes(twin.Tags).Length > _limits.TagsBytesMax
                ? $"tags have at most {_limits.TagsBytesMax} bytes"
            : HubJson.Bytes(twin.Desired.Values).Length > _limits.PropertiesBytesMax
                ? $"desired properties have at most {_limits.PropertiesBytesMax} bytes"
            : HubJson.Bytes(twin.Reported.Values).Length > _limits.PropertiesBytesMax
                ? $"reported properties have at most {_limits.PropertiesBytesMax} bytes"
            : null;
    }

    // A device that is not there asks for its twin when it comes back.
    private async Task PushAsync(TwinDocument twin, JsonObject patch)
    {
        var json = patch.DeepClone().AsObject();
        json["$version"] = twin.Desired.Version;
        var topic = DesiredTopic + twin.Desired.Version.ToString(CultureInfo.InvariantCulture);
        await _sessions.SendAsync(twin.DeviceId, new OutboundMessage(topic, HubJson.Bytes(json)));
    }
}
