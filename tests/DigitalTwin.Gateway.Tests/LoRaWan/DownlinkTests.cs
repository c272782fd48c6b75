using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using DigitalTwin.Gateway.LoRaWan;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>Commands to devices, from an operator's request over a network server's API to the device's acknowledgement.</summary>
public sealed class DownlinkTests : IAsyncLifetime
{
    private const string Dim70 = """{"command": "setDimLevel", "percent": 70, "by": "Aigul"}""";

    private NetworkServerDouble _network = null!;
    private LoRaWanCity _city = null!;

    public async Task InitializeAsync()
    {
        _network = await NetworkServerDouble.StartAsync();
        _city = await LoRaWanCity.StartAsync(_network.Url);
    }

    public async Task DisposeAsync()
    {
        await _city.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task ACommandThroughChirpStackIsQueuedSentAndDelivered()
    {
        var id = (await SendAsync(LoRaWanCity.LightEui, HttpStatusCode.Accepted)).GetProperty("id").GetString()!;

        var (path, body) = Assert.Single(_network.Received);
        Assert.Equal($"/api/devices/{LoRaWanCity.LightEui}/queue", path);
        var item = body.GetProperty("queueItem");
        Assert.Equal("Af5G", item.GetProperty("data").GetString()); // 01 FE 46: dim, every driver, 70
        Assert.Equal(60, item.GetProperty("fPort").GetInt32());
        Assert.True(item.GetProperty("confirmed").GetBoolean());
        Assert.Equal("queued", await StateAsync(LoRaWanCity.LightEui, id));

        await Told("txack", $"\"downlinkId\": 3461958127, \"queueItemId\": \"{NetworkServerDouble.QueueItem}\", \"fCntDown\": 2");
        Assert.Equal("sent", await StateAsync(LoRaWanCity.LightEui, id));
        await Told("ack", $"\"queueItemId\": \"{NetworkServerDouble.QueueItem}\", \"acknowledged\": true, \"fCntDown\": 3");
        Assert.Equal("delivered", await StateAsync(LoRaWanCity.LightEui, id));
        var done = await _city.JsonAsync($"/api/v1/lorawan/devices/{LoRaWanCity.LightEui}/downlinks/{id}");
        Assert.Equal("2026-11-20T09:33:28.823+00:00", done.GetProperty("deliveredAt").GetString());
        Assert.Equal(("01fe46", "Aigul"), (done.GetProperty("payload").GetString(), done.GetProperty("by").GetString()));

        // An event that comes late, or again, takes nothing back.
        await Told("txack", $"\"queueItemId\": \"{NetworkServerDouble.QueueItem}\"");
        await Told("ack", $"\"queueItemId\": \"{NetworkServerDouble.QueueItem}\"");
        Assert.Equal("delivered", await StateAsync(LoRaWanCity.LightEui, id));
    }

    [Fact]
    public async Task ADeviceThatDoesNotAcknowledgeFails()
    {
        var id = (await SendAsync(LoRaWanCity.LightEui, HttpStatusCode.Accepted)).GetProperty("id").GetString()!;

        // Protocol Buffers leave "acknowledged": false out.
        await Told("ack", $"\"queueItemId\": \"{NetworkServerDouble.QueueItem}\", \"fCntDown\": 3");

        Assert.Equal("failed", await StateAsync(LoRaWanCity.LightEui, id));
    }

    [Fact]
    public async Task AnEventThatIsFasterThanTheAnswerIsNotLost()
    {
        _network.Hold = new TaskCompletionSource();
        var sending = SendAsync(LoRaWanCity.LightEui, HttpStatusCode.Accepted);
        await Mqtt.Deadline.UntilAsync(() => !_network.Received.IsEmpty, "the downlink did not arrive");

        using var early = await _city.ChirpStackAsync("txack", NetworkEvents.ChirpStackEvent(
            LoRaWanCity.LightEui, $"\"queueItemId\": \"{NetworkServerDouble.QueueItem}\""));
        _network.Hold.SetResult();

        Assert.Equal("sent", await StateAsync(LoRaWanCity.LightEui, (await sending).GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task ACommandThroughTheThingsStackGoesToTheDeviceThatItsUplinkNamed()
    {
        _network.Token = "Bearer NNSXS.KEY";
        await UplinkThroughThingsStackAsync();

        var id = (await SendAsync(LoRaWanCity.ZenopixEui, HttpStatusCode.Accepted)).GetProperty("id").GetString()!;

        var (path, body) = Assert.Single(_network.Received);
        Assert.Equal("/api/v3/as/applications/app1/webhooks/wh1/devices/dev1/down/push", path);
        var item = Assert.Single(body.GetProperty("downlinks").EnumerateArray());
        Assert.Equal("hAFG", item.GetProperty("frm_payload").GetString()); // 70 % in the Zenopix table
        Assert.Equal(8, item.GetProperty("f_port").GetInt32());
        var correlation = Assert.Single(item.GetProperty("correlation_ids").EnumerateArray()).GetString()!;
        foreach (var (message, member, state) in new[]
            {
                ("down/queued", "downlink_queued", "queued"), ("down/sent", "downlink_sent", "sent"),
                ("down/ack", "downlink_ack", "delivered"),
            })
        {
            using var answer = await _city.ThingsStackAsync(
                message, NetworkEvents.ThingsStackDownlink(LoRaWanCity.ZenopixEui, member, correlation));
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            Assert.Equal(state, await StateAsync(LoRaWanCity.ZenopixEui, id));
        }
    }

    [Fact]
    public async Task AFailureThatTheThingsStackTellsHasItsReason()
    {
        _network.Token = "Bearer NNSXS.KEY";
        await UplinkThroughThingsStackAsync();
        var id = (await SendAsync(LoRaWanCity.ZenopixEui, HttpStatusCode.Accepted)).GetProperty("id").GetString()!;

        using var answer = await _city.ThingsStackAsync("down/failed", NetworkEvents.ThingsStackFailed($"digital-twin:{id}"));

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        var failed = await _city.JsonAsync($"/api/v1/lorawan/devices/{LoRaWanCity.ZenopixEui}/downlinks/{id}");
        Assert.Equal("failed", failed.GetProperty("state").GetString());
        Assert.Equal("application_downlink_too_long", failed.GetProperty("problem").GetString());
    }

    // The header may name any host; what it says goes to the configured one or nowhere.
    [Fact]
    public async Task TheKeyOfAnUplinkGoesToNoOtherHost()
    {
        _network.Token = "Bearer NNSXS.KEY";
        using var stranger = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        await UplinkThroughThingsStackAsync(
            $"http://{stranger.LocalEndpoint}/api/v3/as/applications/app1/webhooks/wh1/devices/dev1/down/push");

        await SendAsync(LoRaWanCity.ZenopixEui, HttpStatusCode.Accepted);

        Assert.Single(_network.Received);
        Assert.False(stranger.Pending());
        var session = (await _city.JsonAsync($"/api/v1/lorawan/devices/{LoRaWanCity.ZenopixEui}")).GetRawText();
        Assert.DoesNotContain("NNSXS", session);
    }

    [Fact]
    public async Task ARefusedTokenIsABadGatewayAndAFailedDownlink()
    {
        _network.Token = "Bearer another";

        var problem = await SendAsync(LoRaWanCity.LightEui, HttpStatusCode.BadGateway);

        Assert.Equal("the network server answered 401", problem.GetProperty("detail").GetString());
        Assert.Equal("failed", await StateAsync(LoRaWanCity.LightEui, problem.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task ARedirectIsNotFollowedWithTheToken()
    {
        await using var city = await LoRaWanCity.StartAsync(new Uri(_network.Url, "/elsewhere/"));

        using var answer = await PostAsync(city, LoRaWanCity.LightEui, Dim70);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Empty(_network.Received);
    }

    [Fact]
    public async Task ANetworkServerThatDoesNotAnswerInTimeFailsTheDownlink()
    {
        await using var city = await LoRaWanCity.StartAsync(
            _network.Url, new LoRaWanLimits { ApiAnswerWithin = TimeSpan.FromMilliseconds(50) });
        _network.Hold = new TaskCompletionSource();

        using var answer = await PostAsync(city, LoRaWanCity.LightEui, Dim70);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("did not answer within 0.05 s; it may have it", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ANetworkServerThatIsNotThereFailsTheDownlink()
    {
        await _network.DisposeAsync();

        var problem = await SendAsync(LoRaWanCity.LightEui, HttpStatusCode.BadGateway);

        Assert.Equal("the network server was not reached: ConnectionError", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task ADownlinkThatNobodyHearsOfExpires()
    {
        var id = (await SendAsync(LoRaWanCity.LightEui, HttpStatusCode.Accepted)).GetProperty("id").GetString()!;

        _city.Time.Push(TimeSpan.FromHours(24));

        Assert.Equal("expired", await StateAsync(LoRaWanCity.LightEui, id));
    }

    [Fact]
    public async Task ChirpStackGivingADownlinkUpExpiresIt()
    {
        var id = (await SendAsync(LoRaWanCity.LightEui, HttpStatusCode.Accepted)).GetProperty("id").GetString()!;

        await Told("log", $$"""
            "level": "ERROR", "code": "EXPIRED", "description": "Device queue-item discarded", "context": {"queue_item_id": "{{NetworkServerDouble.QueueItem}}"}
            """);

        Assert.Equal("expired", await StateAsync(LoRaWanCity.LightEui, id));
    }

    [Theory]
    [InlineData("{\"command\": \"setDimLevel\", \"percent\": 70}", HttpStatusCode.BadRequest, "by: say who acts")]
    [InlineData("{\"command\": \"setDimLevel\", \"percent\": 101, \"by\": \"A\"}", HttpStatusCode.BadRequest, "percent: is not 0 to 100")]
    [InlineData("{\"command\": \"setDimLevel\", \"by\": \"A\"}", HttpStatusCode.BadRequest, "percent: is not 0 to 100")]
    [InlineData("{\"command\": \"reboot\", \"percent\": 1, \"by\": \"A\"}", HttpStatusCode.BadRequest, "command: 'reboot' is not setDimLevel")]
    [InlineData("{\"comand\": \"setDimLevel\"}", HttpStatusCode.BadRequest, "comand: is not known here")]
    public async Task ARequestThatDoesNotFitIsRefused(string body, HttpStatusCode expected, string detail)
    {
        using var answer = await PostAsync(_city, LoRaWanCity.LightEui, body);

        Assert.Equal(expected, answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.StartsWith(detail, problem.RootElement.GetProperty("detail").GetString());
        Assert.Empty(_network.Received);
    }

    [Theory]
    [InlineData(LoRaWanCity.MeterEui, "command: axioma-w1 has none")]
    [InlineData("00000000000000ff", "devEui: no twin of the city has it")]
    [InlineData(LoRaWanCity.AirEui, "lorawanCodec: the twin has none, and the event names no device profile")]
    public async Task ADeviceThatCannotBeToldIsAConflict(string devEui, string detail)
    {
        using var answer = await PostAsync(_city, devEui, Dim70);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains(detail, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task DownlinksAreBoundedAndTheOldestGo()
    {
        await using var city = await LoRaWanCity.StartAsync(_network.Url, new LoRaWanLimits { DownlinksKeptMax = 2 });
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            using var answer = await PostAsync(city, LoRaWanCity.LightEui, Dim70);
            using var sent = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            ids.Add(sent.RootElement.GetProperty("id").GetString()!);
        }

        var kept = (await city.JsonAsync($"/api/v1/lorawan/devices/{LoRaWanCity.LightEui}/downlinks")).GetProperty("downlinks");
        Assert.Equal([ids[2], ids[1]], kept.EnumerateArray().Select(downlink => downlink.GetProperty("id").GetString()));
    }

    private async Task UplinkThroughThingsStackAsync(
        string push = "https://eu1.cloud.thethings.network/api/v3/as/applications/app1/webhooks/wh1/devices/dev1/down/push")
    {
        using var answer = await _city.ThingsStackAsync(
            "up", NetworkEvents.ThingsStackUplink(LoRaWanCity.ZenopixEui, 8, "AQI=", "\"decoded_payload\": {\"dim_value\": 0},"),
            ("X-Downlink-Push", push), ("X-Downlink-Apikey", "NNSXS.KEY"));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private async Task Told(string name, string more)
    {
        using var answer = await _city.ChirpStackAsync(name, NetworkEvents.ChirpStackEvent(LoRaWanCity.LightEui, more));
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> SendAsync(string devEui, HttpStatusCode expected)
    {
        using var answer = await PostAsync(_city, devEui, Dim70);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode}: {text}");
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static Task<HttpResponseMessage> PostAsync(LoRaWanCity city, string devEui, string body) =>
        city.Http.PostAsync(
            $"/api/v1/lorawan/devices/{devEui}/downlinks",
            new StringContent(body, new MediaTypeHeaderValue("application/json")));

    private async Task<string> StateAsync(string devEui, string id) =>
        (await _city.JsonAsync($"/api/v1/lorawan/devices/{devEui}/downlinks/{id}")).GetProperty("state").GetString()!;
}
