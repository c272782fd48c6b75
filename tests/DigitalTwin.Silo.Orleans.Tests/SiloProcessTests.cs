using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Orleans.Hosting;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.History;
using DigitalTwin.Silo.Units;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace DigitalTwin.Silo.Orleans.Tests;

/// <summary>The silo as operators start it, reached by a client over sockets, with its states in PostgreSQL.</summary>
public sealed class SiloProcessTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly CityDefinition _city = new("Test", "simulated", [.. TestCity.Definitions()], []);

    [PostgresFact]
    public async Task ASiloThatIsKilledHasWhatItAcknowledgedAndRefusesClientsOfAnotherCity()
    {
        using var folder = new TemporaryFolder("city-silo-");
        var file = Path.Combine(folder.Path, CityFile.Name);
        CityFile.Write(file, _city);
        var database = new NpgsqlConnectionStringBuilder(await server.NewDatabaseAsync());
        var settings = new SiloSettings
        {
            SiloPort = FreePort(), GatewayPort = FreePort(), HealthPort = FreePort(), CityFile = file,
            PostgresHosts = database.Host!, PostgresDatabase = database.Database!, PostgresUser = database.Username,
        };
        var plan = PlanOf(_city);
        Assert.True(plan.Graph.TryFind("l0-0", out var light));
        var slot = (ushort)plan.Graph.ModelOf(light).SlotOf("dimLevelPercent");

        using (var silo = await StartAsync(settings))
        {
            using var client = await ConnectAsync(settings);
            await using var engine = await OrleansEngine.ConnectAsync(client.Services, plan, TimeProvider.System);
            var batch = TelemetryBatch.Rent(Instant.From(TimeProvider.System.GetUtcNow()));
            batch.Add(new Reading(light, slot, Quality.Good, 35, batch.ReceivedAt));
            await engine.AcceptAsync(batch, default);
            silo.Kill();
            await silo.WaitForExitAsync();
        }

        using (var silo = await StartAsync(settings))
        {
            using var client = await ConnectAsync(settings);
            await using var engine = await OrleansEngine.ConnectAsync(client.Services, plan, TimeProvider.System);
            Assert.Equal(35, (await engine.GetAsync(light, default)).Latest[slot].Value);

            var other = PlanOf(_city with { Twins = [.. _city.Twins.SkipLast(1)] });
            await Assert.ThrowsAsync<InvalidOperationException>(
                () => OrleansEngine.ConnectAsync(client.Services, other, TimeProvider.System));
            silo.Kill();
            await silo.WaitForExitAsync();
        }
    }

    private static UnitPlan PlanOf(CityDefinition city)
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, city.Twins);
        return new UnitPlan(graph, CityRules.BuiltInFor(graph));
    }

    private static async Task<IHost> ConnectAsync(SiloSettings settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        OrleansEngine.AddClient(builder, settings);
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static async Task<Process> StartAsync(SiloSettings settings)
    {
        var start = new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, "DigitalTwin.Silo.Orleans.dll"))
        {
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new[]
        {
            ("Orleans__Clustering", "local"), ("Orleans__GrainStorage", "postgres"),
            ("Orleans__SiloPort", $"{settings.SiloPort}"), ("Orleans__GatewayPort", $"{settings.GatewayPort}"),
            ("DigitalTwin__HealthPort", $"{settings.HealthPort}"), ("DigitalTwin__CityFile", settings.CityFile),
            ("Postgres__Hosts", settings.PostgresHosts), ("Postgres__Database", settings.PostgresDatabase),
            ("Postgres__User", settings.PostgresUser), ("Logging__LogLevel__Default", "Warning"),
        })
            start.Environment[name] = value;
        var silo = Process.Start(start)!;
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            Assert.False(silo.HasExited, silo.HasExited ? await silo.StandardError.ReadToEndAsync() : "");
            try
            {
                using var answer = await http.GetAsync($"http://127.0.0.1:{settings.HealthPort}/health/ready", patience.Token);
                if (answer.IsSuccessStatusCode)
                    return silo;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
