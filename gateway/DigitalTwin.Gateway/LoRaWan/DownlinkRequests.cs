using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>Builds what each network server's API takes for one downlink.</summary>
internal static class DownlinkRequests
{
    /// <summary>
    /// ChirpStack v4 REST API: <c>POST /api/devices/{devEui}/queue</c>; the token goes in the header that its gRPC
    /// gateway hands on.
    /// </summary>
    public static HttpRequestMessage ChirpStack(NetworkServer server, Downlink downlink)
    {
        var request = Post(server.ApiUrl!, $"api/devices/{downlink.Device}/queue", new JsonObject
        {
            ["queueItem"] = new JsonObject
            {
                ["confirmed"] = downlink.IsConfirmed,
                ["fPort"] = downlink.Payload.FPort,
                ["data"] = Convert.ToBase64String(downlink.Payload.Bytes.Span),
            },
        });
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.ApiToken);
        request.Headers.TryAddWithoutValidation("Grpc-Metadata-Authorization", $"Bearer {server.ApiToken}");
        return request;
    }

    /// <summary>
    /// The Things Stack: <c>POST /api/v3/as/applications/{app}/webhooks/{webhook}/devices/{device}/down/push</c>. Of
    /// what an uplink's headers say only names are used: the address is the configured one.
    /// </summary>
    public static HttpRequestMessage ThingsStack(NetworkServer server, ThingsStackRoute route, Downlink downlink)
    {
        var path = $"api/v3/as/applications/{Uri.EscapeDataString(route.ApplicationId)}"
            + $"/webhooks/{Uri.EscapeDataString(route.WebhookId!)}"
            + $"/devices/{Uri.EscapeDataString(route.DeviceId)}/down/push";
        var request = Post(server.ApiUrl!, path, new JsonObject
        {
            ["downlinks"] = new JsonArray(new JsonObject
            {
                ["f_port"] = downlink.Payload.FPort,
                ["frm_payload"] = Convert.ToBase64String(downlink.Payload.Bytes.Span),
                ["confirmed"] = downlink.IsConfirmed,
                ["priority"] = "NORMAL",
                ["correlation_ids"] = new JsonArray(ThingsStackEvents.CorrelationPrefix + downlink.Id),
            }),
        });
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.ApiToken ?? route.ApiKey);
        return request;
    }

    /// <summary>The queue item's id of ChirpStack's answer; undefined where it is another.</summary>
    public static string? QueueItemOf(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
                    ? id.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static HttpRequestMessage Post(Uri api, string path, JsonObject body)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var root = api.AbsoluteUri.EndsWith('/') ? api : new Uri(api.AbsoluteUri + "/");
        return new HttpRequestMessage(HttpMethod.Post, new Uri(root, path)) { Content = content };
    }
}
