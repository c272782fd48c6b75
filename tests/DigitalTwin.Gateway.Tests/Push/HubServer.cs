using System.Net;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
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
    private readonly AlarmedCity _city;

    private HubServer(WebApplication app, AlarmedCity city)
    {
        _app = app;
        _city = city;
    }

    public AlarmedCity City => _city;

    public Uri Hub => new(new Uri(_app.Urls.Single()), "/hubs/city");

    public static async Task<HubServer> StartAsync(GatewayLimits? limits = null)
    {
        var city = new AlarmedCity(
            CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins()), TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        city.AddTo(builder.Services);
        builder.Services.AddSingleton(new ServerEpoch(Epoch));
        builder.Services.AddSingleton(limits ?? new GatewayLimits());
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddCityPush();
        var app = builder.Build();
        app.MapCityHub();
        await app.StartAsync();
        return new HubServer(app, city);
    }

    public int Ordinal(string id) =>
        _city.Graph.TryFind(id, out var twin) ? twin.Ordinal : throw new ArgumentException(id);

    public ValueTask ReportAsync(string id, string property, double value) =>
        _city.ReportAsync(Instant.From(DateTimeOffset.UtcNow), id, (property, value));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _city.DisposeAsync();
    }
}
