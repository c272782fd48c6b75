using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>Telemetry over HTTPS as to IoT Hub, and every refusal of contracts §1.5 that HTTP can bring about.</summary>
public sealed class DeviceApiTests
{
    private const string Good = """[{"twin":"l-001","dimLevelPercent":42}]""";
    private const string BatchType = "application/vnd.microsoft.iothub.json";

    [Fact]
    public async Task AReadingArrives()
    {
        await using var server = await EdgeServer.StartAsync();
        using var answer = await PostAsync(server, "cab-1", Good);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(42, await server.ValueOfAsync("l-001", "dimLevelPercent"));
        Assert.Equal(1, server.Meters.HttpsMessages);
    }

    [Fact]
    public async Task TheCreationTimeIsWhenItWasMeasured()
    {
        await using var server = await EdgeServer.StartAsync();
        var created = DateTimeOffset.UtcNow.AddMinutes(-7);
        using var answer = await PostAsync(
            server, "cab-1", Good, headers: ("iothub-creation-time-utc", created.ToString("o")));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        server.Graph.TryFind("l-001", out var light);
        var state = (await server.Engine.GetAsync(light, CancellationToken.None)).State;
        Assert.Equal(created.ToUnixTimeMilliseconds(), state.MeasuredAt.UnixMilliseconds);

        using var wrong = await PostAsync(server, "cab-1", Good, headers: ("iothub-creation-time-utc", "yesterday"));
        Assert.Equal("wrong-type", await ReasonAsync(wrong, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task ABatchIsAcceptedWholeOrNotAtAll()
    {
        await using var server = await EdgeServer.StartAsync();
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(Good));
        var text = JsonSerializer.Serialize("""[{"twin":"l-002","dimLevelPercent":43}]""");
        using var good = await PostAsync(server, "cab-1",
            $$$"""[{"body":"{{{encoded}}}","properties":{"iothub-app-zone":"A"}},{"body":{{{text}}},"base64Encoded":false}]""", BatchType);
        Assert.Equal(HttpStatusCode.NoContent, good.StatusCode);
        Assert.Equal(42, await server.ValueOfAsync("l-001", "dimLevelPercent"));
        Assert.Equal(43, await server.ValueOfAsync("l-002", "dimLevelPercent"));

        var third = JsonSerializer.Serialize("""[{"twin":"l-003","dimLevelPercent":44}]""");
        var bad = JsonSerializer.Serialize("""[{"twin":"l-004","dimLevelPercent":444}]""");
        using var half = await PostAsync(server, "cab-1",
            $$"""[{"body":{{third}},"base64Encoded":false},{"body":{{bad}},"base64Encoded":false}]""", BatchType);
        Assert.Equal("out-of-range", await ReasonAsync(half, HttpStatusCode.BadRequest));
        Assert.Null(await server.ValueOfAsync("l-003", "dimLevelPercent"));
    }

    [Theory]
    [InlineData("{", "malformed-json")]
    [InlineData("{}", "wrong-type")]
    [InlineData("[]", "empty-message")]
    [InlineData("""[{"body":7}]""", "wrong-type")]
    [InlineData("""[{"body":"no base64!"}]""", "wrong-type")]
    public async Task ABrokenBatchIsNamed(string body, string reason)
    {
        await using var server = await EdgeServer.StartAsync();
        using var answer = await PostAsync(server, "cab-1", body, BatchType);
        Assert.Equal(reason, await ReasonAsync(answer, HttpStatusCode.BadRequest));
    }

    [Theory]
    [MemberData(nameof(MqttRefusalTests.Messages), MemberType = typeof(MqttRefusalTests))]
    public async Task ARefusedMessageIsAProblemThatNamesTheField(string reason, string payload, string named)
    {
        await using var server = await EdgeServer.StartAsync();
        var device = payload.Contains("air-1", StringComparison.Ordinal) ? "air-1" : "cab-1";
        using var answer = await PostAsync(server, device, payload);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadAsStringAsync();
        Assert.Equal(reason, await ReasonAsync(answer, HttpStatusCode.BadRequest));
        if (named.Length > 0)
            Assert.Contains(named.Split(':')[0], problem, StringComparison.Ordinal);
        Assert.Contains($"\"deviceId\":\"{device}\"", problem, StringComparison.Ordinal);
        var reject = await server.NewestRejectAsync(reason);
        Assert.Equal("https", reject.GetProperty("transport").GetString());
        Assert.Equal(0, server.Engine.Counters.Messages);
    }

    [Fact]
    public async Task OnlyAGoodTokenOfTheDeviceItselfLetsIn()
    {
        await using var server = await EdgeServer.StartAsync();
        await RefusedAsync("cab-1", "nonsense", HttpStatusCode.Unauthorized, "bad-credentials");
        await RefusedAsync("cab-1", null, HttpStatusCode.Unauthorized, "bad-credentials");
        await RefusedAsync(
            "cab-1", server.TokenOf("cab-1", TimeSpan.FromSeconds(-5)), HttpStatusCode.Unauthorized, "expired-credentials");
        await RefusedAsync("cab-1", server.TokenOf("air-1"), HttpStatusCode.Forbidden, "foreign-device");
        await RefusedAsync(
            "nobody", server.TokenOf("cab-1").Replace("cab-1", "nobody", StringComparison.Ordinal),
            HttpStatusCode.Unauthorized, "unknown-device");
        var token = server.TokenOf("cab-1");
        server.Devices.Put("cab-1", DeviceStatus.Disabled, out _);
        await RefusedAsync("cab-1", token, HttpStatusCode.Unauthorized, "device-disabled");

        async Task RefusedAsync(string deviceId, string? token, HttpStatusCode status, string reason)
        {
            using var answer = await PostAsync(server, deviceId, Good, token: token ?? "");
            Assert.Equal(reason, await ReasonAsync(answer, status));
            await server.NewestRejectAsync(reason);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // the length is not told beforehand
    public async Task ABodyBeyondTheLimitIsNotRead(bool tellsLength)
    {
        await using var server = await EdgeServer.StartAsync();
        using var request = Request(server, "cab-1", server.TokenOf("cab-1"));
        request.Content = new ByteArrayContent(new byte[300 * 1024]);
        request.Headers.TransferEncodingChunked = !tellsLength;
        using var answer = await server.Http.SendAsync(request);
        Assert.Equal("packet-too-large", await ReasonAsync(answer, HttpStatusCode.RequestEntityTooLarge));
    }

    private static async Task<string?> ReasonAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        Assert.Equal(status, answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return problem.RootElement.GetProperty("reason").GetString();
    }

    private static async Task<HttpResponseMessage> PostAsync(
        EdgeServer server, string deviceId, string body, string contentType = "application/json", string? token = null,
        (string Name, string Value)? headers = null)
    {
        using var request = Request(server, deviceId, token ?? server.TokenOf(deviceId));
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        if (headers is var (name, value))
            request.Headers.Add(name, value);
        return await server.Http.SendAsync(request);
    }

    private static HttpRequestMessage Request(EdgeServer server, string deviceId, string token)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(server.Http.BaseAddress!, $"/devices/{deviceId}/messages/events?api-version=2021-04-12"));
        if (token.Length > 0)
            request.Headers.TryAddWithoutValidation("Authorization", token);
        return request;
    }
}
