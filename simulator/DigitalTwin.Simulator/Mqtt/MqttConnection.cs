using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DigitalTwin.Simulator.Mqtt;

/// <summary>The server spoke something else than MQTT 3.1.1, refused the device or fell silent.</summary>
internal sealed class MqttException(string problem, bool isRefusal = false) : Exception(problem)
{
    /// <summary>The server answered, and it said no: trying again soon is of no use.</summary>
    public bool IsRefusal => isRefusal;
}

/// <summary>
/// One MQTT 3.1.1 connection that publishes with QoS 1. It owns one socket, a receive buffer of a few bytes and no
/// timer, so that a process can hold thousands.
/// </summary>
internal sealed class MqttConnection : IDisposable
{
    // CONNACK, PUBACK and PINGRESP have at most four bytes, and nothing else is sent to a client without subscription.
    private const int ReceiveBytes = 256;

    // A command has a few hundred bytes.
    private const int PacketBytesMax = 16 * 1024;

    // The first packet of the connection, so no PUBLISH has it.
    private const ushort SubscribePacketId = ushort.MaxValue;

    // What one large message left behind is given back, so that thousands of connections stay small.
    private const int SendBytesKeptMax = 64 * 1024;

    private const ushort KeepAliveSeconds = 240;

    private readonly Socket _socket;
    private readonly IMessageSource _source;
    private readonly int _window;
    private readonly TimeProvider _time;
    private readonly ConcurrentQueue<ushort> _toAcknowledge = [];
    private byte[] _received = new byte[ReceiveBytes];
    private ArrayBufferWriter<byte>? _packets;
    private int _pumpRequests;
    private int _inFlight;
    private ushort _nextPacketId = 1;
    private ushort _nextAckId = 1;
    private long _lastSentAt;
    private long _lastHeardAt;
    private long _bytesReceived;
    private volatile bool _isPingDue;
    private volatile bool _isSubscribeDue;
    private volatile Exception? _problem;

    private MqttConnection(Socket socket, IMessageSource source, int window, TimeProvider time)
    {
        _socket = socket;
        _source = source;
        _window = window;
        _time = time;
        _lastSentAt = _lastHeardAt = time.GetTimestamp();
        _isSubscribeDue = source.Filter is not null;
    }

    /// <summary>What the server has sent since the CONNACK.</summary>
    public long BytesReceived => Interlocked.Read(ref _bytesReceived);

    /// <summary>Connects and waits for the CONNACK.</summary>
    /// <exception cref="MqttException">The server refused or does not speak MQTT.</exception>
    /// <exception cref="SocketException">There is no server, or it went away.</exception>
    public static async Task<MqttConnection> ConnectAsync(
        EndPoint server, DeviceLogin login, IMessageSource source, int window, TimeProvider time,
        CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, cancellation);
            var hello = new ArrayBufferWriter<byte>(512);
            MqttPackets.WriteConnect(
                hello, login.ClientId, login.UserName, login.Password(time.GetUtcNow()), KeepAliveSeconds);
            await SendAllAsync(socket, hello.WrittenMemory, cancellation);
            var connection = new MqttConnection(socket, source, window, time);
            await connection.ReceiveConnAckAsync(cancellation);
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes messages and acknowledgements until the connection ends; how it ended is the exception.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        Pump();
        var kept = 0;
        try
        {
            while (true)
            {
                var count = await _socket.ReceiveAsync(_received.AsMemory(kept), cancellation);
                if (count == 0)
                    throw new MqttException("the server closed the connection");
                Volatile.Write(ref _lastHeardAt, _time.GetTimestamp());
                kept = Read(kept + count);
                Interlocked.Add(ref _bytesReceived, count);
            }
        }
        catch (Exception cut) when (_problem is { } problem && cut is SocketException or ObjectDisposedException)
        {
            throw new MqttException($"{_problem?.Message ?? cut.Message}");
        }
    }

    /// <summary>Sends what the source has, as far as the window allows; may be called at any time by anybody.</summary>
    public void Pump()
    {
        if (Interlocked.Increment(ref _pumpRequests) == 1)
            _ = PumpAsync();
    }

    /// <summary>
    /// Keeps the connection alive (MQTT 3.1.1 §3.1.2.10), and ends it where the server has fallen silent.
    /// </summary>
    public void Beat()
    {
        var silence = _time.GetElapsedTime(Volatile.Read(ref _lastHeardAt));
        if (silence.TotalSeconds > 1.5 * KeepAliveSeconds)
        {
            Fail(new MqttException($"the server has been silent for {silence.TotalSeconds:0} s"));
        }
        else if (silence.TotalSeconds > KeepAliveSeconds * 0.5
            || _time.GetElapsedTime(Volatile.Read(ref _lastSentAt)).TotalSeconds > KeepAliveSeconds * 0.5)
        {
            _isPingDue = true;
            Pump();
        }
    }

    public void Dispose()
    {
        // A farewell that cannot be sent at once is not worth waiting for.
        try
        {
            _socket.Blocking = false;
            _socket.Send(MqttPackets.Disconnect);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
        }

        _socket.Dispose();
    }

    private async Task PumpAsync()
    {
        try
        {
            int seen;
            do
            {
                seen = Volatile.Read(ref _pumpRequests);
                var packets = Fill();
                if (packets is { WrittenCount: > 0 })
                {
                    await SendAllAsync(_socket, packets.WrittenMemory, CancellationToken.None);
                    Volatile.Write(ref _lastSentAt, _time.GetTimestamp());
                    if (packets.Capacity > SendBytesKeptMax)
                        _packets = null;
                }
            }
            while (Interlocked.Add(ref _pumpRequests, -seen) != 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            Fail(gone);
        }
        catch (Exception fault)
        {
            // A source that fails must not leave a connection behind that sends nothing any more.
            Fail(fault);
        }
    }

    private ArrayBufferWriter<byte>? Fill()
    {
        _packets?.ResetWrittenCount();
        if (_isPingDue)
        {
            _isPingDue = false;
            (_packets ??= new ArrayBufferWriter<byte>()).Write(MqttPackets.PingRequest);
        }

        if (_isSubscribeDue)
        {
            _isSubscribeDue = false;
            MqttPackets.WriteSubscribe(
                _packets ??= new ArrayBufferWriter<byte>(), _source.Filter, SubscribePacketId);
        }

        while (_toAcknowledge.TryDequeue(out var told))
            MqttPackets.WritePubAck(_packets ??= new ArrayBufferWriter<byte>(), told);
        while (Volatile.Read(ref _inFlight) < _window)
        {
            // Counted first: the acknowledgement may overtake whatever follows the send.
            Interlocked.Increment(ref _inFlight);
            if (!_source.TryTake(_packets ??= new ArrayBufferWriter<byte>(), _nextPacketId))
            {
                Interlocked.Decrement(ref _inFlight);
                break;
            }

            _nextPacketId = Next(_nextPacketId);
        }

        return _packets;
    }

    /// <summary>Reads whole packets off the front; returns how many bytes of the next one are there.</summary>
    private int Read(int length)
    {
        var rest = _received.AsSpan(0, length);
        var (isPumpDue, needed) = (false, ReceiveBytes);
        while (MqttPackets.ReadHeader(rest) is { HeaderBytes: > 0 } header)
        {
            var packetBytes = header.HeaderBytes + header.Remaining;
            if (packetBytes > (_source.Filter is null ? ReceiveBytes / 2 + 1 : PacketBytesMax))
                throw new MqttException($"the server sent a packet of type 0x{rest[0]:X2} with {packetBytes} bytes");
            if (rest.Length < packetBytes)
            {
                needed = Math.Max(needed, packetBytes);
                break;
            }

            isPumpDue |= Take(rest[0], rest[header.HeaderBytes..packetBytes]);
            rest = rest[packetBytes..];
        }

        // A connection that was told something long is small again afterwards.
        var buffer = needed == _received.Length ? _received : new byte[needed];
        rest.CopyTo(buffer);
        _received = buffer;
        if (isPumpDue)
            Pump();
        return rest.Length;
    }

    /// <summary>Takes one packet; whether there is something to send now.</summary>
    private bool Take(byte type, ReadOnlySpan<byte> body)
    {
        if (type == MqttPackets.PubAck && body.Length == 2)
        {
            Acknowledge((ushort)(body[0] << 8 | body[1]));
            return true;
        }

        if (_source.Filter is not null && (type & 0xF0) == MqttPackets.Publish)
            return TakeMessage(type, body);
        if (type == MqttPackets.SubAck && _source.Filter is not null && body.Length == 3)
            return body[2] <= 2
                ? false
                : throw new MqttException("the server refused the subscription");
        return type == MqttPackets.PingResponse && body.IsEmpty
            ? false
            : throw new MqttException($"the server sent a packet of type 0x{type:X2}, which was not asked for");
    }

    private bool TakeMessage(byte type, ReadOnlySpan<byte> body)
    {
        var isAcknowledged = (type & 0x06) != 0;
        var topicBytes = body.Length >= 2 ? body[0] << 8 | body[1] : int.MaxValue;
        var start = 2 + topicBytes + (isAcknowledged ? 2 : 0);
        if (topicBytes == int.MaxValue || start > body.Length)
            throw new MqttException("the server sent a malformed message");
        _source.Told(body[start..]);
        if (isAcknowledged)
            _toAcknowledge.Enqueue((ushort)(body[start - 2] << 8 | body[start - 1]));
        return isAcknowledged;
    }

    // MQTT 3.1.1 §4.6 [MQTT-4.6.0-2]: PUBACKs come in the order of the PUBLISHes.
    private void Acknowledge(ushort packetId)
    {
        if (packetId != _nextAckId || Volatile.Read(ref _inFlight) == 0)
            throw new MqttException($"PUBACK {packetId} came where {_nextAckId} was due");
        _nextAckId = Next(_nextAckId);
        _source.Acknowledged();
        Interlocked.Decrement(ref _inFlight);
    }

    private async Task ReceiveConnAckAsync(CancellationToken cancellation)
    {
        var length = 0;
        while (length < 4)
        {
            var count = await _socket.ReceiveAsync(_received.AsMemory(length, 4 - length), cancellation);
            if (count == 0)
                throw new MqttException("the server closed the connection before it answered the CONNECT");
            length += count;
        }

        if (_received[0] != MqttPackets.ConnAck || _received[1] != 2)
            throw new MqttException("the server did not answer the CONNECT with a CONNACK");
        // MQTT 3.1.1 §3.2.2.3.
        if (_received[3] != 0)
            throw new MqttException($"the server refused the connection with code {_received[3]}", isRefusal: true);
    }

    private void Fail(Exception problem)
    {
        _problem ??= problem;
        _socket.Dispose();
    }

    private static ushort Next(ushort packetId) => packetId == ushort.MaxValue ? (ushort)1 : (ushort)(packetId + 1);

    private static async ValueTask SendAllAsync(
        Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, cancellation)..];
    }
}
