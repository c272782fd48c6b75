using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Orleans.Hosting;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Telemetry;
using DigitalTwin.Silo.Units;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Dashboard;

var builder = WebApplication.CreateSlimBuilder(args);
SiloSettings settings;
UnitPlan plan;
HistoryServer? shared;
try
{
    settings = SiloSettings.From(builder.Configuration);
    var (_, graph, rules) = CityFolder.ReadFile(settings.CityFile);
    plan = new UnitPlan(graph, rules);
    shared = HistoryServer.Find(AzureIdentity.PostgresPassword(settings.IdentityClientId));
}
catch (Exception refusal) when (refusal is FormatException or CityFileException or SchemaException or CityGraphException
    or IOException or ArgumentException)
{
    await Console.Error.WriteLineAsync(refusal.Message);
    return 2;
}

// Health checks and collectors come every few seconds; that they came is no news.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
UnitHistory? history = null;
try
{
    if (shared is not null)
        history = await UnitHistory.OpenAsync(shared, plan.Graph, TimeProvider.System, CancellationToken.None);
}
catch (HistoryStoreException away)
{
    await Console.Error.WriteLineAsync(away.Message);
    return 1;
}

// After the silo: what its units hand out while it stops is still taken.
await using var values = history;
SiloSettings.HideFromOrleans(builder.Configuration);
builder.Host.UseOrleans(silo =>
{
    silo.Configure(settings);
    silo.AddCity(plan, TimeProvider.System, history);
    silo.AddActivityPropagation();
    if (settings.DashboardPort > 0)
        silo.AddDashboard();
});
builder.WebHost.ConfigureKestrel(server =>
{
    if (settings.HealthPort > 0)
        server.ListenAnyIP(settings.HealthPort);
    // Metrics and dashboard may have one port.
    foreach (var port in new[] { settings.MetricsPort, settings.DashboardPort }.Where(port => port > 0).Distinct())
        server.ListenLocalhost(port);
    if (settings is { HealthPort: 0, MetricsPort: 0, DashboardPort: 0 })
        server.ListenLocalhost(0);
});

using var telemetry = new SiloTelemetry(settings);
using var metrics = settings.MetricsPort > 0 ? SiloTelemetry.MetricsText() : null;
await using var app = builder.Build();
// Liveness asks the process alone: an outage of a store must not restart every silo.
app.MapGet("/health/live", () => Results.Ok());
app.MapGet("/health/ready", (ISiloStatusOracle silos) =>
    silos.CurrentStatus == SiloStatus.Active ? Results.Ok() : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
if (metrics is not null)
    app.MapGet("/metrics", () => Results.Text(metrics.Read(), MeterText.ContentType)).RequireHost(Here(settings.MetricsPort));
if (settings.DashboardPort > 0)
    app.MapOrleansDashboard().RequireHost(Here(settings.DashboardPort));
// A silo whose values nobody takes would fill up: a supervisor starts it again.
_ = history?.Completion.ContinueWith(
    _ => app.Lifetime.StopApplication(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted,
    TaskScheduler.Default);
await app.RunAsync();
return 0;

static string[] Here(int port) => [$"localhost:{port}", $"127.0.0.1:{port}"];
