using System.IO.Pipelines;
using System.Net.WebSockets;
using DigitalTwin.Gateway.Mqtt;
using Microsoft.AspNetCore.Connections;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>MQTT 5.0 §6: the same over WebSocket.</summary>
public sealed class MqttWebSocketTests
{
    private const string Events = "devices/cab-1/messages/events/";
    private const string Reading = """[{"twin":"l-001","dimLevelPercent":40}]""";

    [Theory]
    [InlineData("/mqtt", 1)]
    [InlineData("/$iothub/websocket", 7)]
    [InlineData("/mqtt", 100_000)]
    public async Task PacketsMayBeginAndEndAnywhereInFrames(string path, int frameBytes)
    {
        await using var server = await EdgeServer.StartAsync();
        using var socket = await ConnectAsync(server, path);
        byte[] said =
        [
            .. Packets.Connect(Packets.V311, "cab-1", "h/cab-1/", server.TokenOf("cab-1")),
            .. Packets.Publish(Packets.V311, Events, Reading), .. Packets.Pingreq, .. Packets.Disconnect,
        ];
        foreach (var frame in said.Chunk(frameBytes))
            await socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        Assert.Equal([0x20, 2, 0, 0, 0x40, 2, 0, 1, 0xD0, 0], await RestAsync(socket));
        Assert.Equal("mqtt", socket.SubProtocol);
        Assert.Equal(40, await server.ValueOfAsync("l-001", "dimLevelPercent"));
    }

    [Fact]
    public async Task ATextFrameEndsTheConnection()
    {
        await using var server = await EdgeServer.StartAsync();
        using var socket = await ConnectAsync(server, "/mqtt");
        await socket.SendAsync(
            Packets.Connect(Packets.V5, "cab-1", "h/cab-1/", server.TokenOf("cab-1")), WebSocketMessageType.Text,
            endOfMessage: true, CancellationToken.None);
        Assert.Empty(await RestAsync(socket));
        await Deadline.UntilAsync(() => server.Meters.ConnectionsOpen == 0, "the connection is still there");
    }

    [Fact]
    public async Task WithoutTheSubprotocolNothingIsServed()
    {
        await using var server = await EdgeServer.StartAsync();
        using var socket = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(
            new Uri($"ws://127.0.0.1:{server.HttpPort}/mqtt"), CancellationToken.None));
        using var plain = await server.Http.GetAsync("/mqtt");
        Assert.Equal(400, (int)plain.StatusCode);
    }

    [Fact]
    public async Task ATakeoverAndTheKeepAliveHoldHereToo()
    {
        await using var server = await EdgeServer.StartAsync();
        using var first = await ConnectAsync(server, "/mqtt");
        await SendAsync(first, Packets.Connect(Packets.V5, "cab-1", "h/cab-1/", server.TokenOf("cab-1")));
        Assert.Equal(0x20, (await NextAsync(first))[0]);
        using var second = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        Assert.Equal([0xE0, 0x8E], (await NextAsync(first)).Where((_, at) => at is 0 or 2));
        using var third = await ConnectAsync(server, "/mqtt");
        await SendAsync(third, Packets.Connect(Packets.V5, "air-1", "h/air-1/", server.TokenOf("air-1")));
        Assert.Equal(0x20, (await NextAsync(third))[0]);
        server.Time.Push(TimeSpan.FromSeconds(91));
        Assert.Equal([0xE0, 0x8D], (await NextAsync(third)).Where((_, at) => at is 0 or 2));
    }

    private static async Task<ClientWebSocket> ConnectAsync(EdgeServer server, string path)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.HttpPort}{path}"), CancellationToken.None);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, byte[] packet) =>
        socket.SendAsync(packet, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

    private static async Task<byte[]> NextAsync(ClientWebSocket socket)
    {
        using var deadline = new CancellationTokenSource(Deadline.Patience);
        var buffer = new byte[4_096];
        var read = await socket.ReceiveAsync(buffer, deadline.Token);
        return read.MessageType == WebSocketMessageType.Close ? [] : buffer[..read.Count];
    }

    private static async Task<byte[]> RestAsync(ClientWebSocket socket)
    {
        var all = new List<byte>();
        try
        {
            while (await NextAsync(socket) is { Length: > 0 } frame)
                all.AddRange(frame);
        }
        catch (WebSocketException)
        {
            // Cut off without a close.
        }

        return [.. all];
    }

    // Aborting used to cancel a token on another thread; disposed before, it ended the whole process.
    [Fact]
    public async Task AConnectionThatIsAbortedAndDisposedAtOnceHarmsNobody()
    {
        for (var i = 0; i < 2_000; i++)
        {
            var pipe = new Pipe();
            using var socket = WebSocket.CreateFromStream(new MemoryStream(), new WebSocketCreationOptions { IsServer = true });
            await using (var connection = new WebSocketConnection("c", new Ends(pipe.Reader, pipe.Writer), null!, socket))
                connection.Abort(new ConnectionAbortedException());
            Assert.Equal(WebSocketState.Aborted, socket.State);
        }
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
