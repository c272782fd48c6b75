namespace DigitalTwin.Gateway.Mqtt;

/// <summary>What a session must know of the connection it is served on.</summary>
/// <param name="WindowMax">QoS 1 messages on their way at once: its Receive Maximum, within our own bound.</param>
/// <param name="PacketBytesMax">Its Maximum Packet Size; what is larger is not sent (5.0 §3.1.2.11.4).</param>
/// <param name="Kick">There is something to send; called under the session's lock, so it only notes it.</param>
internal sealed record SessionPeer(MqttVersion Version, int WindowMax, int PacketBytesMax, Action Kick);

/// <summary>
/// One client's session state (MQTT 5.0 §4.1), which outlives its connections: subscriptions, what waits for the
/// client or for its acknowledgement, and QoS 2 identifiers that are not released.
/// </summary>
internal sealed partial class ClientSession(string client, GatewayLimits limits, SessionLog? log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Subscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly List<Outgoing> _outgoing = []; // QoS 1 in order; before _next: on their way on this connection
    private readonly Queue<Outgoing> _direct = new(); // QoS 0
    private HashSet<ushort>? _received; // null: none yet, as with most devices
    private SessionPeer? _peer;
    private int _next;
    private ushort _lastPacketId;
    private long _lastNumber;
    private long _keptForSeconds;
    private bool _isLogged; // there is something of it in the log
    private bool _isGone;

    public string Client => client;

    /// <summary>Told, outside the session's lock, how each message ended.</summary>
    public Action<string, OutboundMessage, DeliveryEnd>? Ended { get; init; }

    /// <summary>When its connection ended, Unix milliseconds; 0 while it is connected or about to be.</summary>
    public long LeftAt { get; private set; }

    public bool IsConnected
    {
        get
        {
            lock (_gate)
                return _peer is not null;
        }
    }

    /// <summary>Bytes of messages that wait.</summary>
    public long BytesWaiting
    {
        get
        {
            lock (_gate)
                return _outgoing.Sum(one => (long)one.Message.Payload.Length);
        }
    }

    public int ReceivedCount => _received?.Count ?? 0;

    public bool IsOver(DateTimeOffset now)
    {
        lock (_gate)
            return _peer is null && LeftAt > 0 && now.ToUnixTimeMilliseconds() >= LeftAt + 1_000 * _keptForSeconds;
    }

    /// <summary>
    /// A connection takes the session up, unless it has just ended; what was on its way goes out again, in order.
    /// </summary>
    public bool TryAttach(SessionPeer peer, long keptForSeconds)
    {
        lock (_gate)
        {
            if (_isGone)
                return false;
            _peer = peer;
            _next = 0;
            _keptForSeconds = keptForSeconds;
            LeftAt = 0;
            if (_isLogged)
                Log(new SessionRecord { Client = client, KeptForSeconds = keptForSeconds, LeftAt = 0 });
            return true;
        }
    }

    /// <summary>The connection has ended; null for the expiry: as CONNECT said.</summary>
    public Task DetachAsync(SessionPeer peer, DateTimeOffset now, long? keptForSeconds)
    {
        List<Outgoing> lost;
        Task logged;
        lock (_gate)
        {
            if (_peer != peer)
                return Task.CompletedTask;
            _peer = null;
            _next = 0;
            _keptForSeconds = keptForSeconds ?? _keptForSeconds;
            LeftAt = now.ToUnixTimeMilliseconds();
            lost = [.. _direct];
            _direct.Clear();
            logged = _isLogged && _keptForSeconds > 0
                ? Log(new SessionRecord { Client = client, KeptForSeconds = _keptForSeconds, LeftAt = LeftAt })
                : Task.CompletedTask;
        }

        foreach (var message in lost)
            End(message, DeliveryEnd.Discarded);
        return logged;
    }

    /// <summary>The session is over: nothing of it is left.</summary>
    public Task DiscardAsync()
    {
        List<Outgoing> lost;
        Task logged;
        lock (_gate)
        {
            _isGone = true;
            lost = [.. _outgoing, .. _direct];
            _outgoing.Clear();
            _direct.Clear();
            _subscriptions.Clear();
            _received = null;
            logged = _isLogged ? Log(new SessionRecord { Client = client, Gone = true }) : Task.CompletedTask;
        }

        foreach (var message in lost)
            End(message, DeliveryEnd.Discarded);
        return logged;
    }

    /// <summary>Grants a filter; whether it is new, and when it is on disk.</summary>
    public Task SubscribeAsync(string filter, Subscription subscription, out bool isNew)
    {
        lock (_gate)
        {
            isNew = !_subscriptions.TryGetValue(filter, out var known);
            _subscriptions[filter] = subscription;
            return isNew || known != subscription
                ? LogKept(new SessionRecord { Client = client, Subscribed = filter, Options = subscription.Options })
                : Task.CompletedTask;
        }
    }

    /// <summary>Takes a filter back; whether it was there, and when that is on disk.</summary>
    public Task UnsubscribeAsync(string filter, out bool wasThere)
    {
        lock (_gate)
        {
            wasThere = _subscriptions.Remove(filter);
            return wasThere
                ? LogKept(new SessionRecord { Client = client, Unsubscribed = filter })
                : Task.CompletedTask;
        }
    }

    public int SubscriptionCount
    {
        get
        {
            lock (_gate)
                return _subscriptions.Count;
        }
    }

    public bool HasSubscription(string filter)
    {
        lock (_gate)
            return _subscriptions.ContainsKey(filter);
    }

    /// <summary>A copy.</summary>
    public KeyValuePair<string, Subscription>[] Subscriptions()
    {
        lock (_gate)
            return [.. _subscriptions];
    }

    /// <summary>The highest QoS among the subscriptions that take the topic; −1 where none does.</summary>
    public int GrantedQosOf(string topic)
    {
        lock (_gate)
            return GrantedQosUnderLock(topic);
    }

    /// <summary>Whether a QoS 2 packet identifier was not known; it is from now on, in memory.</summary>
    public bool TryReceive(ushort packetId)
    {
        lock (_gate)
            return (_received ??= []).Add(packetId);
    }

    /// <summary>The message of the identifier was not taken: it is as if it had not come.</summary>
    public void Forget(ushort packetId)
    {
        lock (_gate)
            _received?.Remove(packetId);
    }

    /// <summary>The message of the identifier is taken; completes once a restart will know it too.</summary>
    public Task KeepReceivedAsync(ushort packetId)
    {
        lock (_gate)
            return _received?.Contains(packetId) == true
                ? LogKept(new SessionRecord { Client = client, Received = packetId })
                : Task.CompletedTask;
    }

    public Task ReleaseAsync(ushort packetId, out bool wasThere)
    {
        lock (_gate)
        {
            wasThere = _received?.Remove(packetId) == true;
            return wasThere ? LogKept(new SessionRecord { Client = client, Released = packetId }) : Task.CompletedTask;
        }
    }

    /// <summary>Takes a message, or says why not; the task completes once one of QoS 1 is on disk.</summary>
    public Task OfferAsync(OutboundMessage message, bool hasRoom, out Sending sending)
    {
        lock (_gate)
        {
            var granted = _isGone ? -1 : GrantedQosUnderLock(message.Topic);
            var qos = Math.Min(granted, message.Qos);
            var refusal = granted < 0 ? SendOutcome.NotSubscribed
                : qos == 0 && _peer is null ? SendOutcome.Offline
                : !hasRoom || (qos == 0 ? _direct.Count : _outgoing.Count) >= limits.MessagesWaitingMax
                    ? SendOutcome.Full
                : SendOutcome.Sent;
            if (refusal != SendOutcome.Sent)
            {
                sending = Sending.Refused(refusal);
                return Task.CompletedTask;
            }

            var outgoing = new Outgoing(message, ++_lastNumber) { IsKept = qos == 1 };
            sending = new Sending(_peer is null ? SendOutcome.Queued : SendOutcome.Sent, outgoing.End.Task);
            if (qos == 0)
                _direct.Enqueue(outgoing);
            else
                _outgoing.Add(outgoing);
            var logged = qos == 1 ? LogKept(SessionRecord.Of(client, outgoing.Number, message)) : Task.CompletedTask;
            _peer?.Kick();
            return logged;
        }
    }

    /// <summary>Puts what may be sent now into the packets; false where there was nothing.</summary>
    public bool Collect(SessionPeer peer, MqttReplies packets, DateTimeOffset now)
    {
        List<(Outgoing Message, DeliveryEnd End)>? ended = null;
        lock (_gate)
        {
            if (_peer != peer)
                return false;
            while (packets.Length < limits.TransportBytesMax && _direct.TryDequeue(out var direct))
            {
                var isSent = direct.Message.ExpiresAt > now && packets.TryPublish(direct.Message, 0, 0, now, peer);
                (ended ??= []).Add((direct, isSent ? DeliveryEnd.Delivered
                    : direct.Message.ExpiresAt > now ? DeliveryEnd.Discarded : DeliveryEnd.Expired));
            }

            while (packets.Length < limits.TransportBytesMax && _next < _outgoing.Count && _next < peer.WindowMax)
            {
                var outgoing = _outgoing[_next];
                // 4.3.2: what was sent once is sent until it is acknowledged, expired or not.
                var isExpired = outgoing.PacketId == 0 && outgoing.Message.ExpiresAt <= now;
                var isAgain = outgoing.PacketId != 0;
                if (!isAgain)
                    outgoing.PacketId = NextPacketId();
                var flags = (byte)(0x02 | (isAgain ? 0x08 : 0) | (outgoing.IsRetained ? 1 : 0));
                if (!isExpired && packets.TryPublish(outgoing.Message, flags, outgoing.PacketId, now, peer))
                {
                    _next++;
                    continue;
                }

                _outgoing.RemoveAt(_next);
                Done(outgoing);
                (ended ??= []).Add((outgoing, isExpired ? DeliveryEnd.Expired : DeliveryEnd.Discarded));
            }
        }

        foreach (var (message, end) in ended ?? [])
            End(message, end);
        return !packets.IsEmpty;
    }

    /// <summary>Whether there is a message to send.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_gate)
                return _direct.Count > 0 || _next < _outgoing.Count;
        }
    }

    /// <summary>Something besides waits for room to be sent: an acknowledgement is a reason to look.</summary>
    public bool HasFeed { get; set; }

    /// <summary>Whether a QoS 1 message may go on its way now.</summary>
    public bool HasWindow(SessionPeer peer)
    {
        lock (_gate)
            return _peer == peer && _next < peer.WindowMax;
    }

    /// <summary>
    /// Puts a message that waited elsewhere into the packets; at QoS 1 it is sent again on a reconnect until it is
    /// acknowledged, but does not survive a restart.
    /// </summary>
    public void Publish(
        SessionPeer peer, OutboundMessage message, bool isRetained, MqttReplies packets, DateTimeOffset now)
    {
        lock (_gate)
        {
            var retain = (byte)(isRetained ? 1 : 0);
            if (message.Qos == 0)
            {
                packets.TryPublish(message, retain, 0, now, peer);
                return;
            }

            var outgoing = new Outgoing(message, ++_lastNumber) { PacketId = NextPacketId(), IsRetained = isRetained };
            if (_peer == peer && packets.TryPublish(message, (byte)(0x02 | retain), outgoing.PacketId, now, peer))
                _outgoing.Insert(_next++, outgoing);
        }
    }

    /// <summary>The client has a message; an identifier that is not on its way says nothing (4.3.2).</summary>
    public Task AcknowledgeAsync(ushort packetId, bool isTaken)
    {
        Outgoing outgoing;
        Task logged;
        lock (_gate)
        {
            var index = _outgoing.FindIndex(0, _next, one => one.PacketId == packetId);
            if (index < 0)
                return Task.CompletedTask;
            outgoing = _outgoing[index];
            _outgoing.RemoveAt(index);
            _next--;
            logged = Done(outgoing);
            if (_next < _outgoing.Count || HasFeed)
                _peer?.Kick();
        }

        End(outgoing, isTaken ? DeliveryEnd.Delivered : DeliveryEnd.Discarded);
        return logged;
    }

    private int GrantedQosUnderLock(string topic)
    {
        var granted = -1;
        foreach (var (filter, subscription) in _subscriptions)
        {
            if (subscription.Qos > granted && TopicFilter.Matches(filter, topic))
                granted = subscription.Qos;
        }

        return granted;
    }

    private ushort NextPacketId()
    {
        // 2.2.1: not 0, and none that is in use; there are fewer on their way than numbers.
        do
            _lastPacketId = _lastPacketId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastPacketId + 1);
        while (_outgoing.Exists(one => one.PacketId == _lastPacketId));
        return _lastPacketId;
    }

    private void End(Outgoing outgoing, DeliveryEnd end)
    {
        outgoing.End.TrySetResult(end);
        Ended?.Invoke(client, outgoing.Message, end);
    }

    private sealed record Outgoing(OutboundMessage Message, long Number)
    {
        /// <summary>0: never sent.</summary>
        public ushort PacketId { get; set; }

        /// <summary>It is in the log until it is done.</summary>
        public bool IsKept { get; init; }

        public bool IsRetained { get; init; }

        public TaskCompletionSource<DeliveryEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
