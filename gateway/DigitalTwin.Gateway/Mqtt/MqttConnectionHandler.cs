using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>An MQTT 3.1.1 and 5.0 endpoint for devices, on Kestrel.</summary>
public sealed class MqttConnectionHandler(IServiceProvider provider) : ConnectionHandler
{
    private readonly MqttServices _services = provider.GetRequiredService<MqttServices>();
    private readonly MqttConnections _connections = provider.GetRequiredService<MqttConnections>();

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        _services.Meters.ConnectionOpened();
        try
        {
            await new MqttConnection(connection, _services, _connections).RunAsync();
        }
        finally
        {
            _services.Meters.ConnectionClosed();
        }
    }
}
