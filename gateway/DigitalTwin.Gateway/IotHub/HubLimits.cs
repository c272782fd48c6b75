namespace DigitalTwin.Gateway.IotHub;

/// <summary>The bounds of the hub: IoT Hub's own where it documents one, ours where it has none; see docs/limits.md.</summary>
public sealed record HubLimits
{
    /// <summary>IoT Hub: tags of a device twin, as compact UTF-8 JSON.</summary>
    public int TagsBytesMax { get; init; } = 8 * 1024;

    /// <summary>IoT Hub: desired and reported properties, each, without metadata.</summary>
    public int PropertiesBytesMax { get; init; } = 32 * 1024;

    /// <summary>IoT Hub: objects and arrays within each other in a section of a twin.</summary>
    public int TwinDepthMax { get; init; } = 10;

    /// <summary>IoT Hub: bytes of a name in a twin.</summary>
    public int TwinKeyBytesMax { get; init; } = 1024;

    /// <summary>IoT Hub: bytes of a text in a twin.</summary>
    public int TwinTextBytesMax { get; init; } = 4 * 1024;

    /// <summary>IoT Hub: the largest absolute value of an integer in a twin.</summary>
    public long TwinIntegerMax { get; init; } = 4_503_599_627_370_496;

    /// <summary>Ours: bytes of all twins together; 200,000 devices with 2.5 kB each.</summary>
    public long TwinsBytesMax { get; init; } = 512L << 20;

    /// <summary>Ours: twin requests of one device a second; IoT Hub throttles the hub as a whole.</summary>
    public int TwinRequestsPerSecondMax { get; init; } = 20;

    /// <summary>Ours: requests of all services a second.</summary>
    public int ServiceRequestsPerSecondMax { get; init; } = 1_000;

    /// <summary>IoT Hub: the payload of a direct method and of its answer.</summary>
    public int MethodBytesMax { get; init; } = 128 * 1024;

    /// <summary>IoT Hub: characters of a method's name.</summary>
    public int MethodNameCharactersMax { get; init; } = 100;

    /// <summary>Ours: method calls that wait for one device.</summary>
    public int MethodsPerDeviceMax { get; init; } = 16;

    /// <summary>Ours: method calls that wait for all devices.</summary>
    public int MethodsMax { get; init; } = 10_000;

    /// <summary>IoT Hub: 30 s where the call names no time to answer, 5 to 300 s otherwise; 0 to 300 s to connect.</summary>
    public int MethodSecondsDefault { get; init; } = 30;

    public int MethodSecondsMin { get; init; } = 5;

    public int MethodSecondsMax { get; init; } = 300;

    /// <summary>IoT Hub: cloud-to-device messages that wait for a device.</summary>
    public int CloudMessagesPerDeviceMax { get; init; } = 50;

    /// <summary>IoT Hub: bytes of a cloud-to-device message, properties included.</summary>
    public int CloudMessageBytesMax { get; init; } = 64 * 1024;

    /// <summary>Ours: bytes of the cloud-to-device messages of all devices.</summary>
    public long CloudMessagesBytesMax { get; init; } = 256L << 20;

    /// <summary>IoT Hub: deliveries of a message before it is given up; its default is 10.</summary>
    public int CloudDeliveriesMax { get; init; } = 10;

    /// <summary>IoT Hub: how long a message waits where it does not say; its default is an hour.</summary>
    public TimeSpan CloudMessageKept { get; init; } = TimeSpan.FromHours(1);

    /// <summary>IoT Hub: the longest that a message may ask for is two days.</summary>
    public TimeSpan CloudMessageKeptMax { get; init; } = TimeSpan.FromDays(2);

    /// <summary>IoT Hub: how long a message is locked that was received over HTTPS; its default is a minute.</summary>
    public TimeSpan CloudMessageLock { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>IoT Hub: how long feedback is kept; its default is an hour.</summary>
    public TimeSpan FeedbackKept { get; init; } = TimeSpan.FromHours(1);

    /// <summary>IoT Hub: records of feedback received together.</summary>
    public int FeedbackBatchMax { get; init; } = 64;

    /// <summary>Ours: records of feedback that wait; beyond it the oldest is forgotten.</summary>
    public int FeedbackKeptMax { get; init; } = 10_000;

    /// <summary>IoT Hub: devices a bulk request.</summary>
    public int BulkDevicesMax { get; init; } = 100;

    /// <summary>IoT Hub: devices that <c>GET /devices</c> answers at most.</summary>
    public int ListedDevicesMax { get; init; } = 1_000;

    /// <summary>IoT Hub: results a page of a query where it does not say; ours: at most.</summary>
    public int QueryPageDefault { get; init; } = 100;

    public int QueryPageMax { get; init; } = 1_000;

    /// <summary>Ours: characters of a query, and conditions within each other.</summary>
    public int QueryCharactersMax { get; init; } = 8 * 1024;

    public int QueryDepthMax { get; init; } = 64;

    /// <summary>Ours: queries at once; each reads the twins of the whole hub at worst.</summary>
    public int QueriesAtOnceMax { get; init; } = 2;

    /// <summary>Ours: bytes of a service request; a bulk request of 100 devices has about 60 kB.</summary>
    public int RequestBytesMax { get; init; } = 256 * 1024;
}
