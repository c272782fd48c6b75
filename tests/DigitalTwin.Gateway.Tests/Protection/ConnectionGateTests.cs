using System.Net;
using System.Net.Sockets;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Protection;

/// <summary>How many connections one address may hold and open.</summary>
public sealed class ConnectionGateTests
{
    // This machine counts here as any other does.
    private static readonly ProtectionLimits s_counted = new() { ExemptNetworks = [] };

    [Theory]
    [InlineData(Packets.V311, 3)]
    [InlineData(Packets.V5, 0x97)]
    public async Task OneAddressHoldsSoManyAndTheNextIsTold(byte version, byte code)
    {
        await using var server = await StartAsync(s_counted with { ConnectionsPerAddressMax = 2 });
        using var first = await RawClient.AdmittedAsync(server, version, "cab-1");
        using var second = await RawClient.AdmittedAsync(server, version, "air-1");
        Assert.Equal(code, await RefusedAsync(server, version));
        var reject = server.Rejects.Recent()[0];
        Assert.Equal((RejectReason.TooManyConnections, "127.0.0.1"), (reject.Reason, reject.DeviceId));
        await OpenAsync(server, 2);

        // Two that are to be told so and say nothing; the fifth is not heard.
        using var third = await RawClient.ConnectAsync(server.MqttPort);
        using var fourth = await RawClient.ConnectAsync(server.MqttPort);
        await Deadline.UntilAsync(() => server.Get<ConnectionGate>().HalfOpen == 2, "they are not there");
        await ExpectUnheardAsync(server);
        Assert.Equal(1, server.Get<ConnectionGate>().Dropped);

        // Those that are there are not disturbed, and one that leaves makes room.
        await first.SendAsync(Packets.Pingreq);
        Assert.Equal([0xD0, 0], await first.ReadAsync());
        second.Dispose();
        third.Dispose();
        fourth.Dispose();
        await OpenAsync(server, 1);
        using var later = await RawClient.AdmittedAsync(server, version, "air-2");
    }

    [Theory]
    [InlineData(Packets.V311, 3)]
    [InlineData(Packets.V5, 0x9F)]
    public async Task OneAddressOpensNoMoreASecond(byte version, byte code)
    {
        await using var server = await StartAsync(s_counted with
        {
            ConnectsPerSecondPerAddress = 0.01, AddressBurst = TimeSpan.FromSeconds(300),
        });
        for (var i = 0; i < 3; i++)
        {
            using var client = await RawClient.AdmittedAsync(server, version, "cab-1");
        }

        for (var i = 0; i < 3; i++)
            Assert.Equal(code, await RefusedAsync(server, version));
        await ExpectUnheardAsync(server);
        server.Time.Push(TimeSpan.FromSeconds(400));
        using var later = await RawClient.AdmittedAsync(server, version, "cab-1");
    }

    [Fact]
    public async Task OverHttpItIsTold429()
    {
        await using var server = await StartAsync(s_counted with { ConnectionsPerAddressMax = 1 });
        using var holder = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        using var answer = await server.Http.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.True(answer.Headers.ConnectionClose);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal("ThrottlingException", Assert.Single(answer.Headers.GetValues("iothub-errorcode")));
        holder.Dispose();
        await OpenAsync(server, 0);
        using var later = await server.Http.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
        Assert.Equal(1, server.Rejects.CountOf(RejectReason.TooManyConnections));
    }

    [Fact]
    public async Task AFloodOfConnectionsThatSayNothingFillsItsOwnPlacesAlone()
    {
        await using var server = await StartAsync(s_counted with { HalfOpenPerAddressMax = 3 });
        using var before = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        var silent = new List<RawClient>();
        for (var i = 0; i < 3; i++)
            silent.Add(await RawClient.ConnectAsync(server.MqttPort));
        await Deadline.UntilAsync(() => server.Get<ConnectionGate>().HalfOpen == 3, "they are not there");
        for (var i = 0; i < 5; i++)
            await ExpectUnheardAsync(server);

        Assert.Equal(5, server.Rejects.CountOf(RejectReason.TooManyConnections));
        await before.SendAsync(Packets.Pingreq);
        Assert.Equal([0xD0, 0], await before.ReadAsync());

        server.Time.Push(TimeSpan.FromSeconds(11));
        foreach (var one in silent)
            Assert.Empty(await one.RestAsync());
        await Deadline.UntilAsync(() => server.Get<ConnectionGate>().HalfOpen == 0, "places are still taken");
        var slow = server.Rejects.Recent().Where(reject => reject.Reason == RejectReason.TooSlow).ToArray();
        Assert.Equal(3, slow.Length);
        Assert.All(slow, reject => Assert.Equal("127.0.0.1", reject.DeviceId));
        using var after = await RawClient.AdmittedAsync(server, Packets.V5, "air-1");
        silent.ForEach(one => one.Dispose());
    }

    [Fact]
    public async Task AHandshakeThatIsNotFinishedIsEndedAndNamed()
    {
        await using var server = await StartAsync(s_counted with { HandshakeWithin = TimeSpan.FromSeconds(1) });
        using var silent = await RawClient.ConnectAsync(server.TlsPort);
        Assert.Empty(await silent.RestAsync());
        // Counted first and listed then.
        await Deadline.UntilAsync(() => server.Rejects.Recent().Count > 0, "the handshake is not listed");
        Assert.Equal(1, server.Rejects.CountOf(RejectReason.TooSlow));
        Assert.Equal("127.0.0.1", server.Rejects.Recent()[0].DeviceId);
        Assert.Contains("TLS", server.Rejects.Recent()[0].Detail, StringComparison.Ordinal);
        await Deadline.UntilAsync(() => server.Get<ConnectionGate>().HalfOpen == 0, "its place is still taken");
    }

    [Fact]
    public async Task OverTlsTheRefusalIsSaidInside()
    {
        await using var server = await StartAsync(s_counted with { ConnectionsPerAddressMax = 1 });
        using var holder = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        var connect = Packets.Connect(Packets.V311, "air-1", "h/air-1/", server.TokenOf("air-1"));
        Assert.Equal([0x20, 2, 0, 3], await TlsClient.ConnectAsync(server, connect));
    }

    [Fact]
    public void ThisMachineIsNotCountedAndWhoeverIsNamedNeither()
    {
        var (gate, _) = Gate(new ProtectionLimits
        {
            ConnectionsPerAddressMax = 1,
            ExemptNetworks = [.. ProtectionLimits.LoopbackNetworks, IPNetwork.Parse("10.1.0.0/16")],
        });
        foreach (var address in (string[])["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "10.1.200.3"])
        {
            Assert.True(gate.TryEnter(new IPEndPoint(IPAddress.Parse(address), 5_000), out var lease));
            Assert.Null(lease);
        }

        Assert.Equal(GateRefusal.None, Enter(gate, "10.2.0.1")!.Refusal);
        Assert.Equal(GateRefusal.TooMany, Enter(gate, "10.2.0.1")!.Refusal);
    }

    [Fact]
    public void OfIPv6OneSubscriberCountsOnce()
    {
        var (gate, _) = Gate(s_counted with { ConnectionsPerAddressMax = 1 });
        Assert.Equal(GateRefusal.None, Enter(gate, "2001:db8:1:2::1")!.Refusal);
        Assert.Equal(GateRefusal.TooMany, Enter(gate, "2001:db8:1:2:ffff::9")!.Refusal);
        Assert.Equal(GateRefusal.None, Enter(gate, "2001:db8:1:3::1")!.Refusal);
    }

    [Fact]
    public void AddressesWithoutAConnectionAreForgottenTheQuietOnesFirst()
    {
        var (gate, time) = Gate(s_counted with { AddressesMax = 16, ConnectsPerSecondPerAddress = 0.1 });
        var held = Enter(gate, "192.0.2.1");
        // One that connected often is remembered before those that did once.
        for (var i = 0; i < 3; i++)
            gate.Leave(Enter(gate, "192.0.2.2")!);
        for (var i = 0; i < 200; i++)
            gate.Leave(Enter(gate, $"198.51.100.{i}")!);
        Assert.InRange(gate.Addresses, 2, 16);
        Assert.Equal(GateRefusal.TooFast, Enter(gate, "192.0.2.2")!.Refusal);
        // Who is connected is never forgotten, whatever comes.
        for (var i = 0; i < 2; i++)
            Enter(gate, "192.0.2.1");
        Assert.Equal(GateRefusal.TooFast, Enter(gate, "192.0.2.1")!.Refusal);
        time.Pass(TimeSpan.FromHours(1));
        gate.Leave(Enter(gate, "203.0.113.9")!);
        gate.Leave(held!);
    }

    [Fact]
    public void TooManyThatSayNothingAreTooManyWhereverTheyComeFrom()
    {
        var (gate, _) = Gate(s_counted with { HalfOpenMax = 10 });
        var leases = Enumerable.Range(0, 10).Select(i => Enter(gate, $"192.0.2.{i}")!).ToArray();
        Assert.Null(Enter(gate, "192.0.2.99"));
        gate.Admit(leases[0]);
        gate.Leave(leases[0]);
        Assert.NotNull(Enter(gate, "192.0.2.99"));
        Assert.Equal(10, gate.HalfOpen);
    }

    private static (ConnectionGate Gate, SteppedTime Time) Gate(ProtectionLimits limits)
    {
        var time = new SteppedTime(Instant.Utc(2026, 11, 21, 12));
        var gateway = new GatewayLimits { Protection = limits };
        return (new ConnectionGate(gateway, new RejectList(gateway, time), time), time);
    }

    private static GateLease? Enter(ConnectionGate gate, string address)
    {
        gate.TryEnter(new IPEndPoint(IPAddress.Parse(address), 5_000), out var lease);
        return lease;
    }

    private static Task OpenAsync(EdgeServer server, int count) => Deadline.UntilAsync(
        () => server.Get<ConnectionGate>().Open == count, $"there are not {count} connections");

    private static async Task<byte> RefusedAsync(EdgeServer server, byte version)
    {
        using var client = await RawClient.ConnectAsync(server.MqttPort);
        await client.SendAsync(Packets.Connect(version, "air-2", "h/air-2/", server.TokenOf("air-2")));
        return Assert.Single(await client.RestAsync())[3];
    }

    // The reset may come before the connection is known to stand.
    private static async Task ExpectUnheardAsync(EdgeServer server)
    {
        try
        {
            using var client = await RawClient.ConnectAsync(server.MqttPort);
            Assert.Empty(await client.RestAsync());
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
        }
    }

    private static Task<EdgeServer> StartAsync(ProtectionLimits protection) =>
        EdgeServer.StartAsync(limits: new GatewayLimits { Protection = protection });
}
