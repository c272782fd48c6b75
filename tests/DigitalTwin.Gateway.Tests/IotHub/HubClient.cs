using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>A service over REST, and a device over MQTT that speaks the hub's topics.</summary>
internal static class HubClient
{
    public static string TokenOf(EdgeServer server, string policy = "iothubowner") => SasToken.CreateOfPolicy(
        "localhost", policy, Convert.FromBase64String(server.Get<HubPolicies>().KeyOf(policy)),
        server.Time.GetUtcNow().AddHours(1));

    public static async Task<(int Status, JsonNode? Body, HttpResponseHeaders Headers)> AskAsync(
        EdgeServer server, string method, string path, string? body = null, string? token = null,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(method), new Uri(server.Http.BaseAddress!, path + (path.Contains('?') ? "&" : "?") + "api-version=2021-04-12"));
        request.Headers.TryAddWithoutValidation("Authorization", token ?? TokenOf(server));
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await server.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var isJson = answer.Content.Headers.ContentType?.MediaType?.Contains("json", StringComparison.Ordinal) == true;
        return ((int)answer.StatusCode, isJson ? JsonNode.Parse(text) : JsonValue.Create(text), answer.Headers);
    }

    /// <summary>Connected, with the subscriptions of the SDK.</summary>
    public static async Task<RawClient> DeviceAsync(EdgeServer server, string deviceId = "cab-1", bool isClean = false)
    {
        var client = await RawClient.AdmittedAsync(server, Packets.V311, deviceId, isClean: isClean);
        await client.SendAsync(Packets.Subscribe(
            Packets.V311, 1, ("$iothub/twin/res/#", 0), ("$iothub/twin/PATCH/properties/desired/#", 0),
            ("$iothub/methods/POST/#", 0)));
        Assert.Equal(0x90, (await client.ReadAsync())[0]);
        return client;
    }

    public static Task PublishAsync(RawClient client, string topic, string payload) =>
        client.SendAsync(Packets.Publish(Packets.V311, topic, payload, qos: 0));

    /// <summary>The next message: its topic and payload.</summary>
    public static async Task<(string Topic, string Payload)> HearAsync(RawClient client)
    {
        var packet = await client.ReadAsync();
        Assert.Equal(3, packet[0] >> 4);
        var at = 1;
        while (packet[at++] >= 0x80)
        {
        }

        var length = packet[at] << 8 | packet[at + 1];
        var topic = Encoding.UTF8.GetString(packet, at + 2, length);
        var rest = at + 2 + length + ((packet[0] & 6) > 0 ? 2 : 0);
        return (topic, Encoding.UTF8.GetString(packet, rest, packet.Length - rest));
    }
}
