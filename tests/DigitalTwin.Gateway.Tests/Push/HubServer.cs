using System.Net;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Tests.Push;

/// <summary>The hub over a real engine on a free loopback port.</summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const uint Epoch = 4_000_000_007;

    private readonly WebApplication _app;
    private readonly EmbeddedEngine _engine;

    private HubServer(WebApplication app, EmbeddedEngine engine)
    {
        _app = app;
        _engine = engine;
    }

    public Uri Hub => new(new Uri(_app.Urls.Single()), "/hubs/city");

    public static async Task<HubServer> StartAsync(GatewayLimits? limits = null)
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());
        var engine = new EmbeddedEngine(graph, TimeProvider.System, partitions: 2);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<ITwinEngine>(engine);
        builder.Services.AddSingleton(new ServerEpoch(Epoch));
        builder.Services.AddSingleton(limits ?? new GatewayLimits());
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddCityPush();
        var app = builder.Build();
        app.MapCityHub();
        await app.StartAsync();
        return new HubServer(app, engine);
    }

    public int Ordinal(string id) =>
        _engine.Graph.TryFind(id, out var twin) ? twin.Ordinal : throw new ArgumentException(id);

    public ValueTask ReportAsync(string id, string property, double value)
    {
        _engine.Graph.TryFind(id, out var twin);
        var now = Instant.From(DateTimeOffset.UtcNow);
        var batch = TelemetryBatch.Rent(now);
        batch.Add(new Reading(
            twin, (ushort)_engine.Graph.ModelOf(twin).SlotOf(property), Quality.Good, value, now));
        return _engine.AcceptAsync(batch, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _engine.DisposeAsync();
    }
}
