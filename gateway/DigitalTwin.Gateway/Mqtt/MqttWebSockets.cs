using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>MQTT over WebSocket (MQTT 5.0 §6): the same connection, over a pair of pipes.</summary>
public static class MqttWebSockets
{
    /// <summary>Where IoT Hub's SDKs connect to.</summary>
    public const string IotHubPath = "/$iothub/websocket";

    /// <summary>Where other clients look.</summary>
    public const string Path = "/mqtt";

    private const string Subprotocol = "mqtt";
    private const int ReadBytes = 4_096;
    private static readonly TimeSpan s_closeWithin = TimeSpan.FromSeconds(2);

    public static void MapMqttWebSockets(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var pipeline = routes.CreateApplicationBuilder();
        pipeline.UseWebSockets();
        pipeline.Run(ServeAsync);
        var serve = pipeline.Build();
        foreach (var path in (string[])[IotHubPath, Path])
            routes.Map(path, serve).ExcludeFromDescription();
    }

    private static async Task ServeAsync(HttpContext context)
    {
        // [MQTT-6.0.0-3], [MQTT-6.0.0-4]
        if (!context.WebSockets.IsWebSocketRequest
            || !context.WebSockets.WebSocketRequestedProtocols.Contains(Subprotocol))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("A WebSocket with the subprotocol mqtt is served here.");
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(Subprotocol);
        var limits = context.RequestServices.GetRequiredService<GatewayLimits>();
        var bounds = new PipeOptions(
            pauseWriterThreshold: limits.TransportBytesMax, resumeWriterThreshold: limits.TransportBytesMax / 2,
            useSynchronizationContext: false);
        var (received, sent) = (new Pipe(bounds), new Pipe(bounds));
        await using var connection = new WebSocketConnection(
            context.Connection.Id, new Duplex(received.Reader, sent.Writer), new Duplex(sent.Reader, received.Writer),
            socket);
        connection.RemoteEndPoint = new IPEndPoint(
            context.Connection.RemoteIpAddress ?? IPAddress.None, context.Connection.RemotePort);
        if (context.Features.Get<IConnectionHeartbeatFeature>() is { } heartbeat)
            connection.Features.Set(heartbeat);
        if (context.Features.Get<Protection.GateLease>() is { } lease)
            connection.Features.Set(lease);
        var receiving = ReceiveAsync(socket, received.Writer);
        var sending = SendAsync(socket, sent.Reader);
        await context.RequestServices.GetRequiredService<MqttConnectionHandler>().OnConnectedAsync(connection);
        await received.Reader.CompleteAsync();
        await sent.Writer.CompleteAsync();
        await sending;
        await CloseAsync(socket, receiving);
    }

    private static async Task ReceiveAsync(WebSocket socket, PipeWriter into)
    {
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(into.GetMemory(ReadBytes), CancellationToken.None);
                // [MQTT-6.0.0-1]: only binary frames; packets may begin and end anywhere in them.
                if (read.MessageType != WebSocketMessageType.Binary)
                    break;
                into.Advance(read.Count);
                var flushed = await into.FlushAsync();
                if (flushed.IsCompleted)
                    break;
            }
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            // The client is gone without a word.
        }

        await into.CompleteAsync();
    }

    private static async Task SendAsync(WebSocket socket, PipeReader from)
    {
        try
        {
            while (true)
            {
                var read = await from.ReadAsync();
                foreach (var segment in read.Buffer)
                    await socket.SendAsync(
                        segment, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
                from.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            // Whoever writes finds the pipe completed.
        }

        await from.CompleteAsync();
    }

    private static async Task CloseAsync(WebSocket socket, Task receiving)
    {
        using var patience = new CancellationTokenSource(s_closeWithin);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            // Until the client answers the close it may still be reading what was said last.
            await receiving.WaitAsync(patience.Token);
        }
        catch (Exception lost) when (IsLoss(lost))
        {
        }

        if (socket.State is not WebSocketState.Closed)
            socket.Abort();
        await receiving;
    }

    private static bool IsLoss(Exception exception) =>
        exception is WebSocketException or OperationCanceledException or ConnectionAbortedException;

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
