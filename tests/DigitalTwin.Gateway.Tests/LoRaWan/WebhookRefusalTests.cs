using System.Net;
using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>Who is not let in, and what is not taken: every refusal says which field.</summary>
public sealed class WebhookRefusalTests : IAsyncLifetime
{
    private const string ChirpStack = "/api/v1/lorawan/chirpstack?event=up";

    private static readonly string s_uplink = NetworkEvents.ChirpStackUplink(
        LoRaWanCity.MeterEui, 100, NetworkEvents.AxiomaBase64);

    private LoRaWanCity _city = null!;

    public async Task InitializeAsync() => _city = await LoRaWanCity.StartAsync();

    public async Task DisposeAsync() => await _city.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccC")]
    public async Task WithoutTheSecretNobodyIsHeard(string? secret)
    {
        using var answer = await _city.PostAsync(ChirpStack, s_uplink, secret);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(0, _city.Engine.Counters.Messages);
        var reject = Assert.Single(_city.Rejects.Recent());
        Assert.Equal("BadCredentials", reject.Reason.ToString());
        // What was tried may be a slip of the real one.
        Assert.DoesNotContain(secret is { Length: > 0 } ? secret : "cccc", reject.Detail + reject.Excerpt);
    }

    [Fact]
    public async Task ASecretInTheUrlIsNoSecret()
    {
        using var answer = await _city.PostAsync($"{ChirpStack}&secret={LoRaWanCity.ChirpStackSecret}", s_uplink, null);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task ANetworkServerOfOneKindDoesNotSpeakAsTheOther()
    {
        using var answer = await _city.PostAsync(ChirpStack, s_uplink, LoRaWanCity.ThingsStackSecret);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("down", "event: 'down' is none of up, join")]
    [InlineData("", "event: '' is none of up, join")]
    [InlineData("UP", "event: 'UP' is none of up, join")]
    public async Task AnUnknownEventIsNamed(string name, string detail) =>
        await Refused(_city.ChirpStackAsync(name, s_uplink), HttpStatusCode.NotFound, detail);

    [Theory]
    [InlineData("uplink", "path: 'uplink' is none of up, join")]
    [InlineData("", "path: '' is none of up, join")]
    [InlineData("down/ack/x", "path: 'down/ack/x' is none of")]
    public async Task AnUnknownMessageIsNamed(string path, string detail) =>
        await Refused(_city.ThingsStackAsync(path, "{}"), HttpStatusCode.NotFound, detail);

    [Theory]
    [InlineData("\"devEui\": \"00070900004d6907\"", "\"x\": 1", "deviceInfo.devEui: is missing")]
    [InlineData("00070900004d6907", "00070900004d690", "deviceInfo.devEui: is not a DevEUI of 16 hexadecimal digits")]
    [InlineData("\"00070900004d6907\"", "7", "deviceInfo.devEui: is not a text of at most 256 characters")]
    [InlineData("2026-11-20T09:34:15.775023242+00:00", "yesterday", "time: is not an ISO 8601 time with an offset")]
    [InlineData("\"fPort\": 100", "\"fPort\": 256", "fPort: is not a whole number from 0 to 255")]
    [InlineData("\"fPort\": 100", "\"fPort\": \"100\"", "fPort: is not a whole number from 0 to 255")]
    [InlineData("\"fCnt\": 7", "\"fCnt\": -1", "fCnt: is not a whole number")]
    [InlineData("\"data\": \"DqA1", "\"data\": \"!qA1", "data: is not base64")]
    [InlineData("\"rssi\": -36", "\"rssi\": \"loud\"", "rxInfo[1].rssi: is not a number")]
    public async Task AFieldThatIsNotAsDocumentedIsNamed(string found, string replaced, string detail)
    {
        Assert.Contains(found, s_uplink);
        await Refused(
            _city.ChirpStackAsync("up", s_uplink.Replace(found, replaced, StringComparison.Ordinal)),
            HttpStatusCode.BadRequest, detail);
        Assert.Equal(0, _city.Engine.Counters.Messages);
    }

    [Theory]
    [InlineData("up", "uplink_message: is missing; a message to …/up has it")]
    [InlineData("down/ack", "downlink_ack: is missing; a message to …/down/ack has it")]
    public async Task AMessageThatIsNotWhatItsPathSaysIsRefused(string path, string detail) => await Refused(
        _city.ThingsStackAsync(path, NetworkEvents.ThingsStackJoin(LoRaWanCity.MeterEui)), HttpStatusCode.BadRequest, detail);

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("\u0008\u0001")] // Protocol Buffers, the other choice of ChirpStack's integration
    public async Task ABodyThatIsNotJsonIsRefused(string body) =>
        await Refused(_city.ChirpStackAsync("up", body), HttpStatusCode.BadRequest, "body: is not JSON");

    [Fact]
    public async Task ABodyThatIsAnArrayIsRefused() =>
        await Refused(_city.ChirpStackAsync("up", "[]"), HttpStatusCode.BadRequest, "deviceInfo.devEui: is missing");

    [Fact]
    public async Task ADeeplyNestedBodyIsRefused() => await Refused(
        _city.ChirpStackAsync("up", new string('[', 10_000)), HttpStatusCode.BadRequest, "body: is not JSON");

    [Fact]
    public async Task AnEventThatIsTooLongIsRefused() => await Refused(
        _city.ChirpStackAsync("up", s_uplink + new string(' ', 64 * 1024)), HttpStatusCode.RequestEntityTooLarge,
        "at most 65536 bytes");

    [Fact]
    public async Task APayloadLongerThanLoRaWanAllowsIsRefused() => await Refused(
        _city.ChirpStackAsync("up", NetworkEvents.ChirpStackUplink(
            LoRaWanCity.MeterEui, 100, Convert.ToBase64String(new byte[243]))),
        HttpStatusCode.BadRequest, "data: has more than 242 bytes");

    [Theory]
    [InlineData("/api/v1/lorawan/chirpstack", true)]
    [InlineData("/api/v1/lorawan/things-stack/down/ack", true)]
    [InlineData("/api/v1/lorawan/devices/00070900004d6907", false)]
    [InlineData("/api/v1/lorawan/chirpstack/x", false)]
    [InlineData("/api/v1/twins", false)]
    public void OnlyTheWebhooksAreOpenBesideTheDevices(string path, bool isOpen) =>
        Assert.Equal(isOpen, Gateway.LoRaWan.LoRaWanApi.IsWebhook(path));

    private static async Task Refused(Task<HttpResponseMessage> sending, HttpStatusCode expected, string detail)
    {
        using var answer = await sending;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode}: {text}");
        using var problem = JsonDocument.Parse(text);
        Assert.StartsWith(detail, problem.RootElement.GetProperty("detail").GetString());
    }
}
