using System.Net;
using DigitalTwin.Gateway;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Model.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Bench;

/// <summary>The gateway of a fleet, and a bare sink beside it in the same Kestrel.</summary>
internal sealed class BenchGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private BenchGateway(WebApplication app, string fleetFile)
    {
        (_app, FleetFile) = (app, fleetFile);
        var ports = app.Urls.Select(url => new Uri(url).Port).ToArray();
        (GatewayPort, SinkPort) = (ports[0], ports[1]);
    }

    public string FleetFile { get; }

    public int GatewayPort { get; }

    public int SinkPort { get; }

    public SenderRates Rates => _app.Services.GetRequiredService<SenderRates>();

    public IngestMeters Meters => _app.Services.GetRequiredService<IngestMeters>();

    public static async Task<BenchGateway> StartAsync(BenchFleet fleet, ITwinEngine engine, GatewayLimits limits)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(limits);
        builder.Services.AddSingleton(engine);
        builder.Services.AddSingleton(fleet.Graph);
        builder.Services.AddSingleton(fleet.Devices);
        builder.Services.AddMqttEdge(new MqttEdgeOptions());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<MqttConnectionHandler>());
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<BareSinkConnectionHandler>());
        });
        var app = builder.Build();
        await app.StartAsync();
        return new BenchGateway(app, fleet.File);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
