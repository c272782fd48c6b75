using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace DigitalTwin.Simulator.Mqtt;

/// <summary>What all links of a process share, and what they count together.</summary>
internal sealed class LinkFleet(EndPoint server, TimeProvider time) : IDisposable
{
    // As many as a listener's usual backlog takes without dropping; the rest of the fleet waits its turn.
    private const int ConnectsAtOnceMax = 64;

    private long _published;
    private long _acknowledged;
    private long _dropped;
    private long _refused;
    private volatile string? _lastProblem;

    public EndPoint Server => server;

    public TimeProvider Time => time;

    public Heartbeat Heartbeat { get; } = new(time);

    public SemaphoreSlim Connects { get; } = new(ConnectsAtOnceMax);

    public int Connected => Heartbeat.Count;

    public long Published => Interlocked.Read(ref _published);

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Messages that a device gave up because its memory was full while it could not send.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public long Refused => Interlocked.Read(ref _refused);

    public string? LastProblem => _lastProblem;

    public void CountPublished() => Interlocked.Increment(ref _published);

    public void CountAcknowledged() => Interlocked.Increment(ref _acknowledged);

    public void CountDropped() => Interlocked.Increment(ref _dropped);

    public void Note(Exception problem)
    {
        if (problem is MqttException { IsRefusal: true })
            Interlocked.Increment(ref _refused);
        _lastProblem = problem.Message;
    }

    public void Dispose() => Connects.Dispose();
}

/// <summary>
/// A device's connection over its life: it comes back when it is lost, and sends again what was not acknowledged.
/// </summary>
/// <param name="told">Takes what the server sends to the device; a device that listens to nobody has none.</param>
internal sealed class DeviceLink(
    LinkFleet fleet, DeviceLogin login, int window, Random random, Action<byte[]>? told = null)
{
    /// <summary>What a device remembers while it cannot send; beyond it the oldest goes.</summary>
    public const int MessagesKeptMax = 64;

    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly LinkedList<byte[]> _messages = [];
    private readonly Backoff _backoff = new(random, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30));
    private LinkedListNode<byte[]>? _nextToSend;
    private int _sentBefore;
    private int _taken;
    private Session? _session;
    private volatile MqttConnection? _connection;

    /// <summary>Nothing waits to be sent or acknowledged.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return _messages.Count == 0;
        }
    }

    public bool HasRoom
    {
        get
        {
            lock (_gate)
                return _messages.Count < MessagesKeptMax;
        }
    }

    public void Publish(byte[] body)
    {
        lock (_gate)
        {
            // While the oldest are on their way, they cannot be taken back; then it is the new one that goes.
            if (_messages.Count >= MessagesKeptMax)
            {
                fleet.CountDropped();
                if (_taken > 0)
                    return;
                _messages.RemoveFirst();
                _sentBefore = Math.Max(0, _sentBefore - 1);
                _nextToSend = _messages.First;
            }

            var node = _messages.AddLast(body);
            _nextToSend ??= node;
        }

        _connection?.Pump();
    }

    /// <summary>Connects, sends and connects again until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await ConnectAndRunAsync(cancellation);
            }
            catch (Exception lost) when (lost is SocketException or MqttException or OperationCanceledException)
            {
                if (cancellation.IsCancellationRequested)
                    return;
                fleet.Note(lost);
            }

            try
            {
                await Task.Delay(_backoff.Next(), fleet.Time, cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ConnectAndRunAsync(CancellationToken cancellation)
    {
        var session = new Session(this);
        using var connection = await ConnectAsync(session, cancellation);
        _backoff.Reset();
        Begin(session);
        fleet.Heartbeat.Add(connection);
        _connection = connection;
        try
        {
            await connection.RunAsync(cancellation);
        }
        finally
        {
            _connection = null;
            fleet.Heartbeat.Remove(connection);
        }
    }

    private async Task<MqttConnection> ConnectAsync(Session session, CancellationToken cancellation)
    {
        await fleet.Connects.WaitAsync(cancellation);
        try
        {
            using var within = new CancellationTokenSource(s_answerWithin, fleet.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(within.Token, cancellation);
            return await MqttConnection.ConnectAsync(
                fleet.Server, login, session, window, fleet.Time, either.Token);
        }
        finally
        {
            fleet.Connects.Release();
        }
    }

    // The session is clean: what the old connection did not see acknowledged is sent again on the new one.
    private void Begin(Session session)
    {
        lock (_gate)
        {
            _session = session;
            _sentBefore = Math.Max(_sentBefore, _taken);
            _taken = 0;
            _nextToSend = _messages.First;
        }
    }

    private byte[]? Filter => told is null ? null : login.DeviceBoundFilter;

    private void Told(ReadOnlySpan<byte> body) => told?.Invoke(body.ToArray());

    private bool TryTake(Session session, IBufferWriter<byte> packets, ushort packetId)
    {
        lock (_gate)
        {
            if (_session != session || _nextToSend is not { } node)
                return false;
            // MQTT 3.1.1 §3.3.1.1: DUP on another attempt at the same message.
            var isDuplicate = _taken < _sentBefore;
            MqttPackets.WritePublish(packets, login.Topic, packetId, node.Value, isDuplicate);
            _taken++;
            _nextToSend = node.Next;
            if (!isDuplicate)
                fleet.CountPublished();
            return true;
        }
    }

    private void Acknowledged(Session session)
    {
        lock (_gate)
        {
            if (_session != session)
                return;
            _messages.RemoveFirst();
            _taken--;
            _sentBefore = Math.Max(0, _sentBefore - 1);
            // Whoever sees that nothing is left to send sees it counted too.
            fleet.CountAcknowledged();
        }
    }

    /// <summary>The link as one connection sees it; a connection that is over takes nothing more.</summary>
    private sealed class Session(DeviceLink link) : IMessageSource
    {
        public bool TryTake(IBufferWriter<byte> packets, ushort packetId) => link.TryTake(this, packets, packetId);

        public void Acknowledged() => link.Acknowledged(this);

        public byte[]? Filter { get; } = link.Filter;

        public void Told(ReadOnlySpan<byte> body) => link.Told(body);
    }
}
