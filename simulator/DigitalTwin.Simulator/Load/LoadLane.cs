using System.Buffers;
using System.Net;
using System.Net.Sockets;
using DigitalTwin.Simulator.Mqtt;

namespace DigitalTwin.Simulator.Load;

/// <summary>One connection of a load: it sends while it has credit and room in its window.</summary>
internal sealed class LoadLane(LoadIdentity identity, LoadPayload payload, int window, bool isPaced, TimeProvider time)
    : IMessageSource, IDisposable
{
    // Sends and acknowledgements are in order, so a ring as large as the window holds every send's time.
    private readonly long[] _sentAt = new long[window];
    private readonly ArrayBufferWriter<byte> _body = new(256);
    private readonly DeviceLogin _login = new("localhost", identity.DeviceId, identity.Key);
    private MqttConnection? _connection;
    private long _credit;
    private long _published;
    private long _acknowledged;
    private volatile bool _isOpen;

    public LatencyTable Latencies { get; } = new();

    public long Published => Interlocked.Read(ref _published);

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public string? Problem { get; private set; }

    public async Task ConnectAsync(EndPoint server, CancellationToken cancellation) =>
        _connection = await MqttConnection.ConnectAsync(server, _login, this, window, time, cancellation);

    /// <summary>Runs until the connection ends or is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await _connection!.RunAsync(cancellation);
        }
        catch (Exception lost) when (lost is MqttException or SocketException)
        {
            Problem = lost.Message;
        }
        catch (OperationCanceledException)
        {
        }
    }

    public void Open()
    {
        _isOpen = true;
        _connection!.Pump();
    }

    /// <summary>Sends nothing new; what is under way may still be acknowledged.</summary>
    public void Close() => _isOpen = false;

    public void Give(int messages)
    {
        Interlocked.Add(ref _credit, messages);
        _connection!.Pump();
    }

    public void Dispose() => _connection?.Dispose();

    bool IMessageSource.TryTake(IBufferWriter<byte> packets, ushort packetId)
    {
        if (!_isOpen || isPaced && Interlocked.Read(ref _credit) <= 0)
            return false;
        if (isPaced)
            Interlocked.Decrement(ref _credit);
        _body.ResetWrittenCount();
        payload(_body, identity, _published);
        MqttPackets.WritePublish(packets, _login.Topic, packetId, _body.WrittenSpan, isDuplicate: false);
        _sentAt[_published % window] = time.GetTimestamp();
        Interlocked.Increment(ref _published);
        return true;
    }

    void IMessageSource.Acknowledged()
    {
        Latencies.Add(time.GetElapsedTime(_sentAt[_acknowledged % window]));
        Interlocked.Increment(ref _acknowledged);
    }
}
