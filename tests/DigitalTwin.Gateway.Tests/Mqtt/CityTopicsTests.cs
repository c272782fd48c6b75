using System.Text.Json;
using DigitalTwin.Gateway.Mqtt.City;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>Other systems of the city, which follow it over MQTT.</summary>
public sealed class CityTopicsTests
{
    private const string Light1 = "city/d-almaly/streetlight/l-001";
    private const string Light2 = "city/d-almaly/streetlight/l-002";

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task ANewSubscriptionGetsEveryMatchingStateAndThenWhatChanges(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        await ReportAsync(server, ("l-001", 40), ("l-002", 50));
        using var service = await ServiceAsync(server, version);
        await SubscribeAsync(service, version, "city/+/streetlight/+", 1);
        var states = new[] { await NextAsync(service, version), await NextAsync(service, version) };
        Assert.Equal([(Light1, 40, 0x33), (Light2, 50, 0x33)], states.Select(Brief).Order());
        await ReportAsync(server, ("l-002", 60));
        var changed = await NextAsync(service, version);
        Assert.Equal((Light2, 60, 0x32), Brief(changed));
        // The document is that of GET /api/v1/twins/{id}.
        Assert.Equal("streetlight", changed.Body.GetProperty("kind").GetString());
        Assert.Equal("live", changed.Body.GetProperty("state").GetProperty("freshness").GetString());
    }

    [Fact]
    public async Task NothingElseComesThanWasAskedFor()
    {
        await using var server = await EdgeServer.StartAsync();
        await ReportAsync(server, ("l-001", 40), ("l-002", 50));
        using var service = await ServiceAsync(server, Packets.V5);
        await SubscribeAsync(service, Packets.V5, Light2, 0);
        Assert.Equal((Light2, 50, 0x31), Brief(await NextAsync(service)));
        await ReportAsync(server, ("l-001", 41), ("l-002", 51));
        Assert.Equal((Light2, 51, 0x30), Brief(await NextAsync(service)));
        await service.SendAsync(Packets.Unsubscribe(Packets.V5, 4, Light2));
        Assert.Equal([0xB0, 4, 0, 4, 0, 0], await service.ReadAsync());
        await ReportAsync(server, ("l-002", 52));
        await SubscribeAsync(service, Packets.V5, Light1, 0);
        Assert.Equal((Light1, 41, 0x31), Brief(await NextAsync(service)));
    }

    [Theory]
    [InlineData(0x00, true, true)]
    [InlineData(0x10, true, false)]
    [InlineData(0x20, false, false)]
    public async Task RetainHandlingSaysWhetherTheStateIsSentAtOnce(byte options, bool atFirst, bool again)
    {
        await using var server = await EdgeServer.StartAsync();
        await ReportAsync(server, ("l-001", 40));
        using var service = await ServiceAsync(server, Packets.V5);
        var value = 40;
        foreach (var isSent in (bool[])[atFirst, again])
        {
            await SubscribeAsync(service, Packets.V5, Light1, options);
            if (isSent)
                Assert.Equal((Light1, value, 0x31), Brief(await NextAsync(service)));
            await ReportAsync(server, ("l-001", ++value));
            Assert.Equal((Light1, value, 0x30), Brief(await NextAsync(service)));
        }
    }

    [Fact]
    public async Task RetainAsPublishedKeepsTheFlagOfAState()
    {
        await using var server = await EdgeServer.StartAsync();
        using var service = await ServiceAsync(server, Packets.V5);
        await SubscribeAsync(service, Packets.V5, Light1, 0x08);
        await ReportAsync(server, ("l-001", 40));
        Assert.Equal((Light1, 40, 0x31), Brief(await NextAsync(service)));
    }

    [Fact]
    public async Task OverlappingSubscriptionsGiveOneCopyAtTheHighestQos()
    {
        await using var server = await EdgeServer.StartAsync();
        using var service = await ServiceAsync(server, Packets.V5);
        await service.SendAsync(Packets.Subscribe(Packets.V5, 1, ("city/#", 0), (Light1, 1), ("city/d-almaly/+/+", 0)));
        Assert.Equal([0x90, 6, 0, 1, 0, 0, 1, 0], await service.ReadAsync());
        await ReportAsync(server, ("l-001", 40));
        // The cabinet's and the district's sums change with it; each topic comes once a change.
        var topics = new List<string>();
        await UntilAsync(service, told =>
        {
            topics.Add(told.Topic);
            return told.Topic == Light1 && told.Header == 0x32;
        });
        Assert.Single(topics, Light1);
    }

    [Fact]
    public async Task WhoAcknowledgesSlowlyGetsTheLatestOnly()
    {
        await using var server = await EdgeServer.StartAsync();
        using var service = await ServiceAsync(server, Packets.V5, properties: [0x21, 0, 1]);
        await SubscribeAsync(service, Packets.V5, "city/+/streetlight/+", 1);
        await ReportAsync(server, ("l-001", 1));
        var first = await NextAsync(service, acknowledge: false);
        Assert.Equal((Light1, 1, 0x32), Brief(first));
        // While it does not answer nothing more is sent, and nothing is queued but what changed last.
        for (var value = 2; value <= 50; value++)
            await ReportAsync(server, ("l-001", value), ("l-002", value));
        await service.SendAsync(Packets.Pingreq);
        Assert.Equal([0xD0, 0], await service.ReadAsync());
        await service.SendAsync(Packets.Acknowledge(4, first.PacketId));
        var told = new Dictionary<string, List<int>> { [Light1] = [], [Light2] = [] };
        while (told.Values.Any(values => values.Count == 0 || values[^1] < 50))
        {
            var next = Brief(await NextAsync(service));
            told[next.Topic].Add(next.Value);
        }

        Assert.InRange(told[Light1].Count + told[Light2].Count, 2, 20);
    }

    [Fact]
    public async Task AKeptSessionGoesOnWhereItWas()
    {
        using var folder = new TemporaryFolder("sessions-");
        byte[] kept = [0x11, 0, 0, 1, 0];
        await using (var server = await EdgeServer.StartAsync(sessionFolder: folder.Path))
        {
            using (var service = await ServiceAsync(server, Packets.V5, isClean: false, properties: kept))
            {
                await SubscribeAsync(service, Packets.V5, "city/+/streetlight/+", 1);
                await ReportAsync(server, ("l-001", 1));
                Assert.Equal((Light1, 1, 0x32), Brief(await NextAsync(service, acknowledge: false)));
            }

            await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 0, "the connection is still there");
            await ReportAsync(server, ("l-002", 2));
            await ReportAsync(server, ("l-002", 3));
            using var back = await ServiceAsync(server, Packets.V5, isClean: false, properties: kept);
            Assert.True(back.IsSessionPresent);
            // What was not acknowledged again, then the latest of what changed meanwhile.
            Assert.Equal((Light1, 1, 0x3A), Brief(await NextAsync(back)));
            await UntilAsync(back, told => Brief(told) == (Light2, 3, 0x32));
        }

        await using var restarted = await EdgeServer.StartAsync(sessionFolder: folder.Path);
        await ReportAsync(restarted, ("l-001", 7));
        using var last = await ServiceAsync(restarted, Packets.V5, isClean: false, properties: kept);
        Assert.True(last.IsSessionPresent);
        await UntilAsync(last, told => Brief(told) == (Light1, 7, 0x32));
    }

    [Fact]
    public async Task AlarmsOfATwinComeBesideItsState()
    {
        AlarmedCity? city = null;
        await using var server = await EdgeServer.StartAsync(services: services =>
        {
            var graph = services.Select(one => one.ImplementationInstance).OfType<DigitalTwin.Model.Graph.CityGraph>().Single();
            var time = services.Select(one => one.ImplementationInstance).OfType<TimeProvider>().Last();
            city = new AlarmedCity(graph, time);
            services.AddSingleton<IAlarmDesk>(city.Desk);
        });
        await using var desk = city!;
        await SignalAsync(desk, server, "l-001:LAMP_FAILURE", isRaised: true);
        using var service = await ServiceAsync(server, Packets.V5);
        await SubscribeAsync(service, Packets.V5, "city/+/streetlight/+/alarms", 1);
        var raised = await NextAsync(service);
        Assert.Equal((Light1 + "/alarms", 0x33), (raised.Topic, raised.Header));
        Assert.Equal("LAMP_FAILURE", Assert.Single(raised.Body.GetProperty("alarms").EnumerateArray()).GetProperty("code").GetString());
        await SignalAsync(desk, server, "l-002:LAMP_FAILURE", isRaised: true);
        Assert.Equal((Light2 + "/alarms", 0x32), ((await NextAsync(service)) is var next ? (next.Topic, next.Header) : default));
    }

    [Theory]
    [InlineData("devices/cab-1/messages/devicebound/#", 0x87)]
    [InlineData("#", 0x87)]
    [InlineData("$SYS/#", 0x87)]
    [InlineData("city/#/x", 0x8F)]
    [InlineData("city/a+", 0x8F)]
    [InlineData("$share/g/city/#", 0x9E)]
    public async Task AServiceSubscribesToTheCityOnly(string filter, byte code)
    {
        await using var server = await EdgeServer.StartAsync();
        using var service = await ServiceAsync(server, Packets.V5);
        await service.SendAsync(Packets.Subscribe(Packets.V5, 1, (filter, 1)));
        Assert.Equal([0x90, 4, 0, 1, 0, code], await service.ReadAsync());
    }

    [Fact]
    public async Task AServicePublishesNothing()
    {
        await using var server = await EdgeServer.StartAsync();
        using var service = await ServiceAsync(server, Packets.V5);
        await service.SendAsync(Packets.Publish(Packets.V5, Light1, "{}"));
        Assert.Equal([0, 1, 0x87], (await service.ReadAsync())[2..5]);
        using var willing = await RawClient.ConnectAsync(server.MqttPort);
        await willing.SendAsync(Packets.Connect(
            Packets.V5, "svc-2", "h/services/cityRead", TokenOf(server), will: (Light1, "{}")));
        Assert.Equal([0, 0x87], Assert.Single(await willing.RestAsync())[2..4]);
    }

    [Fact]
    public async Task OnlyAGoodTokenOfThePolicyLetsAServiceIn()
    {
        await using var server = await EdgeServer.StartAsync();
        var good = TokenOf(server);
        await RefusedAsync("bad-credentials", good.Replace("sig=", "sig=A", StringComparison.Ordinal));
        await RefusedAsync("bad-credentials", server.TokenOf("cab-1"));
        await RefusedAsync("bad-credentials", null);
        await RefusedAsync("bad-credentials", good, userName: "h/services/another");
        server.Time.Push(TimeSpan.FromHours(2));
        await RefusedAsync("expired-credentials", good);

        async Task RefusedAsync(string reason, string? token, string userName = "h/services/cityRead")
        {
            using var client = await RawClient.ConnectAsync(server.MqttPort);
            await client.SendAsync(Packets.Connect(Packets.V5, "svc-1", userName, token));
            var connack = Assert.Single(await client.RestAsync());
            Assert.Equal([0, 0x87], connack[2..4]);
            Assert.Equal(reason, Packets.ReasonString(connack));
        }
    }

    [Fact]
    public async Task AServiceWithoutANameIsGivenOne()
    {
        await using var server = await EdgeServer.StartAsync();
        var names = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            using var service = await RawClient.ConnectAsync(server.MqttPort);
            await service.SendAsync(Packets.Connect(Packets.V5, "", "h/services/cityRead", TokenOf(server)));
            var connack = await service.ReadAsync();
            Assert.Equal(0, connack[3]);
            var at = Array.IndexOf(connack, (byte)0x12, 13);
            Assert.True(names.Add(System.Text.Encoding.ASCII.GetString(connack, at + 3, connack[at + 2])));
            await SubscribeAsync(service, Packets.V5, Light1, 0);
        }

        using var old = await RawClient.ConnectAsync(server.MqttPort);
        await old.SendAsync(Packets.Connect(Packets.V311, "", "h/services/cityRead", TokenOf(server), isClean: false));
        Assert.Equal([0x20, 2, 0, 2], Assert.Single(await old.RestAsync()));
        using var fresh = await RawClient.ConnectAsync(server.MqttPort);
        await fresh.SendAsync(Packets.Connect(Packets.V311, "", "h/services/cityRead", TokenOf(server)));
        Assert.Equal([0x20, 2, 0, 0], await fresh.ReadAsync());
    }

    [Fact]
    public async Task NoMoreServicesThanTheBoundAreServed()
    {
        await using var server = await EdgeServer.StartAsync(limits: new GatewayLimits { ServicesMax = 1 });
        using var first = await ServiceAsync(server, Packets.V5);
        using var second = await RawClient.ConnectAsync(server.MqttPort);
        await second.SendAsync(Packets.Connect(Packets.V5, "svc-2", "h/services/cityRead", TokenOf(server)));
        Assert.Equal([0, 0x97], Assert.Single(await second.RestAsync())[2..4]);
    }

    internal static string TokenOf(EdgeServer server) => server.MqttServices.Policies.TokenOf(
        ServicePolicies.FirstPolicy, "localhost", server.Time.GetUtcNow() + TimeSpan.FromHours(1));

    internal static async Task ReportAsync(EdgeServer server, params (string Light, int Percent)[] levels)
    {
        using var device = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1");
        var body = string.Join(",", levels.Select(one => $$"""{"twin":"{{one.Light}}","dimLevelPercent":{{one.Percent}}}"""));
        await device.SendAsync(Packets.Publish(Packets.V311, "devices/cab-1/messages/events/", $"[{body}]"));
        Assert.Equal([0x40, 2, 0, 1], await device.ReadAsync());
    }

    private static async Task SignalAsync(AlarmedCity city, EdgeServer server, string alarm, bool isRaised)
    {
        var (colon, now) = (alarm.IndexOf(':', StringComparison.Ordinal), Instant.From(server.Time.GetUtcNow()));
        Assert.Equal(AlarmOutcome.Applied, await city.Desk.ActAsync(
            new AlarmInput.Signal(now, alarm[..colon], alarm[(colon + 1)..], isRaised, now, 1), CancellationToken.None));
    }

    private static async Task<RawClient> ServiceAsync(
        EdgeServer server, byte version, bool isClean = true, byte[]? properties = null)
    {
        var client = await RawClient.ConnectAsync(server.MqttPort);
        await client.AdmitAsync(Packets.Connect(
            version, "svc-1", "localhost/services/cityRead", TokenOf(server), isClean: isClean, properties: properties));
        return client;
    }

    private static async Task SubscribeAsync(RawClient client, byte version, string filter, byte options)
    {
        await client.SendAsync(Packets.Subscribe(version, 77, (filter, options)));
        Assert.Equal(options & 3, (await client.ReadAsync())[^1]);
    }

    private static async Task UntilAsync(RawClient client, Predicate<News> isIt)
    {
        while (!isIt(await NextAsync(client)))
        {
        }
    }

    private static async Task<News> NextAsync(RawClient client, byte version = Packets.V5, bool acknowledge = true)
    {
        var packet = await client.ReadAsync();
        Assert.NotEmpty(packet);
        Assert.Equal(3, packet[0] >> 4);
        var (header, packetId, payload) = DeviceSessionsTests.Told(packet, version);
        var at = 2;
        while (packet[at - 1] >= 0x80)
            at++;
        var topic = System.Text.Encoding.UTF8.GetString(packet, at + 2, packet[at] << 8 | packet[at + 1]);
        if (acknowledge && packetId > 0)
            await client.SendAsync(Packets.Acknowledge(4, (ushort)packetId));
        using var body = JsonDocument.Parse(payload);
        return new News(topic, header, (ushort)packetId, body.RootElement.Clone());
    }

    private static (string Topic, int Value, int Header) Brief(News news) => (
        news.Topic,
        news.Body.TryGetProperty("values", out var values) && values.TryGetProperty("dimLevelPercent", out var level)
            ? level.GetProperty("value").GetInt32()
            : -1,
        news.Header);

    private sealed record News(string Topic, int Header, ushort PacketId, JsonElement Body);
}
