using System.Net;
using DigitalTwin.Gateway;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Embedded;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Bench;

/// <summary>A gateway with its limits as they are delivered, over the demo city without a journal.</summary>
internal sealed class BenchGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly EmbeddedEngine _engine;

    private BenchGateway(WebApplication app, EmbeddedEngine engine, string fleetFile)
    {
        _app = app;
        _engine = engine;
        FleetFile = fleetFile;
        Port = new Uri(app.Urls.Single()).Port;
    }

    public SenderRates Rates => _app.Services.GetRequiredService<SenderRates>();

    public string FleetFile { get; }

    public int Port { get; }

    public static async Task<BenchGateway> StartAsync(string folder)
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, DemoCity.Generate(seed: 1, scale: 1).Twins);
        var engine = new EmbeddedEngine(graph, TimeProvider.System, Environment.ProcessorCount);
        var devices = DeviceRegistry.Open(folder);
        devices.EnsureAll(FleetExport.DeviceIdsOf(graph));
        var fleet = Path.Combine(folder, "fleet.ndjson");
        FleetExport.Write(fleet, graph, devices);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new GatewayLimits());
        builder.Services.AddSingleton<ITwinEngine>(engine);
        builder.Services.AddSingleton(graph);
        builder.Services.AddSingleton(devices);
        builder.Services.AddMqttEdge(new MqttEdgeOptions());
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<MqttConnectionHandler>()));
        var app = builder.Build();
        await app.StartAsync();
        return new BenchGateway(app, engine, fleet);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _engine.DisposeAsync();
    }
}
