namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>A device as the API shows it.</summary>
/// <param name="Values">What its twin has no place for, by the codec's names.</param>
/// <param name="Problem">Why its last uplink could not be read, or what the network server last logged of it.</param>
public sealed record DeviceSessionAnswer(
    string DevEui, string Twin, string? Codec, string? NetworkServer, string? DevAddr, DateTimeOffset? JoinedAt,
    DateTimeOffset? UplinkAt, long Uplinks, uint? FrameCounter, int? FPort, DateTimeOffset? StatusAt,
    double? BatteryPercent, bool? IsExternallyPowered, double? MarginDecibels,
    IReadOnlyList<GatewayReception> Gateways, IReadOnlyDictionary<string, FurtherValueAnswer> Values, string? Problem);

/// <summary>A value that the twin has no place for.</summary>
public sealed record FurtherValueAnswer(double Value, string? Unit, DateTimeOffset? MeasuredAt);

/// <summary>An event that was understood and of which nothing was taken.</summary>
public sealed record NotTakenAnswer(bool Taken, string Reason, string Detail);

/// <summary>What an operator sends to a device: a command of its kind.</summary>
/// <param name="Command"><c>setDimLevel</c>.</param>
/// <param name="Percent">0 to 100.</param>
/// <param name="Confirmed">Whether the device is to acknowledge it; true where it is not said.</param>
/// <param name="By">Who asks for it.</param>
public sealed record DownlinkBody(string? Command, double? Percent, bool? Confirmed, string? By);

/// <summary>A downlink as the API shows it.</summary>
public sealed record DownlinkAnswer(
    string Id, string DevEui, string Command, double Argument, string By, bool Confirmed, int FPort, string Payload,
    string NetworkServer, DownlinkState State, DateTimeOffset QueuedAt, DateTimeOffset? SentAt,
    DateTimeOffset? DeliveredAt, DateTimeOffset? FailedAt, string? Problem);

/// <summary>The downlinks of a device, newest first.</summary>
public sealed record DownlinksAnswer(IReadOnlyList<DownlinkAnswer> Downlinks);
