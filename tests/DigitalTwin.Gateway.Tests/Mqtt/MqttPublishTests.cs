using DigitalTwin.Gateway.Protection;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>What a conforming device does, byte by byte, in both versions.</summary>
public sealed class MqttPublishTests
{
    private const string Events = "devices/cab-1/messages/events/";

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task AConversationIsTheSameHoweverItIsCut(byte version)
    {
        await using var server = await EdgeServer.StartAsync(
            limits: new GatewayLimits { Protection = ProtectionLimits.Unlimited });
        byte[] said =
        [
            .. Packets.Connect(version, "cab-1", "localhost/cab-1/?api-version=2021-04-12", server.TokenOf("cab-1")),
            .. Packets.Publish(version, Events, """[{"twin":"l-001","dimLevelPercent":40}]""", packetId: 513),
            .. Packets.Pingreq,
            .. Packets.Subscribe(version, 9, ("$iothub/methods/POST/#", 1), ("#", 0)),
            .. Packets.Disconnect,
        ];
        for (var cut = 1; cut < said.Length; cut++)
        {
            using var client = await RawClient.ConnectAsync(server.MqttPort);
            await client.SendAsync(said[..cut]);
            await client.SendAsync(said[cut..]);
            var answers = await client.RestAsync();
            Assert.True(answers.Length == 4, $"{answers.Length} answers where it was cut at {cut}");
            Assert.Equal(0x20, answers[0][0]);
            Assert.Equal([0x40, 2, 2, 1], answers[1]);
            Assert.Equal([0xD0, 0], answers[2]);
            Assert.Equal(
                version == Packets.V5 ? [0x90, 5, 0, 9, 0, 1, 0x87] : [0x90, 4, 0, 9, 1, 0x80], answers[3]);
        }

        Assert.Equal(40, await server.ValueOfAsync("l-001", "dimLevelPercent"));
    }

    [Fact]
    public async Task ConnackOfVersion5SaysWhatIsOffered()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.ConnectAsync(server.MqttPort);
        await client.SendAsync(Packets.Connect(Packets.V5, "cab-1", "h/cab-1", server.TokenOf("cab-1")));
        // Receive maximum 1,024, 256 KiB a packet, 16 topic aliases, no subscription identifiers, no shared
        // subscriptions; QoS 2, retained messages and wildcards by saying nothing.
        Assert.Equal(
            [0x20, 18, 0, 0, 15, 0x21, 4, 0, 0x27, 0, 4, 0, 0, 0x22, 0, 16, 0x29, 0, 0x2A, 0],
            await client.ReadAsync());
    }

    [Fact]
    public async Task AcknowledgementsComeInOrderAndWhatIsAcknowledgedIsThere()
    {
        await using var server = await EdgeServer.StartAsync(
            limits: new GatewayLimits { Protection = ProtectionLimits.Unlimited });
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        const int Count = 5_000;
        var sending = Task.Run(async () =>
        {
            for (var i = 1; i <= Count; i++)
                await client.SendAsync(Packets.Publish(
                    Packets.V5, Events, $$"""[{"twin":"l-00{{i % 10}}","dimLevelPercent":{{i % 100}}}]""", (ushort)i));
        });
        for (var i = 1; i <= Count; i++)
            Assert.Equal([0x40, 2, (byte)(i >> 8), (byte)i], await client.ReadAsync());
        await sending;

        // Acknowledged is queued here; an answer comes after everything that was accepted before the question.
        await server.Engine.QueryAsync(new TwinQuery { Limit = 1 }, CancellationToken.None);
        Assert.Equal(Count, server.Engine.Counters.Messages);
        Assert.Equal(Count, server.Meters.MqttMessages);
    }

    [Fact]
    public async Task AMessageOfMoreThanOneReadIsTakenWhole()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1");
        // 5,000 objects for 30 lights, about 200 kB: several segments of the transport.
        var objects = Enumerable.Range(0, 5_000).Select(i =>
            FormattableString.Invariant($$"""{"twin":"l-0{{i % 30:00}}","dimLevelPercent":{{i / 50}}}"""));
        await client.SendAsync(Packets.Publish(Packets.V311, Events, $"[{string.Join(",", objects)}]"));
        Assert.Equal([0x40, 2, 0, 1], await client.ReadAsync());
        Assert.Equal(5_000, server.Meters.Readings);
    }

    [Fact]
    public async Task ThePropertyBagSaysWhenItWasMeasured()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1");
        var measured = DateTimeOffset.UtcNow.AddMinutes(-5);
        var bag = $"zone=A&%24.ctime={Uri.EscapeDataString(measured.ToString("o"))}&$.mid=17";
        await client.SendAsync(Packets.Publish(Packets.V311, Events + bag, """[{"twin":"l-001","dimLevelPercent":7}]"""));
        await client.ReadAsync();
        server.Graph.TryFind("l-001", out var light);
        var state = (await server.Engine.GetAsync(light, CancellationToken.None)).State;
        Assert.Equal(measured.ToUnixTimeMilliseconds(), state.MeasuredAt.UnixMilliseconds);
    }
}
