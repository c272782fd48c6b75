using System.Text;
using DigitalTwin.Gateway.Mqtt;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>Messages to devices, and what devices publish besides telemetry.</summary>
public sealed class DeviceSessionsTests
{
    private const string Bound = "devices/cab-1/messages/devicebound/";

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task AMessageArrivesAndItsAcknowledgementIsTold(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, version, "cab-1");
        await SubscribeAsync(client, version, Bound + "#", 1);
        var sending = await server.Sessions.SendAsync("cab-1", Message(Bound + "a=b", "on", qos: 1));
        Assert.Equal(SendOutcome.Sent, sending.Outcome);
        var published = await client.ReadAsync();
        byte[] properties = version == Packets.V5 ? [0] : [];
        Assert.Equal(Packets.Packet(0x32, [.. Packets.Text(Bound + "a=b"), 0, 1, .. properties, .. "on"u8]), published);
        Assert.False(sending.End.IsCompleted);
        await client.SendAsync(Packets.Acknowledge(4, 1));
        Assert.Equal(DeliveryEnd.Delivered, await sending.End.WaitAsync(Deadline.Patience));
    }

    [Fact]
    public async Task WhatTheDeviceDidNotSubscribeToIsNotKept()
    {
        await using var server = await EdgeServer.StartAsync();
        Assert.Equal(SendOutcome.NotSubscribed, (await server.Sessions.SendAsync("cab-1", Message(Bound, "x", 1))).Outcome);
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", isClean: false);
        Assert.Equal(SendOutcome.NotSubscribed, (await server.Sessions.SendAsync("cab-1", Message(Bound, "x", 1))).Outcome);
        Assert.False(server.Sessions.IsSubscribed("cab-1", Bound));
    }

    [Theory]
    [InlineData("devices/cab-2/messages/devicebound/#")]
    [InlineData("devices/+/messages/devicebound/#")]
    [InlineData("$iothub/#")]
    [InlineData("\uFEFFdevices/cab-1/messages/devicebound/#")]
    [InlineData("#")]
    [InlineData("city/+/+/+")]
    [InlineData("$share/all/devices/cab-1/messages/devicebound/#")]
    public async Task ADeviceSubscribesToItsOwnTopicsOnly(string filter)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await client.SendAsync(Packets.Subscribe(Packets.V5, 1, (filter, 1), (Bound + "#", 2)));
        var code = filter.StartsWith("$share", StringComparison.Ordinal) ? 0x9E : 0x87;
        // What is granted beside it is granted, at QoS 1 at most.
        Assert.Equal([0x90, 5, 0, 1, 0, (byte)code, 1], await client.ReadAsync());
    }

    [Fact]
    public async Task WhatWaitedForADeviceComesInOrderWhenItIsBackAndAgainUntilItIsAcknowledged()
    {
        await using var server = await EdgeServer.StartAsync();
        using (var first = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", isClean: false))
        {
            Assert.False(first.IsSessionPresent);
            await SubscribeAsync(first, Packets.V311, Bound + "#", 1);
            await first.SendAsync(Packets.Disconnect);
            Assert.Empty(await first.RestAsync());
        }

        foreach (var text in (string[])["1", "2", "3"])
            Assert.Equal(SendOutcome.Queued, (await server.Sessions.SendAsync("cab-1", Message(Bound, text, 1))).Outcome);
        Assert.Equal(SendOutcome.Offline, (await server.Sessions.SendAsync("cab-1", Message(Bound, "0", 0))).Outcome);
        using (var second = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", isClean: false))
        {
            Assert.True(second.IsSessionPresent);
            Assert.Equal((0x32, 1, "1"), Told(await second.ReadAsync()));
            Assert.Equal((0x32, 2, "2"), Told(await second.ReadAsync()));
            Assert.Equal((0x32, 3, "3"), Told(await second.ReadAsync()));
            await second.SendAsync(Packets.Acknowledge(4, 2), Packets.Pingreq);
            Assert.Equal([0xD0, 0], await second.ReadAsync());
        }

        // The same identifiers, marked as sent before.
        using var third = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", isClean: false);
        Assert.Equal((0x3A, 1, "1"), Told(await third.ReadAsync()));
        Assert.Equal((0x3A, 3, "3"), Told(await third.ReadAsync()));
        await third.SendAsync(Packets.Acknowledge(4, 1), Packets.Acknowledge(4, 3), Packets.Pingreq);
        Assert.Equal([0xD0, 0], await third.ReadAsync());
        using var clean = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", isClean: true);
        Assert.False(clean.IsSessionPresent);
        Assert.Equal(SendOutcome.NotSubscribed, (await server.Sessions.SendAsync("cab-1", Message(Bound, "4", 1))).Outcome);
    }

    [Fact]
    public async Task SubscriptionsAndWhatWaitsSurviveARestart()
    {
        using var folder = new TemporaryFolder("sessions-");
        await using (var server = await EdgeServer.StartAsync(sessionFolder: folder.Path))
        {
            using var client = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", isClean: false);
            await SubscribeAsync(client, Packets.V311, Bound + "#", 1);
            await client.SendAsync(Packets.Disconnect);
            Assert.Empty(await client.RestAsync());
            await server.Sessions.SendAsync("cab-1", Message(Bound, "gone", 1) with { ExpiresAt = server.Time.GetUtcNow().AddMinutes(1) });
            await server.Sessions.SendAsync("cab-1", Message(Bound, "kept", 1) with { Tag = "m-7" });
        }

        await using var restarted = await EdgeServer.StartAsync(sessionFolder: folder.Path);
        restarted.Time.Push(TimeSpan.FromMinutes(2));
        var ended = new TaskCompletionSource<string?>();
        restarted.Sessions.Ended += (client, tag, end) =>
        {
            if (end == DeliveryEnd.Delivered)
                ended.TrySetResult($"{client} {tag}");
        };
        using var back = await RawClient.AdmittedAsync(restarted, Packets.V311, "cab-1", isClean: false);
        Assert.True(back.IsSessionPresent);
        var (_, packetId, text) = Told(await back.ReadAsync());
        Assert.Equal("kept", text);
        await back.SendAsync(Packets.Acknowledge(4, (ushort)packetId));
        Assert.Equal("cab-1 m-7", await ended.Task.WaitAsync(Deadline.Patience));
        Assert.True(restarted.Sessions.IsSubscribed("cab-1", Bound));
    }

    [Fact]
    public async Task NoMoreThanItsBoundWaitsForADevice()
    {
        await using var server = await EdgeServer.StartAsync(limits: new GatewayLimits { MessagesWaitingMax = 3 });
        using (var client = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", isClean: false))
            await SubscribeAsync(client, Packets.V311, Bound + "#", 1);
        await Deadline.UntilAsync(() => !server.Sessions.IsConnected("cab-1"), "it is still connected");
        for (var i = 0; i < 3; i++)
            Assert.Equal(SendOutcome.Queued, (await server.Sessions.SendAsync("cab-1", Message(Bound, "x", 1))).Outcome);
        Assert.Equal(SendOutcome.Full, (await server.Sessions.SendAsync("cab-1", Message(Bound, "x", 1))).Outcome);
    }

    [Fact]
    public async Task WhatADevicePublishesBesidesTelemetryGoesToWhoTakesIt()
    {
        var echo = new Echo();
        await using var server = await EdgeServer.StartAsync(services: services => services.AddSingleton<IDeviceTopicHandler>(echo));
        echo.Sessions = server.Sessions;
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await SubscribeAsync(client, Packets.V5, "$iothub/twin/res/#", 0);
        await client.SendAsync(Packets.Publish(
            Packets.V5, "$iothub/twin/GET/?$rid=7", " ", qos: 0,
            properties: [0x03, .. Packets.Text("text/plain"), 0x26, .. Packets.Text("zone"), .. Packets.Text("A")]));
        var (flags, _, text) = Told(await client.ReadAsync(), Packets.V5);
        Assert.Equal((0x30, "cab-1 ' ' text/plain zone=A"), (flags, text));
        // Whatever nobody takes is refused as before.
        await client.SendAsync(Packets.Publish(Packets.V5, "$iothub/else", "x"));
        Assert.Equal([0, 1, 0x90], (await client.ReadAsync())[2..5]);
    }

    internal static async Task SubscribeAsync(RawClient client, byte version, string filter, byte options)
    {
        await client.SendAsync(Packets.Subscribe(version, 77, (filter, options)));
        Assert.Equal(Math.Min(options & 3, 1), (await client.ReadAsync())[^1]);
    }

    /// <summary>First byte, packet identifier and payload of a PUBLISH that has no properties.</summary>
    internal static (int Header, int PacketId, string Payload) Told(byte[] packet, byte version = Packets.V311)
    {
        var at = 2;
        while (packet[at - 1] >= 0x80)
            at++;
        at += 2 + (packet[at] << 8 | packet[at + 1]);
        var hasId = (packet[0] & 6) != 0;
        var id = hasId ? packet[at] << 8 | packet[at + 1] : 0;
        at += hasId ? 2 : 0;
        at += version == Packets.V5 ? 1 + packet[at] : 0;
        return (packet[0], id, Encoding.UTF8.GetString(packet, at, packet.Length - at));
    }

    private static OutboundMessage Message(string topic, string payload, int qos) =>
        new(topic, Encoding.UTF8.GetBytes(payload)) { Qos = qos };

    private sealed class Echo : IDeviceTopicHandler
    {
        public DeviceSessions Sessions { get; set; } = null!;

        public bool Takes(string deviceId, string topic) => topic.StartsWith("$iothub/twin/", StringComparison.Ordinal);

        public async ValueTask HandleAsync(DevicePublication publication, CancellationToken cancellationToken)
        {
            var user = string.Join(",", publication.Properties.User.Select(one => $"{one.Key}={one.Value}"));
            var text = $"{publication.DeviceId} '{Encoding.UTF8.GetString(publication.Payload.Span)}' {publication.Properties.ContentType} {user}";
            await Sessions.SendAsync(
                publication.DeviceId, new OutboundMessage("$iothub/twin/res/200/?$rid=7", Encoding.UTF8.GetBytes(text)));
        }
    }
}
