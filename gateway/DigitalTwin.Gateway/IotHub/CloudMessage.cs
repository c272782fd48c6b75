using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>A message from the cloud to a device.</summary>
/// <param name="Token">Its own name, by which it is acknowledged.</param>
/// <param name="Properties">System properties by IoT Hub's short names (<c>mid</c>, <c>cid</c>, …), marked by a
/// leading <c>$.</c>, and the application's own.</param>
internal sealed record CloudMessage(
    string DeviceId, string Token, byte[] Body, DateTimeOffset EnqueuedAt, DateTimeOffset ExpiresAt,
    IReadOnlyDictionary<string, string> Properties)
{
    public const string MessageId = "$.mid";
    public const string CorrelationId = "$.cid";
    public const string ContentType = "$.ct";
    public const string ContentEncoding = "$.ce";
    public const string UserId = "$.uid";
    public const string Acknowledge = "iothub-ack";

    /// <summary>Times it was handed to the device.</summary>
    public int Deliveries { get; set; }

    /// <summary>Bytes of body and properties.</summary>
    public int Bytes => Body.Length
        + Properties.Sum(one => Encoding.UTF8.GetByteCount(one.Key) + Encoding.UTF8.GetByteCount(one.Value));

    /// <summary>The topic with the property bag, as IoT Hub writes it.</summary>
    public string Topic
    {
        get
        {
            var to = $"/devices/{DeviceId}/messages/devicebound";
            var bag = Properties.Prepend(new KeyValuePair<string, string>("$.to", to))
                .Select(one => $"{Uri.EscapeDataString(one.Key)}={Uri.EscapeDataString(one.Value)}");
            return $"devices/{DeviceId}/messages/devicebound/{string.Join('&', bag)}";
        }
    }

    public byte[] ToLine() => HubJson.Line(new JsonObject
    {
        ["deviceId"] = DeviceId,
        ["token"] = Token,
        ["enqueuedAt"] = EnqueuedAt.ToUnixTimeMilliseconds(),
        ["expiresAt"] = ExpiresAt.ToUnixTimeMilliseconds(),
        ["deliveries"] = Deliveries,
        ["body"] = Convert.ToBase64String(Body),
        ["properties"] = new JsonObject(Properties.Select(
            one => new KeyValuePair<string, JsonNode?>(one.Key, one.Value))),
    });

    /// <exception cref="JsonException">Not such a line.</exception>
    public static CloudMessage Parse(JsonNode json)
    {
        var body = new byte[json.TextOf("body")?.Length ?? 0];
        if (json.TextOf("deviceId") is not { } deviceId || json.TextOf("token") is not { } token
            || json.NumberOf("enqueuedAt") is not { } enqueuedAt || json.NumberOf("expiresAt") is not { } expiresAt
            || json.NumberOf("deliveries") is not { } deliveries || json["properties"] is not JsonObject properties
            || !Convert.TryFromBase64String(json.TextOf("body") ?? "", body, out var length))
            throw new JsonException("not a message");
        return new CloudMessage(
            deviceId, token, body[..length], DateTimeOffset.FromUnixTimeMilliseconds(enqueuedAt),
            DateTimeOffset.FromUnixTimeMilliseconds(expiresAt),
            properties.ToDictionary(one => one.Key, one => properties.TextOf(one.Key) ?? "", StringComparer.Ordinal))
        {
            Deliveries = (int)deliveries,
        };
    }
}
