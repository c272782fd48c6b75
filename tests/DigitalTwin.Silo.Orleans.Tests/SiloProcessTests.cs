using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Orleans.Hosting;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.History;
using DigitalTwin.Silo.Units;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace DigitalTwin.Silo.Orleans.Tests;

/// <summary>The silo as operators start it, reached by a client over sockets, with its states in PostgreSQL.</summary>
public sealed class SiloProcessTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private const string Fountain = """
        {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:example:Fountain;1","@type":"Interface",
         "displayName":{"en":"Fountain","ru":"Фонтан","kk":"Субұрқақ"},
         "contents":[{"@type":"Telemetry","name":"running","schema":"boolean"}]}
        """;

    // With a twin of a kind that only the city's folder has.
    private readonly CityDefinition _city = new("Test", "simulated",
    [
        .. TestCity.Definitions(),
        TestCity.Definitions().First(twin => twin.Id == "air0") with { Id = "f0", ModelId = "dtmi:kz:example:Fountain;1" },
    ], []);

    [PostgresFact]
    public async Task ASiloThatIsKilledHasWhatItAcknowledgedAndRefusesClientsOfAnotherCity()
    {
        using var folder = new TemporaryFolder("city-silo-");
        var file = Path.Combine(folder.Path, CityFile.Name);
        CityFile.Write(file, _city);
        var kinds = Directory.CreateDirectory(Path.Combine(folder.Path, KindFolder.Name)).FullName;
        File.WriteAllText(Path.Combine(kinds, "Fountain.json"), Fountain);
        var database = new NpgsqlConnectionStringBuilder(await server.NewDatabaseAsync());
        var settings = new SiloSettings
        {
            SiloPort = FreePort(), GatewayPort = FreePort(), HealthPort = FreePort(), CityFile = file,
            PostgresHosts = database.Host!, PostgresDatabase = database.Database!, PostgresUser = database.Username,
        };
        var plan = PlanOf(folder.Path, _city);
        Assert.True(plan.Graph.TryFind("l0-0", out var light));
        Assert.True(plan.Graph.TryFind("b0-0-e", out var meter));
        var slot = (ushort)plan.Graph.ModelOf(light).SlotOf("dimLevelPercent");
        var access = new OrleansAccess(SettingsOf(settings));

        using (var silo = await StartAsync(settings))
        {
            var (engine, client) = await access.ConnectAsync(plan, TimeProvider.System, CancellationToken.None);
            await using var connected = client;
            await using var city = ClusterCity.Open(folder.Path, engine, AlarmNorms.BuiltIn, TimeProvider.System);
            var batch = TelemetryBatch.Rent(Instant.From(TimeProvider.System.GetUtcNow()));
            batch.Add(new Reading(light, slot, Quality.Good, 35, batch.ReceivedAt));
            batch.Add(new Reading(
                meter, (ushort)plan.Graph.ModelOf(meter).SlotOf("magneticFieldDetected"), Quality.Good, 1, batch.ReceivedAt));
            await engine.AcceptAsync(batch, default);
            silo.Kill();
            await silo.WaitForExitAsync();
        }

        using (var silo = await StartAsync(settings))
        {
            var (engine, client) = await access.ConnectAsync(plan, TimeProvider.System, CancellationToken.None);
            await using var connected = client;
            await using var city = ClusterCity.Open(folder.Path, engine, AlarmNorms.BuiltIn, TimeProvider.System);
            Assert.Equal(35, (await engine.GetAsync(light, default)).Latest[slot].Value);
            await city.FeedAlarmsAsync(default);
            Assert.True(await city.Alarms.AskAsync(board => board.Find("b0-0-e:MAGNET")!.IsActive, default));

            var other = PlanOf(folder.Path, _city with { Twins = [.. _city.Twins.SkipLast(1)] });
            await Assert.ThrowsAsync<ClusterAccessException>(
                () => access.ConnectAsync(other, TimeProvider.System, CancellationToken.None));
            silo.Kill();
            await silo.WaitForExitAsync();
        }
    }

    private static UnitPlan PlanOf(string folder, CityDefinition city)
    {
        var (_, graph, rules) = CityFolder.Of(folder, city);
        return new UnitPlan(graph, rules);
    }

    // As a gateway's environment has them.
    private static IConfiguration SettingsOf(SiloSettings settings) => new ConfigurationBuilder().AddInMemoryCollection(
        new Dictionary<string, string?>
        {
            ["Orleans:Clustering"] = "local",
            ["Orleans:GatewayPort"] = $"{settings.GatewayPort}",
        }).Build();

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
