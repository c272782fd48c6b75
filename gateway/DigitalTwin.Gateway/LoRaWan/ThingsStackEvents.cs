using System.Text.Json;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>
/// Reads the webhooks of The Things Stack in JSON (thethingsindustries.com/docs, "Data Formats"). The body itself says
/// what it is; the path that the operator gave to the message must say the same.
/// </summary>
internal static class ThingsStackEvents
{
    /// <summary>What a downlink of ours carries, so that its events are known again.</summary>
    public const string CorrelationPrefix = "digital-twin:";

    private const uint FPortMax = 255;

    private static readonly Dictionary<string, (string Member, NetworkEventKind Kind)> s_byPath = new()
    {
        ["up"] = ("uplink_message", NetworkEventKind.Uplink),
        ["join"] = ("join_accept", NetworkEventKind.Join),
        ["down/queued"] = ("downlink_queued", NetworkEventKind.DownlinkQueued),
        ["down/sent"] = ("downlink_sent", NetworkEventKind.DownlinkSent),
        ["down/ack"] = ("downlink_ack", NetworkEventKind.DownlinkDelivered),
        ["down/nack"] = ("downlink_nack", NetworkEventKind.DownlinkFailed),
        ["down/failed"] = ("downlink_failed", NetworkEventKind.DownlinkFailed),
        ["down/invalidated"] = ("downlink_queue_invalidated", NetworkEventKind.Unused),
        ["location"] = ("location_solved", NetworkEventKind.Unused),
        ["service"] = ("service_data", NetworkEventKind.Unused),
    };

    /// <summary>The paths behind <c>/api/v1/lorawan/things-stack/</c>.</summary>
    public static IEnumerable<string> Paths => s_byPath.Keys;

    /// <summary>The event, or none and the field that is wrong.</summary>
    public static NetworkEvent? Read(
        string path, JsonElement body, string? pushUrl, string? apiKey, LoRaWanLimits limits, out string? problem)
    {
        var fields = new EventFields(body, limits);
        var (member, kind) = s_byPath[path];
        if (fields.Object(member) is null)
            fields.Fail(member, $"is missing; a message to …/{path} has it");
        // An event of a downlink may name the device by the application's own id alone.
        var isOfDevice = kind is NetworkEventKind.Uplink or NetworkEventKind.Join;
        var device = fields.Device("end_device_ids.dev_eui", isOfDevice);
        var about = new NetworkEvent(kind, device, TimeOf(member, fields))
        {
            EventId = fields.Items("correlation_ids").Any() ? EventIdOf(path, body, limits) : null,
            DevAddr = fields.Text("end_device_ids.dev_addr"),
            Route = new ThingsStackRoute(
                fields.RequiredText("end_device_ids.application_ids.application_id"),
                fields.RequiredText("end_device_ids.device_id"), WebhookOf(pushUrl), apiKey),
        };
        var read = kind switch
        {
            NetworkEventKind.Uplink => Uplink(about, fields),
            NetworkEventKind.Join or NetworkEventKind.Unused => about,
            _ => Downlink(about, member, body, limits),
        };
        problem = fields.Problem;
        return problem is null ? read : null;
    }

    private static NetworkEvent Uplink(NetworkEvent about, EventFields fields) => about with
    {
        FPort = (byte)fields.Whole("uplink_message.f_port", FPortMax),
        FrameCounter = fields.Whole("uplink_message.f_cnt", uint.MaxValue),
        Payload = fields.Payload("uplink_message.frm_payload"),
        Fields = fields.Object("uplink_message.decoded_payload"),
        ProfileName = fields.Text("uplink_message.version_ids.model_id"),
        BatteryPercent = fields.Number("uplink_message.last_battery_percentage.value"),
        Gateways = [.. fields.Items("uplink_message.rx_metadata").Select(gateway => new GatewayReception(
            gateway.Text("gateway_ids.gateway_id") ?? "", gateway.Number("rssi"), gateway.Number("snr")))],
    };

    private static NetworkEvent Downlink(NetworkEvent about, string member, JsonElement body, LoRaWanLimits limits)
    {
        var fields = new EventFields(body, limits);
        var downlink = fields.Has($"{member}.downlink") ? $"{member}.downlink" : member;
        return about with
        {
            DownlinkId = Correlations(body, "correlation_ids")
                .Concat(Correlations(body, $"{downlink}.correlation_ids"))
                .FirstOrDefault(id => id.StartsWith(CorrelationPrefix, StringComparison.Ordinal)),
            Detail = about.Kind != NetworkEventKind.DownlinkFailed ? null
                : fields.Text($"{member}.error.name") ?? "the device has not acknowledged it",
        };

        IEnumerable<string> Correlations(JsonElement root, string path)
        {
            foreach (var name in path.Split('.'))
                if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out root))
                    return [];
            return root.ValueKind != JsonValueKind.Array ? [] : root.EnumerateArray()
                .Where(id => id.ValueKind == JsonValueKind.String).Select(id => id.GetString()!);
        }
    }

    // The network's own receiving time first: the application server may have been down meanwhile.
    private static Model.Time.Instant TimeOf(string member, EventFields fields) =>
        fields.Has($"{member}.received_at") ? fields.Time($"{member}.received_at")
        : fields.Has("received_at") ? fields.Time("received_at")
        : Model.Time.Instant.Never;

    // A message that is sent again has its correlation ids; that of the application server is its own.
    private static string? EventIdOf(string path, JsonElement body, LoRaWanLimits limits)
    {
        foreach (var id in body.GetProperty("correlation_ids").EnumerateArray())
            if (id.ValueKind == JsonValueKind.String && id.GetString() is { } text
                && text.StartsWith("as:up:", StringComparison.Ordinal) && text.Length <= limits.TextCharactersMax)
                return $"{path} {text}";
        return null;
    }

    // …/as/applications/{application}/webhooks/{webhook}/devices/{device}/down/push: of the URL only this name is used.
    private static string? WebhookOf(string? pushUrl)
    {
        var parts = pushUrl?.Split('/') ?? [];
        var place = Array.IndexOf(parts, "webhooks");
        return place >= 0 && place + 1 < parts.Length && NetworkServerFile.IsValidName(parts[place + 1])
            ? parts[place + 1]
            : null;
    }
}
