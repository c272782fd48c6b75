using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Tests.Protection;

/// <summary>A device in a loop is slowed alone, named, and in the end sent away.</summary>
public sealed class ThrottlingTests
{
    private const string Events = "devices/cab-1/messages/events/";
    private const string OtherEvents = "devices/air-1/messages/events/";

    // Ten messages at once and one in 100 s: whoever is held, is held until a test moves the time.
    private const int AtOnce = 10;
    private static readonly TimeSpan s_aMessage = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan s_untilFull = TimeSpan.FromSeconds(1_100);

    private static readonly ProtectionLimits s_slow = new()
    {
        MessagesPerSecond = 0.01, MessagesPerSecondPerTwin = 0, Burst = AtOnce * s_aMessage,
        ThrottledMax = TimeSpan.FromHours(1),
    };

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task ALoopingDeviceIsSlowedAloneAndLosesNothing(byte version)
    {
        await using var server = await StartAsync(s_slow);
        using var looping = await AdmittedAsync(server, version);
        using var other = await RawClient.AdmittedAsync(server, version, "air-1");
        const int Sent = 40;
        await looping.SendAsync(Enumerable.Range(1, Sent).SelectMany(id =>
            Packets.Publish(version, Events, Light(id), (ushort)id)).ToArray());
        // Ten at once, and the one after which it is held.
        for (ushort id = 1; id <= AtOnce + 1; id++)
            Assert.Equal([0x40, 2, 0, (byte)id], await looping.ReadAsync());
        await HeldAsync(server, "cab-1");

        for (ushort id = 1; id <= AtOnce; id++)
        {
            await other.SendAsync(Packets.Publish(version, OtherEvents, Air(id), id));
            Assert.Equal([0x40, 2, 0, (byte)id], await other.ReadAsync());
        }

        // An answer of the engine comes after everything that was accepted before the question.
        await server.Engine.QueryAsync(new TwinQuery { Limit = 1 }, CancellationToken.None);
        Assert.Equal(AtOnce + 1 + AtOnce, server.Engine.Counters.Messages);

        for (var id = AtOnce + 2; id <= Sent; id++)
        {
            if ((id - 1) % (AtOnce + 1) == 0)
            {
                // The last answer is sent before its round is charged; after the push nobody would end its wait.
                await HeldAsync(server, "cab-1");
                server.Time.Push(s_untilFull);
            }

            Assert.Equal([0x40, 2, 0, (byte)id], await looping.ReadAsync());
        }

        Assert.Equal(Sent % 100, await server.ValueOfAsync("l-001", "dimLevelPercent"));
        // Of each eleven that came with the pushed time, the first had waited for it.
        Assert.Equal(3, server.Get<SenderRates>().HeldBack);
    }

    [Fact]
    public async Task ItIsNamedWithWhatItWasHeldBack()
    {
        await using var server = await StartAsync(s_slow);
        using var looping = await AdmittedAsync(server, Packets.V5);
        await looping.SendAsync(Enumerable.Range(1, AtOnce + 2).SelectMany(id =>
            Packets.Publish(Packets.V5, Events, Light(id), (ushort)id)).ToArray());
        await HeldAsync(server, "cab-1");
        var reject = await server.NewestRejectAsync("throttled");
        Assert.Equal("cab-1", reject.GetProperty("deviceId").GetString());
        Assert.Contains("messages/s", reject.GetProperty("detail").GetString(), StringComparison.Ordinal);

        server.Time.Push(s_aMessage);
        for (var id = 1; id <= AtOnce + 2; id++)
            Assert.Equal([0x40, 2, 0, (byte)id], await looping.ReadAsync());
        await Deadline.UntilAsync(() => server.Get<SenderRates>().HeldBack == 1, "nothing was held back");
        using var throttled = JsonDocument.Parse(await server.Http.GetStringAsync("/api/v1/operations/throttled"));
        Assert.Equal(1, throttled.RootElement.GetProperty("total").GetInt32());
        Assert.Equal(1, throttled.RootElement.GetProperty("messagesHeldBack").GetInt64());
        var device = Assert.Single(throttled.RootElement.GetProperty("devices").EnumerateArray());
        Assert.Equal("cab-1", device.GetProperty("deviceId").GetString());
        Assert.Equal(0.01, device.GetProperty("messagesPerSecond").GetDouble());
        Assert.False(device.GetProperty("isRefused").GetBoolean());
        var metrics = (await server.Http.GetStringAsync("/metrics")).Split('\n');
        Assert.Contains("ingest_throttled_devices 1", metrics);
        Assert.Contains("ingest_messages_held_back_total 1", metrics);
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task WhoGoesOnForTooLongIsDisconnectedAndRefusedForATime(byte version)
    {
        await using var server = await StartAsync(s_slow with { ThrottledMax = TimeSpan.FromSeconds(150) });
        using var looping = await AdmittedAsync(server, version);
        await looping.SendAsync(Enumerable.Range(1, 30).SelectMany(id =>
            Packets.Publish(version, Events, Light(id), (ushort)id)).ToArray());
        for (var id = 1; id <= AtOnce + 1; id++)
            Assert.Equal([0x40, 2, 0, (byte)id], await looping.ReadAsync());
        // Held at 0 s and at 100 s; at 200 s it is enough. What was read is acknowledged all the same. Each answer is
        // sent before its round is charged, and the time must not move between the two.
        await HeldAsync(server, "cab-1");
        server.Time.Push(s_aMessage);
        Assert.Equal([0x40, 2, 0, AtOnce + 2], await looping.ReadAsync());
        await Deadline.UntilAsync(() => server.Get<SenderRates>().HeldBack == 1, "it was not charged");
        server.Time.Push(s_aMessage);
        Assert.Equal([0x40, 2, 0, AtOnce + 3], await looping.ReadAsync());
        var said = await looping.RestAsync();
        if (version == Packets.V5)
            Assert.Equal([0xE0, 0x97], Assert.Single(said).Where((_, at) => at is 0 or 2));
        else
            Assert.Empty(said);

        var connect = Connect(server, version);
        using (var again = await RawClient.ConnectAsync(server.MqttPort))
        {
            await again.SendAsync(connect);
            Assert.Equal(version == Packets.V5 ? 0x97 : 3, Assert.Single(await again.RestAsync())[3]);
        }

        server.Time.Push(TimeSpan.FromMinutes(1));
        using var later = await RawClient.ConnectAsync(server.MqttPort);
        await later.AdmitAsync(connect);
    }

    [Theory]
    [InlineData(Packets.V311, 3)]
    [InlineData(Packets.V5, 0x9F)]
    public async Task WhoConnectsAgainAndAgainIsRefused(byte version, byte code)
    {
        await using var server = await StartAsync(new ProtectionLimits
        {
            ConnectsPerSecond = 0.01, ConnectBurst = TimeSpan.FromSeconds(300),
        });
        var connect = Connect(server, version);
        for (var i = 0; i < 3; i++)
        {
            using var client = await RawClient.ConnectAsync(server.MqttPort);
            await client.AdmitAsync(connect);
        }

        using (var refused = await RawClient.ConnectAsync(server.MqttPort))
        {
            await refused.SendAsync(connect);
            Assert.Equal(code, Assert.Single(await refused.RestAsync())[3]);
        }

        Assert.Equal("cab-1", (await server.NewestRejectAsync("throttled")).GetProperty("deviceId").GetString());
        // Another device is another's.
        using var other = await RawClient.AdmittedAsync(server, version, "air-1");
        // Who does not hold the device's key cannot bring it about.
        for (var i = 0; i < 5; i++)
        {
            using var forger = await RawClient.ConnectAsync(server.MqttPort);
            await forger.SendAsync(Packets.Connect(version, "air-1", "h/air-1/", server.TokenOf("cab-1")));
            await forger.RestAsync();
        }

        using var welcome = await RawClient.AdmittedAsync(server, version, "air-1");
    }

    [Fact]
    public async Task WhoIsHeldIsNeitherSilentNorStuck()
    {
        await using var server = await StartAsync(s_slow);
        using var looping = await AdmittedAsync(server, Packets.V5, keepAliveSeconds: 20);
        // Its last packet is cut in two, and the rest waits with it.
        await looping.SendAsync(Enumerable.Range(1, AtOnce + 1).SelectMany(id =>
            Packets.Publish(Packets.V5, Events, Light(id), (ushort)id)).ToArray());
        await HeldAsync(server, "cab-1");
        await looping.SendAsync(Packets.Publish(Packets.V5, Events, Light(12), 12)[..9]);
        server.Time.Push(TimeSpan.FromSeconds(90));
        await looping.SendAsync(Packets.Publish(Packets.V5, Events, Light(12), 12)[9..]);
        server.Time.Push(TimeSpan.FromSeconds(10));
        for (var id = 1; id <= AtOnce + 2; id++)
            Assert.Equal([0x40, 2, 0, (byte)id], await looping.ReadAsync());
        await HeldAsync(server, "cab-1");

        // Held again; a second connection need not wait for that.
        using var second = await AdmittedAsync(server, Packets.V5);
        Assert.Equal([0xE0, 0x8E], (await looping.ReadAsync()).Where((_, at) => at is 0 or 2));
        await second.SendAsync(Packets.Pingreq);
        Assert.Equal([0xD0, 0], await second.ReadAsync());
    }

    [Fact]
    public async Task OverWebSocketItIsTheSame()
    {
        await using var server = await StartAsync(s_slow);
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.HttpPort}/mqtt"), CancellationToken.None);
        byte[] said =
        [
            .. Connect(server, Packets.V311),
            .. Enumerable.Range(1, AtOnce + 2).SelectMany(id =>
                Packets.Publish(Packets.V311, Events, Light(id), (ushort)id)),
        ];
        await socket.SendAsync(said, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        var answers = new List<byte>();
        await ReadAsync(4 + 4 * (AtOnce + 1));
        await HeldAsync(server, "cab-1");
        Assert.Equal(4 + 4 * (AtOnce + 1), answers.Count);
        server.Time.Push(s_aMessage);
        await ReadAsync(4 + 4 * (AtOnce + 2));

        async Task ReadAsync(int count)
        {
            using var deadline = new CancellationTokenSource(Deadline.Patience);
            var buffer = new byte[1_024];
            while (answers.Count < count)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(), deadline.Token);
                answers.AddRange(buffer[..read.Count]);
            }
        }
    }

    [Fact]
    public async Task OverHttpsItIsToldWhenToComeAgain()
    {
        await using var server = await StartAsync(s_slow);
        // The same ten, whichever way they come.
        using var client = await AdmittedAsync(server, Packets.V5);
        for (var id = 1; id <= 5; id++)
            await client.SendAsync(Packets.Publish(Packets.V5, Events, Light(id), (ushort)id));
        for (var id = 1; id <= 5; id++)
            await client.ReadAsync();
        // The last answer is sent before its round is charged.
        await client.SendAsync(Packets.Disconnect);
        Assert.Empty(await client.RestAsync());
        await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 0, "the connection is still there");
        // Five more are ten, and one may go beyond.
        for (var i = 0; i < 6; i++)
            Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(server, "cab-1")).Status);
        var (status, headers, body) = await PostAsync(server, "cab-1");
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.InRange(headers.RetryAfter!.Delta!.Value.TotalSeconds, 90, 100);
        Assert.Equal("ThrottlingException", Assert.Single(headers.GetValues("iothub-errorcode")));
        Assert.Equal(429_001, body!.RootElement.GetProperty("errorCode").GetInt32());
        Assert.Equal("throttled", body.RootElement.GetProperty("reason").GetString());
        Assert.Equal("https", (await server.NewestRejectAsync("throttled")).GetProperty("transport").GetString());
        Assert.Equal(1, server.Get<SenderRates>().HeldBack);

        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(server, "air-1")).Status);
        server.Time.Push(headers.RetryAfter.Delta.Value);
        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(server, "cab-1")).Status);
    }

    [Fact]
    public async Task MessagesThatAreRefusedCountToo()
    {
        await using var server = await StartAsync(s_slow);
        using var looping = await AdmittedAsync(server, Packets.V5);
        await looping.SendAsync(Enumerable.Range(1, 30).SelectMany(id =>
            Packets.Publish(Packets.V5, Events, "{", (ushort)id)).ToArray());
        await HeldAsync(server, "cab-1");
        Assert.Equal(AtOnce + 1, server.Rejects.CountOf(Ingest.RejectReason.MalformedJson));
    }

    private static Task<EdgeServer> StartAsync(ProtectionLimits protection) =>
        EdgeServer.StartAsync(limits: new GatewayLimits { Protection = protection });

    private static Task<RawClient> AdmittedAsync(EdgeServer server, byte version, ushort keepAliveSeconds = 600) =>
        RawClient.AdmittedAsync(server, version, "cab-1", keepAliveSeconds, tokenLasts: TimeSpan.FromDays(1));

    private static byte[] Connect(EdgeServer server, byte version) =>
        Packets.Connect(version, "cab-1", "h/cab-1/", server.TokenOf("cab-1", TimeSpan.FromDays(1)));

    private static Task HeldAsync(EdgeServer server, string device) => Deadline.UntilAsync(
        () => server.Get<SenderRates>().Of(device).Episode is { IsHeld: true }, $"{device} is not held");

    private static string Light(int percent) => $$"""[{"twin":"l-001","dimLevelPercent":{{percent % 100}}}]""";

    private static string Air(int value) => $$"""{"pm25MicrogramsPerCubicMetre":{{value}}}""";

    private static async Task<(HttpStatusCode Status, HttpResponseHeaders Headers, JsonDocument? Body)> PostAsync(
        EdgeServer server, string device)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(server.Http.BaseAddress!, $"/devices/{device}/messages/events"));
        request.Headers.TryAddWithoutValidation("Authorization", server.TokenOf(device));
        request.Content = new StringContent(device == "cab-1" ? Light(7) : Air(7), Encoding.UTF8, "application/json");
        using var answer = await server.Http.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, answer.Headers, body.Length > 0 ? JsonDocument.Parse(body) : null);
    }
}
