using System.Net.Sockets;
using System.Text;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.Protection;

/// <summary>Whoever sends a byte now and then to keep a place.</summary>
public sealed class SlowClientTests
{
    private const string Events = "devices/cab-1/messages/events/";
    private const string Reading = """[{"twin":"l-001","dimLevelPercent":40}]""";

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task APacketThatTricklesInEndsItsConnection(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, version, "cab-1", keepAliveSeconds: 600);
        var packet = Packets.Publish(version, Events, Reading);
        await client.SendAsync(Packets.Pingreq, packet[..1]);
        Assert.Equal([0xD0, 0], await client.ReadAsync());
        for (var at = 1; at <= 3; at++)
        {
            server.Time.Push(TimeSpan.FromSeconds(25));
            await TrySendAsync(client, packet[at..(at + 1)]);
        }

        var said = await client.RestAsync();
        if (version == Packets.V5)
        {
            Assert.Equal([0xE0, 0x80], Assert.Single(said).Where((_, at) => at is 0 or 2));
            Assert.Contains("60 s", Packets.ReasonString(said[0]), StringComparison.Ordinal);
        }
        else
            Assert.Empty(said);
        var reject = server.Rejects.Recent()[0];
        Assert.Equal((RejectReason.TooSlow, "cab-1"), (reject.Reason, reject.DeviceId));
    }

    [Fact]
    public async Task EachPacketHasItsOwnTime()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1", keepAliveSeconds: 600);
        // Always in the middle of a packet, and never for a minute in the same.
        byte[] rest = [];
        for (ushort id = 1; id <= 4; id++)
        {
            var packet = Packets.Publish(Packets.V5, Events, Reading, id);
            await client.SendAsync([.. rest, .. packet[..10]]);
            if (id > 1)
                Assert.Equal([0x40, 2, 0, (byte)(id - 1)], await client.ReadAsync());
            rest = packet[10..];
            server.Time.Push(TimeSpan.FromSeconds(40));
        }

        await client.SendAsync(rest);
        Assert.Equal([0x40, 2, 0, 4], await client.ReadAsync());
        Assert.Equal(0, server.Rejects.Total);
    }

    [Fact]
    public async Task AConnectThatTricklesInIsClosedAndNamed()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.ConnectAsync(server.MqttPort);
        var connect = Packets.Connect(Packets.V5, "cab-1", "h/cab-1/", server.TokenOf("cab-1"));
        await client.SendAsync(connect[..1]);
        await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 1, "nobody is connected");
        for (var at = 1; at <= 3; at++)
        {
            server.Time.Push(TimeSpan.FromSeconds(4));
            await TrySendAsync(client, connect[at..(at + 1)]);
        }

        Assert.Empty(await client.RestAsync());
        var reject = Assert.Single(server.Rejects.Recent());
        Assert.Equal((RejectReason.TooSlow, "127.0.0.1"), (reject.Reason, reject.DeviceId));
    }

    [Theory]
    [InlineData("GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ")] // headers that do not end
    [InlineData("POST /devices/cab-1/messages/events HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\nAuthorization: {token}\r\n\r\n[")]
    public async Task AnHttpRequestThatTricklesInIsClosed(string beginning)
    {
        await using var server = await EdgeServer.StartAsync(limits: new GatewayLimits
        {
            Protection = new ProtectionLimits
            {
                HeadersWithin = TimeSpan.FromSeconds(1), HttpGrace = TimeSpan.FromSeconds(1.5), HttpBytesPerSecondMin = 1_000,
            },
        });
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", server.HttpPort);
        var request = beginning.Replace("{token}", server.TokenOf("cab-1"), StringComparison.Ordinal);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(tcp.GetStream(), Encoding.ASCII);
        using var deadline = new CancellationTokenSource(Deadline.Patience);
        var answer = await reader.ReadToEndAsync(deadline.Token);
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Equal(0, server.Engine.Counters.Messages);
    }

    // It may be closed by then.
    private static async Task TrySendAsync(RawClient client, byte[] bytes)
    {
        try
        {
            await client.SendAsync(bytes);
        }
        catch (IOException)
        {
        }
    }
}
