using System.Text.Json;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>What a network server tells.</summary>
internal enum NetworkEventKind : byte
{
    Uplink,
    Join,
    Status,
    DownlinkQueued,
    DownlinkSent,
    DownlinkDelivered,
    DownlinkFailed,
    DownlinkExpired,
    Log,

    /// <summary>Known, and nothing to the city: a location, the server's talk with its integrations.</summary>
    Unused,
}

/// <summary>A gateway that heard a device: how strong and how clear.</summary>
public sealed record GatewayReception(string GatewayId, double? RssiDecibelMilliwatts, double? SnrDecibels);

/// <summary>Where The Things Stack takes downlinks for a device.</summary>
/// <param name="ApiKey">Came with an uplink; kept in memory and shown to nobody.</param>
internal sealed record ThingsStackRoute(string ApplicationId, string DeviceId, string? WebhookId, string? ApiKey)
{
    public override string ToString() => $"{ApplicationId}/{DeviceId}";
}

/// <summary>One event of a network server, the same whichever product it is.</summary>
internal sealed record NetworkEvent(NetworkEventKind Kind, DevEui? Device, Instant At)
{
    /// <summary>The same when the network server sends the event again; undefined where it has none.</summary>
    public string? EventId { get; init; }

    public byte FPort { get; init; }

    public uint FrameCounter { get; init; }

    public byte[] Payload { get; init; } = [];

    /// <summary>What the network server's own formatter made of the payload.</summary>
    public JsonElement? Fields { get; init; }

    public string? ProfileName { get; init; }

    public string? DevAddr { get; init; }

    public IReadOnlyList<GatewayReception> Gateways { get; init; } = [];

    public double? MarginDecibels { get; init; }

    public double? BatteryPercent { get; init; }

    public bool? IsExternallyPowered { get; init; }

    public ThingsStackRoute? Route { get; init; }

    /// <summary>The downlink that it is about: ChirpStack's queue item, or the correlation id that we gave.</summary>
    public string? DownlinkId { get; init; }

    /// <summary>Why a downlink failed, or what a log event says.</summary>
    public string? Detail { get; init; }
}
