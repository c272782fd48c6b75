using System.Text;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.Protection;

/// <summary>Tries to be somebody else, or to come in with what is not good any more; docs/security-cases.md lists all.</summary>
public sealed class SecurityCaseTests
{
    private const string Events = "devices/cab-1/messages/events/";
    private const string Reading = """[{"twin":"l-001","dimLevelPercent":40}]""";

    [Fact]
    public async Task EveryBeginningOfATokenIsRefused()
    {
        await using var server = await EdgeServer.StartAsync();
        var token = server.TokenOf("cab-1");
        var authenticator = server.Get<DeviceAuthenticator>();
        for (var length = 0; length < token.Length; length++)
        {
            var cut = token[..length];
            // The expiry comes last: without its last digits it is another one, which the signature does not cover.
            Assert.Equal(Ingest.RejectReason.BadCredentials, authenticator.Authenticate("cab-1", cut, out _));
        }

        Assert.Equal(Ingest.RejectReason.None, authenticator.Authenticate("cab-1", token, out _));
    }

    public static TheoryData<string, string> Tokens => new()
    {
        { "the key of another device", "other-key" },
        { "another device in sr", "other-device" },
        { "a module of the device in sr", "module" },
        { "a way up to another device in sr", "way-up" },
        { "the hub alone in sr, without a policy", "hub" },
        { "a later expiry than was signed", "later" },
        { "a policy that is not there", "policy" },
        { "sr twice", "twice" },
        { "the signature of another length", "short" },
        { "no scheme", "scheme" },
    };

    [Theory]
    [MemberData(nameof(Tokens))]
    public async Task ATokenThatIsNotTheDevicesOwnIsRefused(string what, string kind)
    {
        await using var server = await EdgeServer.StartAsync();
        Assert.True(server.Devices.TryGet("cab-1", out var device) & server.Devices.TryGet("air-1", out var other));
        var expiry = server.Time.GetUtcNow().AddHours(1);
        var good = server.TokenOf("cab-1");
        var token = kind switch
        {
            "other-key" => SasToken.Create("localhost", "cab-1", other!.PrimaryKey, expiry),
            "other-device" => SasToken.Create("localhost", "air-1", device!.PrimaryKey, expiry),
            "module" => SasToken.Create("localhost", "cab-1/modules/m", device!.PrimaryKey, expiry),
            "way-up" => SasToken.Create("localhost", "air-1/../cab-1", device!.PrimaryKey, expiry),
            "hub" => SasToken.CreateOfPolicy("localhost", "", device!.PrimaryKey, expiry)[..^"&skn=".Length],
            "later" => good[..^1] + (char)('0' + ((good[^1] - '0' + 1) % 10)),
            "policy" => $"{good}&skn=nobody",
            "twice" => good + good[good.IndexOf("sr=", StringComparison.Ordinal)..].Split('&')[0].Insert(0, "&"),
            "short" => good.Replace("&sig=", "&sig=AA", StringComparison.Ordinal),
            _ => good["SharedAccessSignature ".Length..],
        };
        foreach (var version in (byte[])[Packets.V311, Packets.V5])
        {
            using var client = await RawClient.ConnectAsync(server.MqttPort);
            await client.SendAsync(Packets.Connect(version, "cab-1", "localhost/cab-1/", token));
            var connack = Assert.Single(await client.RestAsync());
            Assert.True(connack[3] == (version == Packets.V5 ? 0x87 : 5), $"{what} was not refused");
        }

        var reject = await server.NewestRejectAsync("bad-credentials");
        Assert.Equal("cab-1", reject.GetProperty("deviceId").GetString());
        // Where it came from is told, and never what was sent as the secret.
        Assert.Equal("CONNECT from 127.0.0.1", reject.GetProperty("detail").GetString());
        Assert.DoesNotContain("sig=", reject.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(2, server.Rejects.CountOf(Ingest.RejectReason.BadCredentials));
    }

    [Fact]
    public async Task TheNameOfTheHubInATokenIsNotJudgedBecauseAGatewayMayStandBetween()
    {
        await using var server = await EdgeServer.StartAsync();
        Assert.True(server.Devices.TryGet("cab-1", out var device));
        var token = SasToken.Create("other-hub.net", "cab-1", device.PrimaryKey, server.Time.GetUtcNow().AddHours(1));
        using var client = await RawClient.ConnectAsync(server.MqttPort);
        await client.AdmitAsync(Packets.Connect(Packets.V5, "cab-1", "other-hub.net/cab-1/", token));
    }

    public static TheoryData<string, string> Replays => new()
    {
        { "rotated", "bad-credentials" }, { "disabled", "device-disabled" }, { "expired", "expired-credentials" },
        { "deleted", "unknown-device" },
    };

    [Theory]
    [MemberData(nameof(Replays))]
    public async Task ACapturedConnectIsGoodForNothingOnceItsKeyIs(string what, string reason)
    {
        await using var server = await EdgeServer.StartAsync();
        var captured = Packets.Connect(Packets.V5, "cab-1", "localhost/cab-1/", server.TokenOf("cab-1"));
        using (var client = await RawClient.ConnectAsync(server.MqttPort))
        {
            await client.AdmitAsync(captured);
        }

        switch (what)
        {
            case "rotated":
                var keys = string.Join(",", new[] { "primaryKey", "secondaryKey" }.Select((name, at) =>
                    $"\"{name}\":\"{Convert.ToBase64String(Enumerable.Repeat((byte)(at + 1), 32).ToArray())}\""));
                var rotated = await HubClient.AskAsync(
                    server, "PUT", "/devices/cab-1",
                    """{"deviceId":"cab-1","authentication":{"symmetricKey":{""" + keys + "}}}", null, ("If-Match", "*"));
                Assert.Equal(200, rotated.Status);
                break;
            case "disabled":
                server.Devices.Put("cab-1", DeviceStatus.Disabled, out _);
                break;
            case "deleted":
                server.Devices.Delete("cab-1");
                break;
            default:
                server.Time.Push(TimeSpan.FromHours(2));
                break;
        }

        using var replay = await RawClient.ConnectAsync(server.MqttPort);
        await replay.SendAsync([.. captured, .. Packets.Publish(Packets.V5, Events, Reading)]);
        Assert.Equal([0, 0x87], Assert.Single(await replay.RestAsync())[2..4]);
        Assert.Equal(reason, (await server.NewestRejectAsync(reason)).GetProperty("reason").GetString());
        Assert.Equal(0, server.Engine.Counters.Messages);
    }

    [Fact]
    public async Task ACapturedConnectWhileItIsGoodTakesOverAndTheDeviceIsTold()
    {
        await using var server = await EdgeServer.StartAsync();
        var captured = Packets.Connect(Packets.V5, "cab-1", "localhost/cab-1/", server.TokenOf("cab-1"));
        using var device = await RawClient.ConnectAsync(server.MqttPort);
        await device.AdmitAsync(captured);
        using var replay = await RawClient.ConnectAsync(server.MqttPort);
        await replay.AdmitAsync(captured);
        Assert.Equal([0xE0, 0x8E], Assert.Single(await device.RestAsync()).Where((_, at) => at is 0 or 2));
        Assert.Contains("mqtt_takeovers_total 1", (await server.Http.GetStringAsync("/metrics")).Split('\n'));
    }

    public static TheoryData<string, string, byte> Topics => new()
    {
        { "devices/+/messages/events/", "foreign-device", 0x87 },
        { "devices/#", "bad-topic", 0x90 },
        { "#", "bad-topic", 0x90 },
        { "devices/cab-1/messages/events/+", "bad-topic", 0x90 },
        { "devices%2Fcab-1%2Fmessages%2Fevents%2F", "bad-topic", 0x90 },
        { "devices/cab-1%00/messages/events/", "foreign-device", 0x87 },
        { "devices/air-1%2F..%2Fcab-1/messages/events/", "foreign-device", 0x87 },
        { "devices/air-1/../cab-1/messages/events/", "bad-topic", 0x90 },
        { "devices/../cab-1/messages/events/", "bad-topic", 0x90 },
        { "/devices/cab-1/messages/events/", "bad-topic", 0x90 },
        { "devices//messages/events/", "bad-topic", 0x90 },
        { "devices//cab-1/messages/events/", "bad-topic", 0x90 },
        { "devices/CAB-1/messages/events/", "foreign-device", 0x87 },
        { "devices/cab-1/messages/events", "", 0 }, // as IoT Hub, its own
        { "devices/cab-1/messages/eventsX/", "foreign-device", 0x87 },
        { "$SYS/broker", "bad-topic", 0x90 },
        { "city/d-almaly/streetlight/l-001", "bad-topic", 0x90 },
        { "devices/cab-1/messages/events/../../air-1/messages/events/", "", 0 }, // a property bag of its own
        { "devices/cab-1/messages/events/%24.ctime=%00", "bad-topic", 0x90 },
    };

    [Theory]
    [MemberData(nameof(Topics))]
    public async Task ATopicIsTheDevicesOwnLetterForLetterOrRefused(string topic, string reason, byte code)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await client.SendAsync(Packets.Publish(Packets.V5, topic, Reading));
        var puback = await client.ReadAsync();
        if (reason.Length == 0)
        {
            Assert.Equal([0x40, 2, 0, 1], puback);
            Assert.Equal(40, await server.ValueOfAsync("l-001", "dimLevelPercent"));
            return;
        }

        Assert.Equal([0, 1, code], puback[2..5]);
        Assert.Equal("cab-1", (await server.NewestRejectAsync(reason)).GetProperty("deviceId").GetString());
        Assert.Equal(0, server.Engine.Counters.Messages);

        using var old = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1");
        await old.SendAsync(Packets.Publish(Packets.V311, topic, Reading));
        Assert.Empty(await old.RestAsync());
    }

    public static TheoryData<string, byte[]> Texts => new()
    {
        { "NUL", [0x61, 0, 0x62] },
        { "an overlong slash", [0x61, 0xC0, 0xAF, 0x62] },
        { "an overlong NUL", [0x61, 0xC0, 0x80] },
        { "an overlong slash of three bytes", [0xE0, 0x80, 0xAF] },
        { "the first half of a surrogate pair", [0xED, 0xA0, 0x80] },
        { "a surrogate pair as two characters", [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80] },
        { "a character beyond Unicode", [0xF4, 0x90, 0x80, 0x80] },
        { "a character that is cut off", [0x61, 0xE2, 0x82] },
        { "a continuation alone", [0x80] },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task TextThatIsNoneEndsTheConnection(string what, byte[] text)
    {
        await using var server = await EdgeServer.StartAsync();
        byte[] topic = [.. Encoding.ASCII.GetBytes(Events), .. text];
        byte[] sized = [.. Packets.UInt16((ushort)topic.Length), .. topic];
        foreach (var packet in (byte[][])
        [
            Packets.Packet(0x32, [.. sized, 0, 1, 0, .. "{}"u8]),
            Packets.Packet(0x82, [0, 1, 0, .. sized, 0]),
        ])
        {
            using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
            await client.SendAsync(packet);
            Assert.True(Assert.Single(await client.RestAsync()) is [0xE0, _, 0x81, ..], $"{what} in {packet[0]:x}");
        }

        Assert.Equal(2, server.Rejects.CountOf(Ingest.RejectReason.MalformedPacket));
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task ATopicHasItsBound(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        using var fits = await RawClient.AdmittedAsync(server, version, "cab-1");
        await fits.SendAsync(Packets.Publish(version, Events + new string('a', 8 * 1024 - Events.Length), Reading));
        Assert.Equal([0x40, 2, 0, 1], await fits.ReadAsync());
        foreach (var length in (int[])[8 * 1024 + 1, ushort.MaxValue])
        foreach (var beginning in (string[])[Events, "$iothub/twin/GET/?$rid="])
        {
            using var client = await RawClient.AdmittedAsync(server, version, "cab-1");
            await client.SendAsync(
                Packets.Publish(version, beginning + new string('a', length - beginning.Length), Reading));
            if (version == Packets.V5)
                Assert.Equal([0, 1, 0x90], (await client.ReadAsync())[2..5]);
            else
                Assert.Empty(await client.RestAsync());
        }

        Assert.Equal(4, server.Rejects.CountOf(Ingest.RejectReason.BadTopic));
        // What is kept of it is an excerpt.
        Assert.True(server.Rejects.Recent()[0].Detail.Length <= 200);
    }

    [Fact]
    public async Task ADeviceCannotPatchTheTwinOfAnother()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server);
        using var other = await HubClient.DeviceAsync(server, "air-1");
        // The topic names no device: whatever is written there is the sender's own.
        await HubClient.PublishAsync(
            device, "$iothub/twin/PATCH/properties/reported/?$rid=1&deviceId=air-1", """{"deviceId":"air-1","x":1}""");
        Assert.StartsWith("$iothub/twin/res/204/", (await HubClient.HearAsync(device)).Topic, StringComparison.Ordinal);
        await HubClient.PublishAsync(other, "$iothub/twin/GET/?$rid=2", "");
        Assert.Equal("""{"$version":1}""", System.Text.Json.Nodes.JsonNode.Parse(
            (await HubClient.HearAsync(other)).Payload)!["reported"]!.ToJsonString());
        // Nor ask for it, nor set what is desired of itself.
        foreach (var topic in (string[])["$iothub/twin/air-1/GET/?$rid=3", "$iothub/twin/PATCH/properties/desired/?$rid=4"])
        {
            using var again = await HubClient.DeviceAsync(server);
            await HubClient.PublishAsync(again, topic, "{}");
            Assert.Empty(await again.RestAsync());
        }
    }

    [Fact]
    public async Task AServiceThatIsNotLetInIsCountedAndNamedByItsAddress()
    {
        await using var server = await EdgeServer.StartAsync();
        Assert.Equal(401, (await HubClient.AskAsync(server, "GET", "/devices", null, "nonsense")).Status);
        var reject = await server.NewestRejectAsync("bad-credentials");
        Assert.Equal("127.0.0.1", reject.GetProperty("deviceId").GetString());
        Assert.Equal("GET /devices: bad-credentials", reject.GetProperty("detail").GetString());
        Assert.Equal(401, (await HubClient.AskAsync(
            server, "DELETE", "/devices/cab-1", null, HubClient.TokenOf(server, "registryRead"))).Status);
        Assert.Equal(2, server.Rejects.CountOf(Ingest.RejectReason.BadCredentials));
    }
}
