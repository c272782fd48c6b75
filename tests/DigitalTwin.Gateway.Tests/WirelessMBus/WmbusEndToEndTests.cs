using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Gateway.WirelessMBus;

namespace DigitalTwin.Gateway.Tests.WirelessMBus;

/// <summary>
/// Telegrams from a concentrator's door to a twin's value, over HTTP and with Debian's mosquitto_pub.
/// </summary>
public sealed class WmbusEndToEndTests
{
    private const string Meter = "KAM-76348799";
    private const string Key = "28F64A24988064A079AA2C807D6102AE";

    // wmbusmeters simulations/serial_aes.msg: 6.408 m³, as the meter sent it.
    private const string Encrypted =
        "2A442D2C998734761B168D2091D37CAC21E1D68CDAFFCD3DC452BD802913FF7B1706CA9E355D6C2701CC24";

    // The iPerl of telegrams.json: 7.704 m³, in the open.
    private const string Plain = "1E44AE4C9956341268077A360010002F2F0413181E0000023B00002F2F2F2F";

    [Fact]
    public async Task AnEncryptedTelegramBecomesTheMetersValue()
    {
        await using var server = await EdgeServer.StartAsync();
        await RegisterAsync(server);
        var answer = await PostAsync(server, $$"""{"telegram":"{{Encrypted}}","rssi":-71,"concentrator":"roof-3"}""");
        Assert.Equal((1, 1, 0), Counts(answer));
        Assert.Equal(6408, await server.ValueOfAsync("b-1-c", "volumeLitres"));
        Assert.Equal(1, await server.ValueOfAsync("b-1-c", "dryDetected"));
        Assert.Equal(1, server.Meters.HttpsMessages);
    }

    [Theory]
    [InlineData("application/json", "[{\"telegram\":\"T\"},{\"telegram\":\"T\"}]", 2)]
    [InlineData("application/x-ndjson", "{\"telegram\":\"T\"}\n{\"wmbus\":\"T\",\"rssi\":-60}\n", 2)]
    [InlineData("text/plain", "T\n0xT\nT1;1;1;2026-11-21 12:00:42.000;97;148;76348799;0xT\n", 3)]
    [InlineData("application/vnd.wmbus+hex", "T", 1)]
    [InlineData("", "T\r\n", 1)]
    public async Task EveryFormIsRead(string contentType, string body, int telegrams)
    {
        await using var server = await EdgeServer.StartAsync();
        await RegisterAsync(server);
        var answer = await PostAsync(server, body.Replace("T\"", Encrypted + "\"", StringComparison.Ordinal)
            .Replace("0xT", "0x" + Encrypted, StringComparison.Ordinal)
            .Replace("T\n", Encrypted + "\n", StringComparison.Ordinal)
            .Replace("T\r", Encrypted + "\r", StringComparison.Ordinal) is var made && made == "T" ? Encrypted : made,
            contentType);
        Assert.Equal((telegrams, telegrams, telegrams - 1), Counts(answer));
        Assert.Equal(6408, await server.ValueOfAsync("b-1-c", "volumeLitres"));
    }

    [Fact]
    public async Task OctetsAreOneTelegram()
    {
        await using var server = await EdgeServer.StartAsync();
        await RegisterAsync(server);
        var answer = await PostAsync(server, Convert.FromHexString(Encrypted), "application/octet-stream");
        Assert.Equal((1, 1, 0), Counts(answer));
        Assert.Equal(6408, await server.ValueOfAsync("b-1-c", "volumeLitres"));
    }

    [Fact]
    public async Task TheSameTelegramFromTwoConcentratorsChangesNothing()
    {
        await using var server = await EdgeServer.StartAsync();
        await RegisterAsync(server);
        var first = DateTimeOffset.UtcNow.AddSeconds(-20);
        await PostAsync(server, $$"""{"telegram":"{{Encrypted}}","receivedAt":"{{first:o}}"}""");
        var answer = await PostAsync(
            server, $$"""{"telegram":"{{Encrypted}}","receivedAt":"{{first.AddMilliseconds(1500):o}}"}""");
        Assert.Equal((1, 1, 1), Counts(answer));
        server.Graph.TryFind("b-1-c", out var twin);
        var snapshot = await server.Engine.GetAsync(twin, CancellationToken.None);
        Assert.Equal(first.ToUnixTimeMilliseconds(), snapshot.State.MeasuredAt.UnixMilliseconds);
        Assert.Equal(server.Engine.Counters.ReadingsAdvanced, server.Engine.Counters.ReadingsDuplicate);
    }

    [Fact]
    public async Task EachRefusalIsListedWithTheConcentratorAndTheMeter()
    {
        await using var server = await EdgeServer.StartAsync();
        await RefusedAsync(Plain, "unknown-meter", "SEN-12345699-68-07");
        await PutAsync(server, $"/api/v1/wmbus/meters/{Meter}", """{"twin":"b-1-c"}""");
        await RefusedAsync(Encrypted, "no-key", "KAM-76348799-1B-16");
        await PutAsync(server, $"/api/v1/wmbus/meters/{Meter}/key", $$"""{"key":"{{Key.Replace('2', '3')}}"}""");
        await RefusedAsync(Encrypted, "wrong-key", "KAM-76348799-1B-16");
        await RefusedAsync(Plain[..^2], "malformed-telegram", "length");
        await RefusedAsync("sausages", "malformed-telegram", "hexadecimal");
        // Techem's own payload (CI 0xA2) of a known meter: kept as it came.
        const string Own =
            "2F446850200141029562A206702901006017030004000300000000000000000000000000000000000000000000000000";
        await PutAsync(server, "/api/v1/wmbus/meters/TCH-02410120", """{"twin":"b-1-c"}""");
        await RefusedAsync(Own, "unknown-driver", "TCH-02410120");

        var unread = JsonDocument.Parse(await server.Http.GetStringAsync("/api/v1/wmbus/unread")).RootElement
            .GetProperty("telegrams").EnumerateArray().ToList();
        Assert.Equal(["no-key", "unknown-driver", "wrong-key"],
            unread.Select(telegram => telegram.GetProperty("reason").GetString()).Order(StringComparer.Ordinal));
        Assert.Contains(unread, telegram => telegram.GetProperty("telegram").GetString() == Own);
        Assert.Null(await server.ValueOfAsync("b-1-c", "volumeLitres"));

        async Task RefusedAsync(string telegram, string reason, string named)
        {
            var answer = await PostAsync(server, telegram, "text/plain");
            var refused = answer.GetProperty("refused").EnumerateArray().Single();
            Assert.Equal(reason, refused.GetProperty("reason").GetString());
            var reject = await server.NewestRejectAsync(reason);
            Assert.Equal("gw-1", reject.GetProperty("deviceId").GetString());
            Assert.Contains(named, reject.GetProperty("detail").GetString()!, StringComparison.Ordinal);
            // A second's worth of described refusals is few.
            server.Time.Push(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task AnotherDeviceMayNotHandOnTheTelegramsOfAConcentratorsMeters()
    {
        await using var server = await EdgeServer.StartAsync();
        await RegisterAsync(server);
        var answer = await PostAsync(server, Encrypted, "text/plain", device: "cab-1");
        Assert.Equal("foreign-twin", answer.GetProperty("refused")[0].GetProperty("reason").GetString());
        Assert.Null(await server.ValueOfAsync("b-1-c", "volumeLitres"));
    }

    [Fact]
    public async Task OnlyADeviceThatProvesItselfGetsIn()
    {
        await using var server = await EdgeServer.StartAsync();
        await RegisterAsync(server);
        foreach (var token in (string[])["", "nonsense", server.TokenOf("gw-1", TimeSpan.FromSeconds(-5))])
        {
            using var answer = await SendAsync(server, Encoding.UTF8.GetBytes(Encrypted), "text/plain", token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        Assert.Null(await server.ValueOfAsync("b-1-c", "volumeLitres"));
    }

    [Fact]
    public async Task AKeyIsKeptInAPrivateFileAndNeverShown()
    {
        await using var server = await EdgeServer.StartAsync();
        await RegisterAsync(server);
        var list = await server.Http.GetStringAsync("/api/v1/wmbus/meters");
        Assert.Contains("\"hasKey\":true", list, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, list, StringComparison.OrdinalIgnoreCase);
        var file = Path.Combine(server.DataFolder, WmbusMeters.FileName);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var again = WmbusMeters.Open(server.DataFolder, new WmbusLimits());
        Assert.True(MeterAddress.TryParse(Meter, out var address));
        Assert.True(again.TryGetKey(address, out var key));
        Assert.Equal(Key, Convert.ToHexString(key));

        using var wrong = await server.Http.PutAsync(
            $"/api/v1/wmbus/meters/{Meter}/key", Json("""{"key":"28F64A24988064A079AA2C807D6102"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.DoesNotContain("28F64A24", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var deleted = await server.Http.DeleteAsync($"/api/v1/wmbus/meters/{Meter}/key");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.False(WmbusMeters.Open(server.DataFolder, new WmbusLimits()).TryGetKey(address, out _));
    }

    [Fact]
    public async Task AFileOfKeysIsTakenWholeOrNotAtAll()
    {
        await using var server = await EdgeServer.StartAsync();
        using var good = await server.Http.PostAsync(
            "/api/v1/wmbus/keys", Csv($"meter;key\n{Meter};{Key}\nSEN-12345699;{Key}\n"));
        Assert.Equal("""{"imported":2}""", await good.Content.ReadAsStringAsync());
        using var bad = await server.Http.PostAsync(
            "/api/v1/wmbus/keys", Csv($"meter,key\nABB-00000001,{Key}\nABB-00000002,{Key[1..]}\n"));
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        var problem = await bad.Content.ReadAsStringAsync();
        Assert.Contains("line 3: key", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Key[1..], problem, StringComparison.Ordinal);
        var list = await server.Http.GetStringAsync("/api/v1/wmbus/meters");
        Assert.Equal(2, JsonDocument.Parse(list).RootElement.GetProperty("meters").GetArrayLength());

        static StringContent Csv(string text) => new(text, Encoding.UTF8, "text/csv");
    }

    [MosquittoTheory]
    [InlineData("mqttv311", "devices/gw-1/messages/events/", "{\"wmbus\":\"" + Encrypted + "\"}")]
    [InlineData("mqttv311", "devices/gw-1/messages/events/%24.ct=application%2Fvnd.wmbus%2Bhex", Encrypted)]
    [InlineData(
        "mqttv5", "devices/gw-1/messages/events/", Encrypted, "-D", "publish", "content-type",
        "application/vnd.wmbus+hex")]
    public async Task ATelegramArrivesOverMqtt(string version, string topic, string message, params string[] further)
    {
        await using var server = await EdgeServer.StartAsync();
        await RegisterAsync(server);
        using var publisher = Process.Start("mosquitto_pub",
        [
            "-h", "127.0.0.1", "-p", server.MqttPort.ToString(CultureInfo.InvariantCulture), "-V", version, "-q", "1",
            "-i", "gw-1", "-u", "localhost/gw-1/?api-version=2021-04-12", "-P", server.TokenOf("gw-1"),
            "-t", topic, "-m", message, .. further,
        ]);
        await publisher.WaitForExitAsync().WaitAsync(Deadline.Patience);

        Assert.Equal(0, publisher.ExitCode);
        Assert.Equal(6408, await server.ValueOfAsync("b-1-c", "volumeLitres"));
        Assert.Equal(1, server.Meters.MqttMessages);
    }

    private static async Task RegisterAsync(EdgeServer server)
    {
        await PutAsync(server, $"/api/v1/wmbus/meters/{Meter}", """{"twin":"b-1-c"}""");
        await PutAsync(server, $"/api/v1/wmbus/meters/{Meter}/key", $$"""{"key":"{{Key}}"}""");
    }

    private static async Task PutAsync(EdgeServer server, string path, string body)
    {
        using var answer = await server.Http.PutAsync(path, Json(body));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static (int Telegrams, int Taken, int Duplicates) Counts(JsonElement answer) => (
        answer.GetProperty("telegrams").GetInt32(), answer.GetProperty("taken").GetInt32(),
        answer.GetProperty("duplicates").GetInt32());

    private static Task<JsonElement> PostAsync(
        EdgeServer server, string body, string contentType = "application/json", string device = "gw-1") =>
        PostAsync(server, Encoding.UTF8.GetBytes(body), contentType, device);

    private static async Task<JsonElement> PostAsync(
        EdgeServer server, byte[] body, string contentType, string device = "gw-1")
    {
        using var answer = await SendAsync(server, body, contentType, server.TokenOf(device));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    private static async Task<HttpResponseMessage> SendAsync(
        EdgeServer server, byte[] body, string contentType, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, WmbusApi.TelegramsPath);
        request.Content = new ByteArrayContent(body);
        if (contentType.Length > 0)
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (token.Length > 0)
            request.Headers.TryAddWithoutValidation("Authorization", token);
        return await server.Http.SendAsync(request);
    }

    /// <summary>Skipped, and said so, where the client is not installed.</summary>
    private sealed class MosquittoTheoryAttribute : TheoryAttribute
    {
        public MosquittoTheoryAttribute() => Skip =
            File.Exists("/usr/bin/mosquitto_pub") ? null : "mosquitto_pub is not installed";
    }
}
