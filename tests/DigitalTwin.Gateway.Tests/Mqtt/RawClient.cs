using System.Net.Sockets;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>A client that sends whatever a test wants.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };

    public static async Task<RawClient> ConnectAsync(int port)
    {
        var client = new RawClient();
        await client._tcp.ConnectAsync("127.0.0.1", port);
        return client;
    }

    /// <summary>Connected and admitted.</summary>
    public static async Task<RawClient> AdmittedAsync(
        EdgeServer server, byte version, string deviceId, ushort keepAliveSeconds = 60,
        (string Topic, string Payload)? will = null, TimeSpan? tokenLasts = null)
    {
        var client = await ConnectAsync(server.MqttPort);
        await client.SendAsync(Packets.Connect(
            version, deviceId, $"localhost/{deviceId}/?api-version=2021-04-12", server.TokenOf(deviceId, tokenLasts),
            keepAliveSeconds, will));
        var connack = await client.ReadAsync();
        Assert.Equal(0x20, connack[0]);
        Assert.Equal(0, connack[3]);
        return client;
    }

    public async Task SendAsync(params byte[][] packets)
    {
        foreach (var packet in packets)
            await _tcp.GetStream().WriteAsync(packet);
    }

    /// <summary>The next packet; empty where the server has closed.</summary>
    public async Task<byte[]> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline.Patience);
        var head = await TakeAsync(2, deadline.Token);
        if (head.Length < 2)
            return [];
        Assert.True(head[1] < 0x80, "the server sends only short packets");
        return [.. head, .. await TakeAsync(head[1], deadline.Token)];
    }

    /// <summary>Reads on until the server closes.</summary>
    public async Task<byte[][]> RestAsync()
    {
        var packets = new List<byte[]>();
        while (await ReadAsync() is { Length: > 0 } packet)
            packets.Add(packet);
        return [.. packets];
    }

    public void Dispose() => _tcp.Dispose();

    private async Task<byte[]> TakeAsync(int count, CancellationToken cancellation)
    {
        var bytes = new byte[count];
        try
        {
            var length = await _tcp.GetStream().ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, cancellation);
            return bytes[..length];
        }
        catch (IOException reset) when (reset.InnerException is SocketException)
        {
            return [];
        }
    }
}
