using System.IO.Pipelines;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>An MQTT connection over a WebSocket.</summary>
internal sealed class WebSocketConnection(string id, IDuplexPipe transport, IDuplexPipe application, WebSocket socket)
    : DefaultConnectionContext(id, transport, application)
{
    // The framework's own cancels a token on another thread, which ends the process where the connection is disposed
    // first.
    public override void Abort(ConnectionAbortedException abortReason) => socket.Abort();
}
