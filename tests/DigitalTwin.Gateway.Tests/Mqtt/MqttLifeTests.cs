using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>How connections end, and what is left of them.</summary>
public sealed class MqttLifeTests
{
    private const string Events = "devices/cab-1/messages/events/";
    private const string Dark = """[{"twin":"l-001","dimLevelPercent":0}]""";

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task ASecondConnectionOfADeviceTakesOver(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        using var first = await RawClient.AdmittedAsync(server, version, "cab-1");
        using var second = await RawClient.AdmittedAsync(server, version, "cab-1");
        await EndedAsync(first, version, 0x8E);
        await second.SendAsync(Packets.Pingreq);
        Assert.Equal([0xD0, 0], await second.ReadAsync());
        Assert.Equal(1, server.Meters.Takeovers);
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task ARevokedDeviceIsDisconnectedAtOnce(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, version, "cab-1");
        server.Devices.Put("cab-1", DeviceStatus.Disabled, out _);
        await EndedAsync(client, version, 0x87);
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task SilenceBeyondTheKeepAliveEndsIt(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, version, "cab-1", keepAliveSeconds: 60);
        server.Time.Push(TimeSpan.FromSeconds(80));
        await client.SendAsync(Packets.Pingreq);
        Assert.Equal([0xD0, 0], await client.ReadAsync());
        server.Time.Push(TimeSpan.FromSeconds(91));
        await EndedAsync(client, version, 0x8D);
    }

    [Fact]
    public async Task WithoutAKeepAliveTheHubsOwnHolds()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(
            server, Packets.V5, "cab-1", keepAliveSeconds: 0, tokenLasts: TimeSpan.FromDays(1));
        server.Time.Push(TimeSpan.FromSeconds(1_770));
        await EndedAsync(client, Packets.V5, 0x8D);
    }

    [Fact]
    public async Task AConnectionEndsWithItsToken()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(
            server, Packets.V5, "cab-1", keepAliveSeconds: 600, tokenLasts: TimeSpan.FromMinutes(2));
        server.Time.Push(TimeSpan.FromMinutes(3));
        await EndedAsync(client, Packets.V5, 0x87);
    }

    [Fact]
    public async Task WhoDoesNotConnectInTimeIsClosed()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.ConnectAsync(server.MqttPort);
        await client.SendAsync([0x10]);
        await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 1, "nobody is connected");
        server.Time.Push(TimeSpan.FromSeconds(11));
        Assert.Empty(await client.RestAsync());
    }

    [Fact]
    public async Task WhoNeverReadsItsAnswersIsCutOff()
    {
        await using var server = await EdgeServer.StartAsync(
            limits: new GatewayLimits { Protection = ProtectionLimits.Unlimited });
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        var pings = Enumerable.Repeat(Packets.Pingreq, 10_000).SelectMany(ping => ping).ToArray();
        var sent = 0L;
        var sending = Task.Run(async () =>
        {
            while (true)
            {
                await client.SendAsync(pings);
                Interlocked.Increment(ref sent);
            }
        });
        var (seen, since) = (-1L, TimeProvider.System.GetTimestamp());
        await Deadline.UntilAsync(
            () =>
            {
                if (Interlocked.Read(ref sent) != seen)
                    (seen, since) = (Interlocked.Read(ref sent), TimeProvider.System.GetTimestamp());
                return TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(1);
            },
            "the server goes on reading from one who does not listen");

        server.Time.Push(TimeSpan.FromSeconds(91));
        await Deadline.UntilAsync(
            () =>
            {
                server.Time.Push(TimeSpan.FromSeconds(1));
                return server.Meters.ConnectionsOpen == 0;
            },
            "the connection is still there");
        await Assert.ThrowsAsync<IOException>(() => sending);
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task TheWillSpeaksForWhoIsLost(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        using (await RawClient.AdmittedAsync(server, version, "cab-1", will: (Events, Dark)))
        {
            // Gone without a word.
        }

        await Deadline.UntilAsync(() => server.Meters.WillsPublished == 1, "the will was not published");
        Assert.Equal(0, await server.ValueOfAsync("l-001", "dimLevelPercent"));
    }

    [Fact]
    public async Task ARevokedDevicesWillIsNotPublished()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", will: (Events, Dark));
        server.Devices.Put("cab-1", DeviceStatus.Disabled, out _);
        Assert.Empty(await client.RestAsync());
        await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 0, "the connection is still there");
        Assert.Null(await server.ValueOfAsync("l-001", "dimLevelPercent"));
    }

    [Fact]
    public async Task WhoTakesLeaveLeavesNoWill()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", will: (Events, Dark));
        await client.SendAsync(Packets.Disconnect);
        Assert.Empty(await client.RestAsync());
        await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 0, "the connection is still there");
        Assert.Equal(0, server.Meters.WillsPublished);
        Assert.Null(await server.ValueOfAsync("l-001", "dimLevelPercent"));
    }

    [Fact]
    public async Task AWillForAnotherDeviceIsNotTaken()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.ConnectAsync(server.MqttPort);
        await client.SendAsync(Packets.Connect(
            Packets.V5, "cab-1", "h/cab-1", server.TokenOf("cab-1"), will: ("devices/air-1/messages/events/", Dark)));
        var connack = Assert.Single(await client.RestAsync());
        Assert.Equal([0, 0x87], connack[2..4]);
        Assert.Equal("foreign-device", Packets.ReasonString(connack));
        await server.NewestRejectAsync("foreign-device");
    }

    [Fact]
    public async Task WhateverIsSentNobodyElseNotices()
    {
        await using var server = await EdgeServer.StartAsync(
            limits: new GatewayLimits { Protection = ProtectionLimits.Unlimited });
        using var witness = await RawClient.AdmittedAsync(server, Packets.V5, "air-1");
        var token = server.TokenOf("cab-1");
        for (var seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            byte version = random.Next(2) == 0 ? Packets.V311 : Packets.V5;
            byte[] said =
            [
                .. Packets.Connect(version, "cab-1", "h/cab-1", token, will: seed % 3 == 0 ? (Events, Dark) : null),
                .. Packets.Publish(version, Events, Dark), .. Packets.Subscribe(version, 2, ("a/b", 1)), .. Packets.Pingreq,
            ];
            // The first half of the seeds break what comes after CONNECT, the others anything.
            var from = seed < 300 ? said.Length - 90 : 0;
            for (var i = random.Next(1, 6); i > 0; i--)
                said[random.Next(from, said.Length)] = (byte)random.Next(256);
            using var client = await RawClient.ConnectAsync(server.MqttPort);
            await client.SendAsync(said[..random.Next(1, said.Length + 1)]);
        }

        await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 1, "a connection is left behind");
        await witness.SendAsync(
            Packets.Publish(Packets.V5, "devices/air-1/messages/events/", """{"pm25MicrogramsPerCubicMetre":12}"""));
        Assert.Equal([0x40, 2, 0, 1], await witness.ReadAsync());
        Assert.Equal(12, await server.ValueOfAsync("air-1", "pm25MicrogramsPerCubicMetre"));
    }

    private static async Task EndedAsync(RawClient client, byte version, byte reason)
    {
        var said = await client.RestAsync();
        if (version == Packets.V5)
        {
            Assert.Equal([0xE0, reason], Assert.Single(said).Where((_, at) => at is 0 or 2));
            Assert.NotEmpty(Packets.ReasonString(said[0]));
        }
        else
            Assert.Empty(said);
    }
}
