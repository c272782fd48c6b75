using System.Text.Json;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>
/// Reads the events of ChirpStack v4's HTTP integration in JSON (chirpstack.io/docs, "Event types"; integration.proto).
/// </summary>
internal static class ChirpStackEvents
{
    private const uint FPortMax = 255;

    /// <summary>The values of the query parameter <c>event</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["up", "join", "ack", "txack", "log", "status", "location", "integration"];

    /// <summary>The event, or none and the field that is wrong.</summary>
    public static NetworkEvent? Read(string name, JsonElement body, LoRaWanLimits limits, out string? problem)
    {
        var fields = new EventFields(body, limits);
        var about = new NetworkEvent(
            KindOf(name, fields), fields.Device("deviceInfo.devEui", isRequired: true), fields.Time("time"))
        {
            EventId = fields.Text("deduplicationId"),
            ProfileName = fields.Text("deviceInfo.deviceProfileName"),
        };
        var read = about.Kind switch
        {
            NetworkEventKind.Uplink => Uplink(about, fields),
            NetworkEventKind.Join => about with { DevAddr = fields.Text("devAddr") },
            NetworkEventKind.Status => Status(about, fields),
            NetworkEventKind.DownlinkDelivered or NetworkEventKind.DownlinkFailed => about with
            {
                DownlinkId = fields.RequiredText("queueItemId"),
                Detail = about.Kind == NetworkEventKind.DownlinkFailed ? "the device has not acknowledged it" : null,
            },
            NetworkEventKind.DownlinkSent => about with
            {
                DownlinkId = fields.RequiredText("queueItemId"),
                // It has no deduplicationId.
                EventId = fields.Text("queueItemId") is { } item ? $"txack {item}" : null,
            },
            NetworkEventKind.DownlinkExpired => about with
            {
                DownlinkId = fields.Text("context.queue_item_id"), Detail = fields.Text("description"),
            },
            NetworkEventKind.Log => about with { Detail = $"{fields.Text("code")}: {fields.Text("description")}" },
            _ => about,
        };
        problem = fields.Problem;
        return problem is null ? read : null;
    }

    private static NetworkEventKind KindOf(string name, EventFields fields) => name switch
    {
        "up" => NetworkEventKind.Uplink,
        "join" => NetworkEventKind.Join,
        "status" => NetworkEventKind.Status,
        "txack" => NetworkEventKind.DownlinkSent,
        "ack" => fields.Flag("acknowledged") ? NetworkEventKind.DownlinkDelivered : NetworkEventKind.DownlinkFailed,
        "log" => fields.Text("code") == "EXPIRED" ? NetworkEventKind.DownlinkExpired : NetworkEventKind.Log,
        _ => NetworkEventKind.Unused,
    };

    private static NetworkEvent Uplink(NetworkEvent about, EventFields fields) => about with
    {
        FPort = (byte)fields.Whole("fPort", FPortMax),
        FrameCounter = fields.Whole("fCnt", uint.MaxValue),
        DevAddr = fields.Text("devAddr"),
        Payload = fields.Payload("data"),
        Fields = fields.Object("object"),
        Gateways = [.. fields.Items("rxInfo").Select(gateway => new GatewayReception(
            gateway.Text("gatewayId") ?? "", gateway.Number("rssi"), gateway.Number("snr")))],
    };

    private static NetworkEvent Status(NetworkEvent about, EventFields fields)
    {
        // A device on mains, or one that cannot measure its battery, has none to report.
        var isExternal = fields.Flag("externalPowerSource");
        var isUnknown = fields.Flag("batteryLevelUnavailable");
        return about with
        {
            MarginDecibels = fields.Number("margin") ?? 0,
            BatteryPercent = isExternal || isUnknown ? null : fields.Number("batteryLevel") ?? 0,
            IsExternallyPowered = isExternal,
        };
    }
}
