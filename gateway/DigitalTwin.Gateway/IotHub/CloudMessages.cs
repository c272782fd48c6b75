using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>What became of sending a message to a device.</summary>
internal enum EnqueueOutcome : byte
{
    Taken,
    UnknownDevice,

    /// <summary>As many messages wait for the device as may.</summary>
    QueueFull,

    /// <summary>As many bytes wait for all devices as may.</summary>
    HubFull,
}

/// <summary>
/// Messages that wait for devices, kept in <c>hub-messages.ndjson</c>. A message is with the device's MQTT session
/// until its PUBACK, or locked by a receiver over HTTPS; it goes once it is completed, expired, rejected, or was
/// delivered as often as may be. At least once: a crash may bring one again.
/// </summary>
internal sealed class CloudMessages : IAsyncDisposable
{
    public const string FileName = "hub-messages.ndjson";

    private readonly ConcurrentDictionary<string, CloudQueue> _queues = new(StringComparer.Ordinal);
    private readonly DeviceRegistry _registry;
    private readonly DeviceSessions _sessions;
    private readonly HubLimits _limits;
    private readonly TimeProvider _time;
    private readonly MessageFeedback _feedback;
    private readonly AppendLog _log;
    private long _bytes;

    /// <exception cref="DeviceFileException">A line of the file cannot be used.</exception>
    public CloudMessages(
        string dataFolder, DeviceRegistry registry, DeviceSessions sessions, MessageFeedback feedback,
        HubLimits limits, TimeProvider time)
    {
        _feedback = feedback;
        (_registry, _sessions, _limits, _time) = (registry, sessions, limits, time);
        var path = Path.Combine(dataFolder, FileName);
        foreach (var (deviceId, token, message) in AppendLog.Read(path, Read))
        {
            if (message is null)
                QueueOf(deviceId).Remove(token);
            else
                QueueOf(deviceId).Put(message);
        }

        foreach (var (deviceId, queue) in _queues)
        {
            if (!registry.TryGet(deviceId, out _))
                _queues.TryRemove(deviceId, out _);
            else
                queue.MarkHanded(token => sessions.Holds(deviceId, token));
        }

        _bytes = _queues.Values.Sum(queue => queue.Bytes);
        _log = new AppendLog(path, () => _queues.Values.SelectMany(queue => queue.Lines()));
        if (File.Exists(path))
            _log.Rewrite();
        sessions.Ended += OnEnded;
        sessions.Listening += OnReady;
        registry.Revoked += OnRevoked;
    }

    /// <summary>Messages that wait for the device, on their way to it or not.</summary>
    public int CountOf(string deviceId)
    {
        if (!_queues.TryGetValue(deviceId, out var queue))
            return 0;
        Expire(deviceId, queue);
        return queue.Count;
    }

    /// <summary>Takes a message; it is on disk once this completes.</summary>
    /// <exception cref="IOException">The disk does not write; the message is not taken.</exception>
    public async Task<EnqueueOutcome> SendAsync(CloudMessage message)
    {
        if (!_registry.TryGet(message.DeviceId, out _))
            return EnqueueOutcome.UnknownDevice;
        var queue = QueueOf(message.DeviceId);
        Expire(message.DeviceId, queue);
        if (Interlocked.Add(ref _bytes, message.Bytes) > _limits.CloudMessagesBytesMax)
        {
            Interlocked.Add(ref _bytes, -message.Bytes);
            return EnqueueOutcome.HubFull;
        }

        if (!queue.TryAdd(message, _limits.CloudMessagesPerDeviceMax))
        {
            Interlocked.Add(ref _bytes, -message.Bytes);
            return EnqueueOutcome.QueueFull;
        }

        try
        {
            await _log.AppendAsync(message.ToLine());
        }
        catch (IOException)
        {
            if (queue.Remove(message.Token) is not null)
                Interlocked.Add(ref _bytes, -message.Bytes);
            throw;
        }

        queue.Open(message.Token);
        _ = DeliverAsync(message.DeviceId, queue);
        return EnqueueOutcome.Taken;
    }

    /// <summary>Locks the first message for a receiver over HTTPS; null where none waits.</summary>
    public CloudMessage? Receive(string deviceId, out string lockToken)
    {
        lockToken = "";
        if (!_queues.TryGetValue(deviceId, out var queue))
            return null;
        Expire(deviceId, queue);
        var now = _time.GetUtcNow();
        foreach (var worn in queue.TakeWorn(_limits.CloudDeliveriesMax, now))
            Forget(deviceId, worn, MessageEnd.DeliveryCountExceeded);
        var message = queue.Lock(now, now + _limits.CloudMessageLock);
        lockToken = message is null ? "" : LockOf(message);
        return message;
    }

    /// <summary>Ends the lock: the message is done, or waits again. False where the lock is not held any more.</summary>
    /// <param name="end">How it ended; null where it did not.</param>
    public async Task<bool> ReleaseAsync(string deviceId, string lockToken, MessageEnd? end)
    {
        if (!_queues.TryGetValue(deviceId, out var queue))
            return false;
        var message = queue.Unlock(one => LockOf(one) == lockToken, _time.GetUtcNow());
        if (message is null)
            return false;
        if (end is null && message.Deliveries < _limits.CloudDeliveriesMax)
        {
            await _log.AppendAsync(message.ToLine());
            _ = DeliverAsync(deviceId, queue);
            return true;
        }

        queue.Remove(message.Token);
        await Forget(deviceId, message, end ?? MessageEnd.DeliveryCountExceeded);
        return true;
    }

    /// <summary>Ends those whose time is over, of all devices.</summary>
    public void ExpireAll()
    {
        foreach (var (deviceId, queue) in _queues)
            Expire(deviceId, queue);
    }

    /// <summary>Drops what waits for the device; returns how many there were.</summary>
    public async Task<int> PurgeAsync(string deviceId)
    {
        if (!_queues.TryGetValue(deviceId, out var queue))
            return 0;
        var gone = queue.Clear();
        await Task.WhenAll(gone.Select(message => Forget(deviceId, message, MessageEnd.Purged)));
        return gone.Count;
    }

    public ValueTask DisposeAsync()
    {
        _sessions.Ended -= OnEnded;
        _sessions.Listening -= OnReady;
        _registry.Revoked -= OnRevoked;
        return _log.DisposeAsync();
    }

    private static (string DeviceId, string Token, CloudMessage? Message) Read(ReadOnlyMemory<byte> line)
    {
        if (!HubJson.TryParse(line.Span, out var json) || json.TextOf("deviceId") is not { } deviceId
            || json.TextOf("token") is not { } token)
            throw new JsonException("not a message");
        return (deviceId, token, json!["done"] is null ? CloudMessage.Parse(json) : null);
    }

    // A new lock has a new name, so that an old one cannot end it.
    private static string LockOf(CloudMessage message) =>
        string.Create(CultureInfo.InvariantCulture, $"{message.Token}-{message.Deliveries}");

    private CloudQueue QueueOf(string deviceId) => _queues.GetOrAdd(deviceId, _ => new CloudQueue());

    private void OnReady(string deviceId)
    {
        if (_queues.TryGetValue(deviceId, out var queue))
            _ = DeliverAsync(deviceId, queue);
    }

    private void OnRevoked(string deviceId)
    {
        if (!_registry.TryGet(deviceId, out _) && _queues.TryRemove(deviceId, out var queue))
            foreach (var message in queue.Clear())
                Forget(deviceId, message, MessageEnd.Purged);
    }

    private void OnEnded(string deviceId, string? tag, DeliveryEnd end)
    {
        if (tag is null || !_queues.TryGetValue(deviceId, out var queue))
            return;
        // What the session could not deliver waits for the device's next subscription.
        if (end == DeliveryEnd.Discarded)
        {
            if (queue.GiveBack(tag, isCounted: true, _limits.CloudDeliveriesMax) is { } again)
                AppendLog.Watch(_log.AppendAsync(again.ToLine()));
            else if (queue.Remove(tag) is { } worn)
                Forget(deviceId, worn, MessageEnd.DeliveryCountExceeded);
        }
        else if (queue.Remove(tag) is { } message)
        {
            Forget(
                deviceId, message, end == DeliveryEnd.Expired ? MessageEnd.Expired : MessageEnd.Success);
            // The session has room again.
            _ = DeliverAsync(deviceId, queue);
        }
    }

    private async Task DeliverAsync(string deviceId, CloudQueue queue)
    {
        const string Probe = "/messages/devicebound/";
        try
        {
            while (_sessions.IsConnected(deviceId) && _sessions.IsSubscribed(deviceId, $"devices/{deviceId}{Probe}")
                && queue.TryHand(_time.GetUtcNow()) is { } message)
            {
                var sending = await _sessions.SendAsync(deviceId, new OutboundMessage(message.Topic, message.Body)
                {
                    Qos = 1, ExpiresAt = message.ExpiresAt, Tag = message.Token,
                });
                if (sending.Outcome is SendOutcome.Sent or SendOutcome.Queued)
                {
                    queue.EndHanding();
                    continue;
                }

                queue.GiveBack(message.Token, isCounted: false, _limits.CloudDeliveriesMax);
                queue.EndHanding();
                return;
            }
        }
        catch (IOException)
        {
            // The session's log does not write: the message is with the session in memory, and its end will be told.
            queue.EndHanding();
        }
    }

    private void Expire(string deviceId, CloudQueue queue)
    {
        foreach (var message in queue.TakeExpired(_time.GetUtcNow()))
            Forget(deviceId, message, MessageEnd.Expired);
    }

    private Task Forget(string deviceId, CloudMessage message, MessageEnd end)
    {
        Interlocked.Add(ref _bytes, -message.Bytes);
        var written = _log.AppendAsync(HubJson.Line(new JsonObject
        {
            ["deviceId"] = deviceId, ["token"] = message.Token, ["done"] = true,
        }));
        var told = _feedback.TellAsync(message, end);
        AppendLog.Watch(written);
        AppendLog.Watch(told);
        return Task.WhenAll(written, told);
    }
}
