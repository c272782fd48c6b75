namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>How long sessions and wills last, and what CONNECT is answered.</summary>
public sealed class MqttSessionLifeTests
{
    private const string Events = "devices/cab-1/messages/events/";
    private const string Bound = "devices/cab-1/messages/devicebound/#";
    private const string Dark = """[{"twin":"l-001","dimLevelPercent":0}]""";

    [Fact]
    public async Task ASessionLastsAsLongAsItsExpirySays()
    {
        await using var server = await EdgeServer.StartAsync();
        byte[] hundred = [0x11, 0, 0, 0, 100];
        await LeaveAsync(server, hundred);
        server.Time.Push(TimeSpan.FromSeconds(50));
        Assert.True(await IsPresentAsync(server, hundred));
        server.Time.Push(TimeSpan.FromSeconds(101));
        Assert.False(await IsPresentAsync(server, hundred));
        // 0 ends it with its connection.
        await LeaveAsync(server, [0x11, 0, 0, 0, 0]);
        Assert.False(await IsPresentAsync(server, hundred));
    }

    [Fact]
    public async Task ASessionThatIsOverIsForgottenWithoutAnybodyAsking()
    {
        await using var server = await EdgeServer.StartAsync();
        await LeaveAsync(server, [0x11, 0, 0, 0, 100]);
        Assert.Equal(1, server.Sessions.Count);
        server.Time.Push(TimeSpan.FromSeconds(101));
        await server.Sessions.ExpireAsync();
        Assert.Equal(0, server.Sessions.Count);
    }

    [Fact]
    public async Task AnExpiryBeyondTheHubsIsNamedInTheAnswer()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(
            server, Packets.V5, "cab-1", isClean: false, properties: [0x11, 0xFF, 0xFF, 0xFF, 0xFF]);
        // Seven days are 604,800 seconds.
        Assert.Equal([0x11, 0x00, 0x09, 0x3A, 0x80], client.Connack[5..10]);
    }

    [Fact]
    public async Task DisconnectMaySayHowLongTheSessionIsKept()
    {
        await using var server = await EdgeServer.StartAsync();
        using (var client = await RawClient.AdmittedAsync(
            server, Packets.V5, "cab-1", isClean: false, properties: [0x11, 0, 0, 0, 100]))
        {
            await DeviceSessionsTests.SubscribeAsync(client, Packets.V5, Bound, 1);
            await client.SendAsync([0xE0, 7, 0, 5, 0x11, 0, 0, 0, 0]);
            Assert.Empty(await client.RestAsync());
        }

        Assert.False(await IsPresentAsync(server, [0x11, 0, 0, 0, 100]));
    }

    [Fact]
    public async Task ASessionIsKeptWithItsSubscriptionsUntilItIsCleaned()
    {
        await using var server = await EdgeServer.StartAsync();
        byte[] kept = [0x11, 0, 0, 0, 100];
        await LeaveAsync(server, kept);
        Assert.True(server.Sessions.IsSubscribed("cab-1", Bound.TrimEnd('#')));
        using var clean = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", properties: kept);
        Assert.False(clean.IsSessionPresent);
        Assert.False(server.Sessions.IsSubscribed("cab-1", Bound.TrimEnd('#')));
    }

    [Fact]
    public async Task WhatADeletedDeviceLeftIsForgotten()
    {
        await using var server = await EdgeServer.StartAsync();
        await LeaveAsync(server, [0x11, 0, 0, 0, 100]);
        server.Devices.Delete("cab-1");
        await Deadline.UntilAsync(() => server.Sessions.Count == 0, "the session is still there");
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task UnsubscribeStopsAndSaysWhetherThereWasASubscription(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, version, "cab-1");
        await DeviceSessionsTests.SubscribeAsync(client, version, Bound, 1);
        await client.SendAsync(Packets.Unsubscribe(version, 5, "never", Bound));
        Assert.Equal(
            version == Packets.V5 ? [0xB0, 5, 0, 5, 0, 0x11, 0] : [0xB0, 2, 0, 5], await client.ReadAsync());
        Assert.False(server.Sessions.IsSubscribed("cab-1", Bound.TrimEnd('#')));
    }

    [Fact]
    public async Task WhatIsOnItsWayIsDeliveredThoughItWasUnsubscribed()
    {
        await using var server = await EdgeServer.StartAsync();
        byte[] kept = [0x11, 0, 0, 0, 100];
        using (var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", isClean: false, properties: kept))
        {
            await DeviceSessionsTests.SubscribeAsync(client, Packets.V5, Bound, 1);
            await server.Sessions.SendAsync("cab-1", new(Bound.TrimEnd('#'), "x"u8.ToArray()) { Qos = 1 });
            Assert.Equal((0x32, 1, "x"), DeviceSessionsTests.Told(await client.ReadAsync(), Packets.V5));
            await client.SendAsync(Packets.Unsubscribe(Packets.V5, 5, Bound));
            Assert.Equal([0xB0, 4, 0, 5, 0, 0], await client.ReadAsync());
        }

        using var back = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", isClean: false, properties: kept);
        Assert.Equal((0x3A, 1, "x"), DeviceSessionsTests.Told(await back.ReadAsync(), Packets.V5));
    }

    [Theory]
    [InlineData("Z")]
    [InlineData("0123456789abcdefghijklm")]
    [InlineData("nopqrstuvwxyzABCDEFGHIJ")]
    [InlineData("KLMNOPQRSTUVWXYZ")]
    public async Task ClientIdsOfLettersAndDigitsAreTaken(string clientId)
    {
        await using var server = await EdgeServer.StartAsync(allowAnonymous: true);
        foreach (var version in (byte[])[Packets.V311, Packets.V5])
        {
            using var client = await RawClient.ConnectAsync(server.MqttPort);
            await client.AdmitAsync(Packets.Connect(version, clientId));
        }
    }

    [Fact]
    public async Task AWillWaitsForItsDelay()
    {
        await using var server = await EdgeServer.StartAsync();
        await LoseAsync(server);
        Assert.Equal(0, server.Meters.WillsPublished);
        server.Time.Push(TimeSpan.FromSeconds(61));
        await Deadline.UntilAsync(() => server.Meters.WillsPublished == 1, "the will was not published");
        Assert.Equal(0, await server.ValueOfAsync("l-001", "dimLevelPercent"));
    }

    [Fact]
    public async Task WhoComesBackToItsSessionInTimeLeavesNoWill()
    {
        await using var server = await EdgeServer.StartAsync();
        await LoseAsync(server);
        using var back = await RawClient.AdmittedAsync(
            server, Packets.V5, "cab-1", isClean: false, properties: [0x11, 0, 0, 0, 100]);
        Assert.True(back.IsSessionPresent);
        Assert.Equal(0, server.MqttServices.Wills.Count);
        Assert.Equal(0, server.Meters.WillsPublished);
    }

    [Fact]
    public async Task ACleanStartEndsTheOldSessionAndWithItTheWait()
    {
        await using var server = await EdgeServer.StartAsync();
        await LoseAsync(server);
        using var back = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        Assert.Equal(1, server.Meters.WillsPublished);
    }

    [Fact]
    public async Task DisconnectWithReason4PublishesTheWill()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", will: (Events, Dark));
        await client.SendAsync([0xE0, 1, 4]);
        Assert.Empty(await client.RestAsync());
        await Deadline.UntilAsync(() => server.Meters.WillsPublished == 1, "the will was not published");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2_000)]
    public async Task AKeepAliveThatTheHubDoesNotKeepIsNamedInTheAnswer(ushort seconds)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", keepAliveSeconds: seconds);
        // 1,767 s of silence are one and a half times 1,178 s.
        Assert.Equal([0x13, 1_178 >> 8, 1_178 & 0xFF], client.Connack[^3..]);
    }

    public static TheoryData<string, byte[], int> Connects => new()
    {
        { "the reserved flag", Changed(Whole(), 9, 0x03), 0x81 },
        { "a will of QoS 3", Changed(Whole(), 9, 0x1E), 0x81 },
        { "a will's QoS without a will", Changed(Whole(), 9, 0x0A), 0x81 },
        { "a will's retain without a will", Changed(Whole(), 9, 0x22), 0x81 },
        { "a user name that is not there", Changed(Whole(), 9, 0x82), 0x81 },
        { "a password that is not there", Changed(Whole(), 9, 0x42), 0x81 },
        { "bytes behind the last field", Packets.Packet(0x10, [.. Whole()[2..], 0]), 0x81 },
        { "flags in the first byte", [0x11, .. Whole()[1..]], 0x81 },
        { "a property twice", WithProperties([0x21, 0, 1, 0x21, 0, 1]), 0x82 },
        { "a receive maximum of 0", WithProperties([0x21, 0, 0]), 0x82 },
        { "a packet size of 0", WithProperties([0x27, 0, 0, 0, 0]), 0x82 },
        { "problem information 2", WithProperties([0x17, 2]), 0x82 },
        { "an unknown property", WithProperties([0x7E]), 0x81 },
        { "a property of another packet", WithProperties([0x23, 0, 1]), 0x81 },
        { "an authentication method", WithProperties([0x15, 0, 1, 0x61]), 0x8C },
        { "authentication data alone", WithProperties([0x16, 0, 1, 0x61]), 0x82 },
        { "no client id", Packets.Connect(Packets.V5, ""), 0x85 },
        { "a client id that is no id", Packets.Connect(Packets.V5, "a/b"), 0x85 },
        { "a client id that is not UTF-8", Packets.Packet(0x10, [.. Whole()[2..^5], 0, 2, 0xC3, 0x28]), 0x81 },
    };

    [Theory]
    [MemberData(nameof(Connects))]
    public async Task AMalformedConnectIsAnsweredIn5AndClosed(string what, byte[] connect, int reason)
    {
        await using var server = await EdgeServer.StartAsync(allowAnonymous: true);
        using var client = await RawClient.ConnectAsync(server.MqttPort);
        // What follows a refused CONNECT is not looked at.
        await client.SendAsync([.. connect, .. Packets.Pingreq]);
        var answers = await client.RestAsync();
        Assert.True(answers.Length == 1, $"{what}: {answers.Length} answers");
        Assert.Equal([0x20, 0, (byte)reason], answers[0].Where((_, at) => at is 0 or 2 or 3));
    }

    [Fact]
    public async Task AMalformedConnectOf311IsClosedWithoutAnAnswer()
    {
        await using var server = await EdgeServer.StartAsync(allowAnonymous: true);
        using var client = await RawClient.ConnectAsync(server.MqttPort);
        await client.SendAsync(Changed(Packets.Connect(Packets.V311, "cab-1"), 9, 0x03));
        Assert.Empty(await client.RestAsync());
        using var unnamed = await RawClient.ConnectAsync(server.MqttPort);
        await unnamed.SendAsync(Packets.Connect(Packets.V311, "", isClean: false));
        Assert.Equal([0x20, 2, 0, 2], Assert.Single(await unnamed.RestAsync()));
        using var another = await RawClient.ConnectAsync(server.MqttPort);
        await another.SendAsync(Packets.Packet(0x10, [.. Packets.Text("MQIsdp"), 3, 2, 0, 60, .. Packets.Text("cab-1")]));
        Assert.Empty(await another.RestAsync());
        using var passwordOnly = await RawClient.ConnectAsync(server.MqttPort);
        await passwordOnly.SendAsync(Packets.Connect(Packets.V311, "cab-1", password: "x"));
        Assert.Empty(await passwordOnly.RestAsync());
    }

    private static byte[] Whole() => Packets.Connect(Packets.V5, "cab-1");

    private static byte[] WithProperties(byte[] properties) =>
        Packets.Connect(Packets.V5, "cab-1", properties: properties);

    private static byte[] Changed(byte[] packet, int at, byte value)
    {
        packet[at] = value;
        return packet;
    }

    private static async Task LeaveAsync(EdgeServer server, byte[] properties)
    {
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", isClean: false, properties: properties);
        await DeviceSessionsTests.SubscribeAsync(client, Packets.V5, Bound, 1);
        await client.SendAsync(Packets.Disconnect);
        Assert.Empty(await client.RestAsync());
        await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 0, "the connection is still there");
    }

    private static async Task<bool> IsPresentAsync(EdgeServer server, byte[] properties)
    {
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", isClean: false, properties: properties);
        await client.SendAsync(Packets.Disconnect);
        Assert.Empty(await client.RestAsync());
        await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 0, "the connection is still there");
        return client.IsSessionPresent;
    }

    // Gone without a word, with a will that waits a minute.
    private static async Task LoseAsync(EdgeServer server)
    {
        using (await RawClient.AdmittedAsync(
            server, Packets.V5, "cab-1", will: (Events, Dark), isClean: false, properties: [0x11, 0, 0, 0, 100],
            willProperties: [0x18, 0, 0, 0, 60]))
        {
            // Gone.
        }

        await Deadline.UntilAsync(() => server.MqttServices.Wills.Count == 1, "the will does not wait");
    }
}
