using DigitalTwin.Gateway.EventIngest;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>What the edge has done since it started; refusals are counted by <see cref="RejectList"/>.</summary>
public sealed class IngestMeters
{
    private long _mqttMessages;
    private long _httpsMessages;
    private long _loRaWanMessages;
    private long _eventHubsMessages;
    private long _readings;
    private long _connectionsOpen;
    private long _connectionsTotal;
    private long _takeovers;
    private long _willsPublished;

    public long MqttMessages => Volatile.Read(ref _mqttMessages);

    public long HttpsMessages => Volatile.Read(ref _httpsMessages);

    public long LoRaWanMessages => Volatile.Read(ref _loRaWanMessages);

    public long EventHubsMessages => Volatile.Read(ref _eventHubsMessages);

    public EventMeters Events { get; } = new();

    public long Readings => Volatile.Read(ref _readings);

    /// <summary>MQTT connections that are open, admitted or not.</summary>
    public long ConnectionsOpen => Volatile.Read(ref _connectionsOpen);

    public long ConnectionsTotal => Volatile.Read(ref _connectionsTotal);

    /// <summary>Connections closed because the same device connected again.</summary>
    public long Takeovers => Volatile.Read(ref _takeovers);

    public long WillsPublished => Volatile.Read(ref _willsPublished);

    internal void Accepted(IngestTransport transport, int messages, int readings)
    {
        Interlocked.Add(ref CountOf(transport), messages);
        Interlocked.Add(ref _readings, readings);
    }

    private ref long CountOf(IngestTransport transport)
    {
        switch (transport)
        {
            case IngestTransport.Mqtt:
                return ref _mqttMessages;
            case IngestTransport.LoRaWan:
                return ref _loRaWanMessages;
            case IngestTransport.EventHubs:
                return ref _eventHubsMessages;
            default:
                return ref _httpsMessages;
        }
    }

    internal void ConnectionOpened()
    {
        Interlocked.Increment(ref _connectionsOpen);
        Interlocked.Increment(ref _connectionsTotal);
    }

    internal void ConnectionClosed() => Interlocked.Decrement(ref _connectionsOpen);

    internal void TakenOver() => Interlocked.Increment(ref _takeovers);

    internal void WillPublished() => Interlocked.Increment(ref _willsPublished);
}
