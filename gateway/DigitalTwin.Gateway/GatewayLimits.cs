namespace DigitalTwin.Gateway;

/// <summary>Every bound of the edge, each with its origin; the table for people is docs/limits.md.</summary>
public sealed record GatewayLimits
{
    /// <summary>IoT Hub: a device-to-cloud message has at most 256 KiB; an MQTT packet as a whole likewise.</summary>
    public int MessageBytesMax { get; init; } = 256 * 1024;

    /// <summary>Ours: nobody is known yet, so a CONNECT may occupy little; the largest part is the will.</summary>
    public int ConnectPacketBytesMax { get; init; } = 16 * 1024;

    /// <summary>Ours: a concentrator of 1,000 meters with ten values each.</summary>
    public int ReadingsPerMessageMax { get; init; } = 10_000;

    /// <summary>Ours: ten times the largest built-in model.</summary>
    public int FieldsPerObjectMax { get; init; } = 256;

    /// <summary>Contract §1.5: clocks of devices drift by minutes, not more.</summary>
    public TimeSpan FutureMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Ours: longer than the verification interval of a meter, beyond which an archive is imported.</summary>
    public int PastYearsMax { get; init; } = 10;

    /// <summary>Ours: packets taken together before they are acknowledged; also MQTT 5 Receive Maximum.</summary>
    public int PacketsPerRoundMax { get; init; } = 1_024;

    /// <summary>As many readings as the batch pool keeps; a round ends at the message that passes it.</summary>
    public int ReadingsPerRoundMax { get; init; } = 16_384;

    /// <summary>Ours: IoT Hub has four filters of its own for a device.</summary>
    public int FiltersPerSubscribeMax { get; init; } = 64;

    /// <summary>MQTT 3.1.1 §3.1: "a reasonable amount of time" for the CONNECT to arrive.</summary>
    public TimeSpan ConnectWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>IoT Hub closes after 29.45 minutes of silence whatever keep-alive was asked for.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(1_767);

    /// <summary>Ours: 40 kB each are 4 GB; the open-file limit of the process usually comes first.</summary>
    public int ConnectionsMax { get; init; } = 100_000;

    /// <summary>Ours: the SDKs send about 250 characters.</summary>
    public int TokenCharactersMax { get; init; } = 1_024;

    /// <summary>Contract §1.5.</summary>
    public int RejectsKeptMax { get; init; } = 1_000;

    /// <summary>Ours: a looping device shows itself, and does not push the others out of the list.</summary>
    public int RejectsKeptPerSecondMax { get; init; } = 5;

    /// <summary>Ours: an excerpt is for recognising a message, not for keeping it.</summary>
    public int ExcerptCharactersMax { get; init; } = 200;

    /// <summary>Ours: five times the city's 200,000 devices.</summary>
    public int DevicesMax { get; init; } = 1_000_000;

    /// <summary>Ours: how much of a connection waits in the transport before it stops reading from the socket.</summary>
    public int TransportBytesMax { get; init; } = 64 * 1024;

    /// <summary>Ours: open pages of one city; each keeps at most two frames on their way.</summary>
    public int ViewsMax { get; init; } = 500;

    /// <summary>Ours: each is a city in memory beside the living one.</summary>
    public int ReplaysMax { get; init; } = 4;

    /// <summary>Ours: an hour of the city in a second.</summary>
    public double ReplaySpeedMax { get; init; } = 3_600;

    /// <summary>Ours: a replay that nobody views or asks for is closed.</summary>
    public TimeSpan ReplayIdleMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Ours: QoS 1 and 2 messages of a client on their way to us at once; MQTT 5 Receive Maximum.</summary>
    public int ReceiveMax { get; init; } = 1_024;

    /// <summary>Ours: messages on their way to a client at once, where its Receive Maximum is not less.</summary>
    public int InFlightMax { get; init; } = 64;

    /// <summary>IoT Hub keeps 50 cloud-to-device messages a device; of each QoS, as many may wait here.</summary>
    public int MessagesWaitingMax { get; init; } = 100;

    /// <summary>Ours: payload bytes that wait for all clients together.</summary>
    public long BytesWaitingMax { get; init; } = 256L << 20;

    /// <summary>Ours: how long a session outlives its connection at most; as long as a message to it may wait.</summary>
    public TimeSpan SessionKeptMax { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Ours: filters a session; a device has four of its own.</summary>
    public int SubscriptionsMax { get; init; } = 64;

    /// <summary>Ours: services that follow the city over MQTT; each costs two bytes a twin.</summary>
    public int ServicesMax { get; init; } = 100;

    /// <summary>IoT Hub: the properties of a message, which are the topic's end, have at most 8 KiB.</summary>
    public int TopicBytesMax { get; init; } = 8 * 1024;

    /// <summary>Rates of senders, and connections of addresses.</summary>
    public Protection.ProtectionLimits Protection { get; init; } = new();

    /// <summary>Ours: topic aliases a connection may set; MQTT 5 Topic Alias Maximum.</summary>
    public int TopicAliasesMax { get; init; } = 16;
}
