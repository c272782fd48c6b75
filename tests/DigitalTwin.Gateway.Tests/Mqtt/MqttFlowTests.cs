using System.Text;
using DigitalTwin.Gateway.Mqtt;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>QoS 2, flow control and sizes, in both versions where both have them.</summary>
public sealed class MqttFlowTests
{
    private const string Events = "devices/cab-1/messages/events/";
    private const string Bound = "devices/cab-1/messages/devicebound/";
    private const string Reading = """[{"twin":"l-001","dimLevelPercent":40}]""";

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task AMessageOfQos2IsTakenOnceOverReconnectsAndRestarts(byte version)
    {
        using var folder = new TemporaryFolder("sessions-");
        byte[] expiry = [0x11, 0, 0, 1, 0];
        var publish = Packets.Publish(version, Events, Reading, packetId: 7, qos: 2);
        var again = publish.ToArray();
        again[0] |= 0x08;
        await using (var server = await EdgeServer.StartAsync(sessionFolder: folder.Path))
        {
            using (var client = await AdmittedAsync(server))
            {
                await client.SendAsync(publish);
                Assert.Equal([0x50, 2, 0, 7], await client.ReadAsync());
                await client.SendAsync(again);
                Assert.Equal([0x50, 2, 0, 7], await client.ReadAsync());
            }

            using var back = await AdmittedAsync(server);
            await back.SendAsync(again);
            Assert.Equal([0x50, 2, 0, 7], await back.ReadAsync());
            Assert.Equal(1, server.Meters.MqttMessages);
        }

        await using var restarted = await EdgeServer.StartAsync(sessionFolder: folder.Path);
        using var last = await AdmittedAsync(restarted);
        Assert.True(last.IsSessionPresent);
        await last.SendAsync(again);
        Assert.Equal([0x50, 2, 0, 7], await last.ReadAsync());
        Assert.Equal(0, restarted.Meters.MqttMessages);
        await last.SendAsync(Packets.Acknowledge(6, 7));
        Assert.Equal([0x70, 2, 0, 7], await last.ReadAsync());
        // After PUBCOMP the identifier is a new message's.
        await last.SendAsync(publish);
        Assert.Equal([0x50, 2, 0, 7], await last.ReadAsync());
        Assert.Equal(1, restarted.Meters.MqttMessages);

        Task<RawClient> AdmittedAsync(EdgeServer server) => RawClient.AdmittedAsync(
            server, version, "cab-1", isClean: false, properties: version == Packets.V5 ? expiry : null);
    }

    [Fact]
    public async Task AnIdentifierIsFreeAgainAfterItsAnswer()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1");
        for (var i = 1; i <= 2; i++)
        {
            // Marked as sent again, and still a new message.
            var publish = Packets.Publish(Packets.V311, Events, Reading, packetId: 5);
            publish[0] |= 0x08;
            await client.SendAsync(publish);
            Assert.Equal([0x40, 2, 0, 5], await client.ReadAsync());
            Assert.Equal(i, server.Meters.MqttMessages);
        }
    }

    [Fact]
    public async Task AReleaseOfNothingIsAnswered()
    {
        await using var server = await EdgeServer.StartAsync();
        using var old = await RawClient.AdmittedAsync(server, Packets.V311, "air-1");
        await old.SendAsync(Packets.Acknowledge(6, 9));
        Assert.Equal([0x70, 2, 0, 9], await old.ReadAsync());
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await client.SendAsync(Packets.Acknowledge(6, 9));
        Assert.Equal([0, 9, 0x92], (await client.ReadAsync())[2..5]);
        // Whatever PUBREC means where nothing was sent at QoS 2, it ends there; a PUBCOMP says nothing.
        await client.SendAsync(Packets.Acknowledge(5, 9), Packets.Acknowledge(7, 9));
        Assert.Equal([0x62, 3, 0, 9, 0x92], await client.ReadAsync());
    }

    [Fact]
    public async Task ARefusedMessageOfQos2EndsWithItsAnswer()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        for (var i = 0; i < 2; i++)
        {
            // Twice the same: after a refusal the identifier is a new message's.
            await client.SendAsync(Packets.Publish(Packets.V5, Events, "{", packetId: 3, qos: 2));
            var pubrec = await client.ReadAsync();
            Assert.Equal([0x50, 0, 3, 0x99], pubrec.Where((_, at) => at is 0 or 2 or 3 or 4));
        }
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task MoreThanTheReceiveMaximumEndsTheConnection(byte version)
    {
        await using var server = await EdgeServer.StartAsync(limits: new GatewayLimits { ReceiveMax = 2 });
        using var client = await RawClient.AdmittedAsync(server, version, "cab-1");
        for (ushort id = 1; id <= 3; id++)
            await client.SendAsync(Packets.Publish(version, Events, Reading, id, qos: 2));
        var answers = await client.RestAsync();
        Assert.Equal([0x50, 2, 0, 1], answers[0]);
        Assert.Equal([0x50, 2, 0, 2], answers[1]);
        if (version == Packets.V5)
            Assert.Equal([0xE0, 0x93], answers[2].Where((_, at) => at is 0 or 2));
        else
            Assert.Equal(2, answers.Length);
    }

    [Fact]
    public async Task ATopicAliasStandsForItsTopicOnItsConnectionAlone()
    {
        await using var server = await EdgeServer.StartAsync();
        using (var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1"))
        {
            byte[] alias = [0x23, 0, 16];
            await client.SendAsync(Packets.Publish(Packets.V5, "lamps", Reading, 1, properties: alias));
            Assert.Equal([0, 1, 0x90], (await client.ReadAsync())[2..5]);
            // Set anew, then used.
            await client.SendAsync(
                Packets.Publish(Packets.V5, Events, Reading, 2, properties: alias),
                Packets.Publish(Packets.V5, "", """[{"twin":"l-002","dimLevelPercent":41}]""", 3, properties: alias));
            Assert.Equal([0x40, 2, 0, 2], await client.ReadAsync());
            Assert.Equal([0x40, 2, 0, 3], await client.ReadAsync());
        }

        Assert.Equal(41, await server.ValueOfAsync("l-002", "dimLevelPercent"));
        using var other = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await other.SendAsync(Packets.Publish(Packets.V5, "", Reading, 4, properties: [0x23, 0, 16]));
        Assert.Equal(0x82, Assert.Single(await other.RestAsync())[2]);
    }

    [Fact]
    public async Task TheClientsReceiveMaximumIsKept()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", properties: [0x21, 0, 2]);
        await DeviceSessionsTests.SubscribeAsync(client, Packets.V5, Bound + "#", 1);
        for (var i = 1; i <= 3; i++)
            await SendAsync(server, new OutboundMessage(Bound, Encoding.UTF8.GetBytes($"{i}")) { Qos = 1 });
        Assert.Equal((0x32, 1, "1"), DeviceSessionsTests.Told(await client.ReadAsync(), Packets.V5));
        Assert.Equal((0x32, 2, "2"), DeviceSessionsTests.Told(await client.ReadAsync(), Packets.V5));
        // Other packets, and QoS 0, are not held up.
        await client.SendAsync(Packets.Pingreq);
        Assert.Equal([0xD0, 0], await client.ReadAsync());
        await SendAsync(server, new OutboundMessage(Bound, "0"u8.ToArray()));
        Assert.Equal((0x30, 0, "0"), DeviceSessionsTests.Told(await client.ReadAsync(), Packets.V5));
        // A refusal by the client is an acknowledgement: it is not sent again.
        await client.SendAsync([0x40, 3, 0, 1, 0x80]);
        Assert.Equal((0x32, 3, "3"), DeviceSessionsTests.Told(await client.ReadAsync(), Packets.V5));
    }

    [Fact]
    public async Task WhatIsLargerThanTheClientTakesIsNotSent()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", properties: [0x27, 0, 0, 0, 100]);
        await DeviceSessionsTests.SubscribeAsync(client, Packets.V5, Bound + "#", 1);
        var large = await SendAsync(server, new OutboundMessage(Bound, new byte[100]) { Qos = 1 });
        Assert.Equal(DeliveryEnd.Discarded, await large.End.WaitAsync(Deadline.Patience));
        await SendAsync(server, new OutboundMessage(Bound, "small"u8.ToArray()) { Qos = 1 });
        Assert.Equal("small", DeviceSessionsTests.Told(await client.ReadAsync(), Packets.V5).Payload);
        // A reason in words would not fit for certain, so there is none.
        await client.SendAsync(Packets.Publish(Packets.V5, Events, "{"));
        Assert.Equal([0x40, 3, 0, 1, 0x99], await client.ReadAsync());
    }

    [Fact]
    public async Task AMessageTellsHowLongItStillCountsAndEverythingSaidOfItInOrder()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await DeviceSessionsTests.SubscribeAsync(client, Packets.V5, Bound + "#", 1);
        await SendAsync(server, new OutboundMessage(Bound, "x"u8.ToArray())
        {
            Qos = 1,
            ExpiresAt = server.Time.GetUtcNow().AddSeconds(300),
            Properties = new MqttMessageProperties
            {
                IsText = true, ContentType = "t", ResponseTopic = "r", CorrelationData = new byte[] { 9 },
                User = [new("b", "1"), new("a", "2"), new("b", "3")],
            },
        });
        var published = await client.ReadAsync();
        var properties = published[(2 + 2 + Bound.Length + 2)..^1];
        Assert.Equal(properties.Length - 1, properties[0]);
        Assert.Equal([0x02, 0, 0, 1], properties[1..5]);
        Assert.InRange(properties[5], 300 - 256 - 20, 300 - 256);
        Assert.Equal(
            [0x01, 1, 0x03, .. Packets.Text("t"), 0x08, .. Packets.Text("r"), 0x09, 0, 1, 9,
             0x26, .. Packets.Text("b"), .. Packets.Text("1"), 0x26, .. Packets.Text("a"), .. Packets.Text("2"),
             0x26, .. Packets.Text("b"), .. Packets.Text("3")],
            properties[6..]);
    }

    [Fact]
    public async Task WhoWantsNoReasonsInWordsGetsNone()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", properties: [0x17, 0]);
        await client.SendAsync(Packets.Publish(Packets.V5, Events, "{"));
        Assert.Equal([0x40, 3, 0, 1, 0x99], await client.ReadAsync());
    }

    [Fact]
    public async Task AUserPropertyMaySayWhenItWasMeasured()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await client.SendAsync(Packets.Publish(
            Packets.V5, Events, Reading,
            properties: [0x01, 1, 0x26, .. Packets.Text("$.ctime"), .. Packets.Text("2026-01-02T03:04:05Z")]));
        Assert.Equal([0x40, 2, 0, 1], await client.ReadAsync());
        server.Graph.TryFind("l-001", out var light);
        var state = (await server.Engine.GetAsync(light, CancellationToken.None)).State;
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), state.MeasuredAt.ToDateTimeOffset());
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task WhatADeviceMarksAsRetainedIsTakenAndNotKept(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, version, "cab-1");
        var publish = Packets.Publish(version, Events, Reading);
        publish[0] |= 1;
        await client.SendAsync(publish);
        Assert.Equal([0x40, 2, 0, 1], await client.ReadAsync());
        Assert.Equal(40, await server.ValueOfAsync("l-001", "dimLevelPercent"));
    }

    private static async Task<Sending> SendAsync(EdgeServer server, OutboundMessage message)
    {
        var sending = await server.Sessions.SendAsync("cab-1", message);
        Assert.Equal(SendOutcome.Sent, sending.Outcome);
        return sending;
    }
}
