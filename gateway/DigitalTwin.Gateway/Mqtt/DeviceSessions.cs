using System.Collections.Concurrent;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>
/// The sessions of MQTT clients, and the way to send something to one. A device's client id is its device id. QoS 1
/// messages and subscriptions of a session that outlives its connection survive a restart of the server.
/// </summary>
public sealed class DeviceSessions : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ClientSession> _byClient = new(StringComparer.Ordinal);
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly SessionLog? _log;
    private long _bytesWaiting;

    /// <param name="dataFolder">Where sessions are kept; null: in memory only.</param>
    /// <exception cref="DeviceFileException">A line of the file cannot be used.</exception>
    public DeviceSessions(string? dataFolder, GatewayLimits limits, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(time);
        (_limits, _time) = (limits, time);
        if (dataFolder is null)
            return;
        _log = new SessionLog(dataFolder, () => _byClient.Values.SelectMany(session => session.ToRecords()));
        Restore(dataFolder);
    }

    /// <summary>How a message ended: client, tag, end; also of those from before a restart. Outside of locks.</summary>
    public event Action<string, string?, DeliveryEnd>? Ended;

    /// <summary>
    /// A device listens: it has subscribed to something, or is back with its subscriptions, and what waits for it may be
    /// sent. Whoever is told takes no time.
    /// </summary>
    public event Action<string>? Listening;

    /// <summary>A session is over.</summary>
    internal event Action<string>? Discarded;

    /// <summary>Sessions, connected or not.</summary>
    public int Count => _byClient.Count;

    /// <summary>
    /// Sends to the client where a subscription of it takes the topic. Completes once the outcome holds, which for a
    /// QoS 1 message of a kept session is once it is on disk; <see cref="Sending.End"/> completes when it has ended.
    /// </summary>
    /// <exception cref="IOException">The disk does not write; the message may be sent all the same.</exception>
    public async ValueTask<Sending> SendAsync(string clientId, OutboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Payload.Length, _limits.MessageBytesMax);
        if (!_byClient.TryGetValue(clientId, out var session))
            return Sending.Refused(SendOutcome.NotSubscribed);
        var hasRoom = Volatile.Read(ref _bytesWaiting) + message.Payload.Length <= _limits.BytesWaitingMax;
        // Counted before the message can end.
        Interlocked.Add(ref _bytesWaiting, message.Payload.Length);
        var logged = session.OfferAsync(message, hasRoom, out var sending);
        if (sending.Outcome is not (SendOutcome.Sent or SendOutcome.Queued))
            Interlocked.Add(ref _bytesWaiting, -message.Payload.Length);
        await logged;
        return sending;
    }

    public bool IsConnected(string clientId) =>
        _byClient.TryGetValue(clientId, out var session) && session.IsConnected;

    /// <summary>Whether a subscription of the client takes the topic.</summary>
    public bool IsSubscribed(string clientId, string topic) =>
        _byClient.TryGetValue(clientId, out var session) && session.GrantedQosOf(topic) >= 0;

    /// <summary>Whether a QoS 1 message of this tag waits in the client's session.</summary>
    internal bool Holds(string clientId, string tag) =>
        _byClient.TryGetValue(clientId, out var session) && session.Holds(tag);

    internal void TellListening(string clientId) => Listening?.Invoke(clientId);

    public ValueTask DisposeAsync() => _log?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>The client's session for a new connection; whether there was one.</summary>
    internal async ValueTask<(ClientSession Session, bool IsPresent)> OpenAsync(
        string client, bool isClean, SessionPeer peer, long keptForSeconds)
    {
        if (!isClean && _byClient.TryGetValue(client, out var known) && !known.IsOver(_time.GetUtcNow())
            && known.TryAttach(peer, keptForSeconds))
            return (known, true);
        await DiscardAsync(client);
        var session = _byClient.GetOrAdd(client, New);
        session.TryAttach(peer, keptForSeconds);
        return (session, false);
    }

    /// <summary>The connection of the session has ended.</summary>
    internal async ValueTask CloseAsync(ClientSession session, SessionPeer peer, long? keptForSeconds)
    {
        await session.DetachAsync(peer, _time.GetUtcNow(), keptForSeconds);
        if (session.IsOver(_time.GetUtcNow()))
            await DiscardAsync(session.Client);
    }

    internal async ValueTask DiscardAsync(string client)
    {
        if (!_byClient.TryRemove(client, out var session))
            return;
        Discarded?.Invoke(client);
        await session.DiscardAsync();
    }

    /// <summary>Discards the sessions whose time is over.</summary>
    internal async ValueTask ExpireAsync()
    {
        var now = _time.GetUtcNow();
        foreach (var (client, session) in _byClient)
        {
            if (session.IsOver(now))
                await DiscardAsync(client);
        }
    }

    private ClientSession New(string client) => new(client, _limits, _log)
    {
        Ended = (id, message, end) =>
        {
            Interlocked.Add(ref _bytesWaiting, -message.Payload.Length);
            Ended?.Invoke(id, message.Tag, end);
        },
    };

    private void Restore(string dataFolder)
    {
        foreach (var record in SessionLog.Read(dataFolder))
        {
            if (record.Gone == true)
                _byClient.TryRemove(record.Client, out _);
            else
                _byClient.GetOrAdd(record.Client, New).Restore(record);
        }

        foreach (var session in _byClient.Values)
        {
            session.Recovered(_time.GetUtcNow());
            _bytesWaiting += session.BytesWaiting;
        }

        _log!.Rewrite();
    }
}
