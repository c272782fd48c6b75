using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>Every row of contracts §1.5 that MQTT can bring about, in both versions.</summary>
public sealed class MqttRefusalTests
{
    private const string Events = "devices/cab-1/messages/events/";

    public static TheoryData<string, string, string> Messages => new()
    {
        { "malformed-json", """{"twin":""", "" },
        { "malformed-json", """[{"twin":"l-001","dimLevelPercent":1}] 2""", "" },
        { "unknown-twin", """[{"twin":"l-999","dimLevelPercent":1}]""", "" },
        { "foreign-twin", """[{"twin":"b-1-e","activePowerWatts":1}]""", "b-1-e" },
        { "unknown-field", """[{"twin":"l-001","colour":1}]""", "colour" },
        { "computed-field", """[{"twin":"air-1","europeanAqiLevel":1}]""", "europeanAqiLevel" },
        { "wrong-type", """[{"twin":"l-001","dimLevelPercent":"high"}]""", "dimLevelPercent" },
        { "out-of-range", """[{"twin":"l-001","dimLevelPercent":101}]""", "dimLevelPercent: 0 to 100" },
        { "time-in-future", """[{"twin":"l-001","ts":"2999-01-01T00:00:00Z","dimLevelPercent":1}]""", "ts" },
        { "time-too-old", """[{"twin":"l-001","ts":"1999-01-01T00:00:00Z","dimLevelPercent":1}]""", "ts" },
        { "empty-message", "", "" },
        { "empty-message", """[{"twin":"l-001"}]""", "" },
        { "too-many-readings", $$"""[{"twin":"l-001",{{string.Join(",", Enumerable.Range(0, 300).Select(i => $"\"f{i}\":1"))}}}]""", "" },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task ARefusedMessageDisturbsNoOther(string reason, string payload, string named)
    {
        var device = payload.Contains("air-1", StringComparison.Ordinal) ? "air-1" : "cab-1";
        var topic = $"devices/{device}/messages/events/";
        await using var server = await EdgeServer.StartAsync();
        foreach (var version in (byte[])[Packets.V311, Packets.V5])
        {
            using var client = await RawClient.AdmittedAsync(server, version, device);
            await client.SendAsync([
                .. Packets.Publish(version, topic, Good(device, 20 + version), packetId: 1),
                .. Packets.Publish(version, topic, payload, packetId: 2),
                .. Packets.Publish(version, topic, Good(device, 30 + version), packetId: 3)]);
            Assert.Equal([0x40, 2, 0, 1], await client.ReadAsync());
            var refused = await client.ReadAsync();
            if (version == Packets.V5)
            {
                Assert.Equal([0, 2, 0x99], refused[2..5]);
                Assert.StartsWith(reason, Packets.ReasonString(refused), StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal([0x40, 2, 0, 2], refused);
            }

            Assert.Equal([0x40, 2, 0, 3], await client.ReadAsync());
            var reject = await server.NewestRejectAsync(reason);
            Assert.Equal(reason, reject.GetProperty("reason").GetString());
            Assert.Equal(device, reject.GetProperty("deviceId").GetString());
            Assert.Equal("mqtt", reject.GetProperty("transport").GetString());
            Assert.Contains(named, reject.GetProperty("detail").GetString() + reject.GetProperty("twinId").GetString(),
                StringComparison.Ordinal);
        }

        // An answer comes after everything that was accepted before the question.
        await server.Engine.QueryAsync(new TwinQuery { Limit = 1 }, CancellationToken.None);
        Assert.Equal(4, server.Engine.Counters.Messages);
    }

    [Fact]
    public async Task TextThatIsNotUtf8IsRefused()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await client.SendAsync(Packets.Publish(Packets.V5, Events, [.. "{\"twin\":\""u8, 0xC3, 0x28, .. "\"}"u8]));
        Assert.Equal([0, 1, 0x99], (await client.ReadAsync())[2..5]);
        await server.NewestRejectAsync("malformed-utf8");
    }

    [Theory]
    [InlineData("devices/cab-2/messages/events/", "foreign-device", 0x87)]
    [InlineData("devices/cab-2/messages/devicebound/", "foreign-device", 0x87)]
    [InlineData("lamps/1", "bad-topic", 0x90)]
    [InlineData("devices/cab-1/messages/events/#", "bad-topic", 0x90)]
    [InlineData("devices/cab-1/messages/events/$.ctime=yesterday", "bad-topic", 0x90)]
    public async Task AnotherTopicIsRefused(string topic, string reason, byte code)
    {
        await using var server = await EdgeServer.StartAsync();
        using var old = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1");
        await old.SendAsync(Packets.Publish(Packets.V311, topic, Good("cab-1", 1)));
        Assert.Empty(await old.RestAsync());

        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await client.SendAsync(
            Packets.Publish(Packets.V5, topic, Good("cab-1", 1)), Packets.Publish(Packets.V5, Events, Good("cab-1", 2), 2));
        var puback = await client.ReadAsync();
        Assert.Equal([0, 1, code], puback[2..5]);
        Assert.Equal(reason, Packets.ReasonString(puback));
        Assert.Equal([0x40, 2, 0, 2], await client.ReadAsync());
        Assert.Equal(reason, (await server.NewestRejectAsync(reason)).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task WithoutAnAcknowledgementAForeignDeviceIsDisconnected()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await client.SendAsync(Packets.Publish(Packets.V5, "devices/cab-2/messages/events/", Good("cab-1", 1), qos: 0));
        Assert.Equal(0x87, Assert.Single(await client.RestAsync())[2]);
    }

    public static TheoryData<string, byte[], string, int> Violations => new()
    {
        { "a remaining length of five bytes", [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], "malformed-packet", 0x81 },
        { "a packet type 0", [0x00, 0], "protocol-violation", 0x82 },
        { "a second CONNECT", Packets.Connect(Packets.V5, "cab-1"), "protocol-violation", 0x82 },
        { "flags on PINGREQ", [0xC1, 0], "malformed-packet", 0x81 },
        { "a PINGREQ with a body", [0xC0, 1, 0], "malformed-packet", 0x81 },
        { "a PUBREL without its flags", [0x60, 2, 0, 1], "malformed-packet", 0x81 },
        { "an acknowledgement of identifier 0", [0x40, 2, 0, 0], "malformed-packet", 0x81 },
        { "AUTH with flags", [0xF1, 0], "malformed-packet", 0x81 },
        { "DISCONNECT with flags", [0xE1, 0], "malformed-packet", 0x81 },
        { "properties whose length is longer than it need be", Packets.Packet(0x32, [.. Packets.Text(Events), 0, 1, 0x80, 0]), "malformed-packet", 0x81 },
        { "AUTH", [0xF0, 0], "protocol-violation", 0x82 },
        { "a CONNACK", [0x20, 2, 0, 0], "protocol-violation", 0x82 },
        { "a DISCONNECT that keeps what was to end", [0xE0, 7, 0, 5, 0x11, 0, 0, 0, 9], "protocol-violation", 0x82 },
        { "QoS 3", Packets.Packet(0x36, [.. Packets.Text(Events), 0, 1, 0]), "malformed-packet", 0x81 },
        { "packet identifier 0", Packets.Publish(Packets.V5, Events, "{}", packetId: 0), "malformed-packet", 0x81 },
        { "a topic that is cut off", [0x32, 3, 0, 9, 65], "malformed-packet", 0x81 },
        { "an empty topic", Packets.Publish(Packets.V5, "", "{}"), "protocol-violation", 0x82 },
        { "topic alias 0", Packets.Publish(Packets.V5, Events, "{}", properties: [0x23, 0, 0]), "protocol-violation", 0x94 },
        { "an alias too many", Packets.Publish(Packets.V5, Events, "{}", properties: [0x23, 0, 17]), "protocol-violation", 0x94 },
        { "an alias nobody set", Packets.Publish(Packets.V5, "", "{}", properties: [0x23, 0, 3]), "protocol-violation", 0x82 },
        { "a response topic with a wildcard", Packets.Publish(Packets.V5, Events, "{}", properties: [0x08, 0, 1, 0x23]), "protocol-violation", 0x82 },
        { "a payload format 2", Packets.Publish(Packets.V5, Events, "{}", properties: [0x01, 2]), "protocol-violation", 0x82 },
        { "a subscription identifier", [0x82, 9, 0, 1, 2, 0x0B, 1, 0, 1, 0x61, 0], "protocol-violation", 0xA1 },
        { "a SUBSCRIBE without a filter", [0x82, 3, 0, 1, 0], "malformed-packet", 0x81 },
        { "an UNSUBSCRIBE without a filter", [0xA2, 3, 0, 1, 0], "malformed-packet", 0x81 },
        { "an UNSUBSCRIBE without its flags", [0xA0, 6, 0, 1, 0, 0, 1, 0x61], "malformed-packet", 0x81 },
        { "a subscription at QoS 3", Packets.Subscribe(Packets.V5, 1, ("a", 3)), "malformed-packet", 0x81 },
        { "reserved subscription options", Packets.Subscribe(Packets.V5, 1, ("a", 0x40)), "malformed-packet", 0x81 },
        { "retain handling 3", Packets.Subscribe(Packets.V5, 1, ("a", 0x30)), "malformed-packet", 0x81 },
        { "a QoS 0 message sent again", [0x38, 3, 0, 0, 0], "malformed-packet", 0x81 },
        { "a topic with U+0000", Packets.Publish(Packets.V5, "a\0b", "{}"), "malformed-packet", 0x81 },
        { "a topic with half a surrogate pair", Packets.Packet(0x30, [0, 3, 0xED, 0xA0, 0x80, 0]), "malformed-packet", 0x81 },
        { "an unknown property", Packets.Publish(Packets.V5, Events, "{}", properties: [0x7F]), "malformed-packet", 0x81 },
        {
            "a property twice", Packets.Publish(Packets.V5, Events, "{}", properties: [0x01, 1, 0x01, 1]),
            "protocol-violation", 0x82
        },
        { "SUBSCRIBE without flags", [0x80, 3, 0, 1, 0], "malformed-packet", 0x81 },
        { "a packet beyond the limit", [0x30, 0x80, 0x80, 0x80, 0x01], "packet-too-large", 0x95 },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task ABrokenPacketEndsItsConnectionAlone(string what, byte[] packet, string reason, int code)
    {
        await using var server = await EdgeServer.StartAsync();
        using var other = await RawClient.AdmittedAsync(server, Packets.V311, "air-2");
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        // What came before it is good, and is acknowledged.
        await client.SendAsync([.. Packets.Publish(Packets.V5, Events, Good("cab-1", 5)), .. packet]);
        var answers = await client.RestAsync();
        Assert.True(answers.Length == 2, $"{what}: {answers.Length} answers");
        Assert.Equal([0x40, 2, 0, 1], answers[0]);
        Assert.Equal([0xE0, (byte)code], answers[1].Where((_, at) => at is 0 or 2));
        Assert.NotEmpty(Packets.ReasonString(answers[1]));
        Assert.Equal(reason, (await server.NewestRejectAsync(reason)).GetProperty("reason").GetString());

        await other.SendAsync(Packets.Pingreq);
        Assert.Equal([0xD0, 0], await other.ReadAsync());
    }

    [Fact]
    public async Task OnlyAGoodTokenOfTheDeviceItselfLetsIn()
    {
        await using var server = await EdgeServer.StartAsync();
        var good = server.TokenOf("cab-1");
        var forged = good[..good.IndexOf("&sig=", StringComparison.Ordinal)]
            + "&sig=" + Uri.EscapeDataString(Convert.ToBase64String(new byte[32]))
            + good[good.IndexOf("&se=", StringComparison.Ordinal)..];
        await RefusedAsync("bad-credentials", "cab-1", "nonsense");
        await RefusedAsync("bad-credentials", "cab-1", null);
        await RefusedAsync("bad-credentials", "cab-1", forged);
        await RefusedAsync("bad-credentials", "cab-1", server.TokenOf("air-1"));
        await RefusedAsync("bad-credentials", "cab-1", good, userName: "localhost/air-1/");
        await RefusedAsync("expired-credentials", "cab-1", server.TokenOf("cab-1", TimeSpan.FromSeconds(-5)));
        await RefusedAsync("unknown-device", "nobody", good.Replace("cab-1", "nobody", StringComparison.Ordinal));
        server.Devices.Put("cab-1", Security.DeviceStatus.Disabled, out _);
        await RefusedAsync("device-disabled", "cab-1", good);

        async Task RefusedAsync(string reason, string deviceId, string? password, string? userName = null)
        {
            foreach (var version in (byte[])[Packets.V311, Packets.V5])
            {
                using var client = await RawClient.ConnectAsync(server.MqttPort);
                await client.SendAsync(
                    Packets.Connect(version, deviceId, userName ?? $"localhost/{deviceId}/", password));
                var connack = Assert.Single(await client.RestAsync());
                if (version == Packets.V5)
                    Assert.Equal([0, 0x87], connack[2..4]);
                else
                    Assert.Equal([0x20, 2, 0, 5], connack);
                var reject = await server.NewestRejectAsync(reason);
                Assert.DoesNotContain("sig=", reject.GetRawText(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task WithoutAPasswordNobodyComesInButInDevelopment()
    {
        await using var closed = await EdgeServer.StartAsync();
        using var refused = await RawClient.ConnectAsync(closed.MqttPort);
        await refused.SendAsync(Packets.Connect(Packets.V311, "cab-1"));
        Assert.Equal([0x20, 2, 0, 5], await refused.ReadAsync());

        await using var open = await EdgeServer.StartAsync(allowAnonymous: true);
        using var client = await RawClient.ConnectAsync(open.MqttPort);
        await client.SendAsync(Packets.Connect(Packets.V311, "cab-1"));
        Assert.Equal([0x20, 2, 0, 0], await client.ReadAsync());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    public async Task AnotherProtocolLevelIsNamed(byte level)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.ConnectAsync(server.MqttPort);
        await client.SendAsync(Packets.Connect(level, "cab-1"));
        Assert.Equal([0x20, 2, 0, 1], Assert.Single(await client.RestAsync()));
    }

    private static string Good(string device, int value) => device == "cab-1"
        ? $$"""[{"twin":"l-001","dimLevelPercent":{{value}}}]"""
        : $$"""{"pm25MicrogramsPerCubicMetre":{{value}}}""";
}
