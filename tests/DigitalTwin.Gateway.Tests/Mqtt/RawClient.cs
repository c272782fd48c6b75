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
        (string Topic, string Payload)? will = null, TimeSpan? tokenLasts = null, bool isClean = true,
        byte[]? properties = null, byte[]? willProperties = null)
    {
        var client = await ConnectAsync(server.MqttPort);
        await client.AdmitAsync(Packets.Connect(
            version, deviceId, $"localhost/{deviceId}/?api-version=2021-04-12", server.TokenOf(deviceId, tokenLasts),
            keepAliveSeconds, will, properties, isClean, willProperties));
        return client;
    }

    /// <summary>Sends a CONNECT that is to succeed.</summary>
    public async Task AdmitAsync(byte[] connect)
    {
        await SendAsync(connect);
        Connack = await ReadAsync();
        Assert.Equal(0x20, Connack[0]);
        Assert.Equal(0, Connack[3]);
    }

    /// <summary>What it was admitted with.</summary>
    public byte[] Connack { get; private set; } = [];

    /// <summary>Byte 2 of a CONNACK.</summary>
    public bool IsSessionPresent => Connack[2] == 1;

    public async Task SendAsync(params byte[][] packets)
    {
        foreach (var packet in packets)
            await _tcp.GetStream().WriteAsync(packet);
    }

    /// <summary>The next packet; empty where the server has closed.</summary>
    public async Task<byte[]> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline.Patience);
        List<byte> head = [.. await TakeAsync(2, deadline.Token)];
        if (head.Count < 2)
            return [];
        var length = head[1] & 0x7f;
        for (var shift = 7; head[^1] >= 0x80; shift += 7)
        {
            head.AddRange(await TakeAsync(1, deadline.Token));
            length |= (head[^1] & 0x7f) << shift;
        }

        return [.. head, .. await TakeAsync(length, deadline.Token)];
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
