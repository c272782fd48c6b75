using System.Diagnostics;
using DigitalTwin.Gateway.Tests.Fanout;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.History;
using DigitalTwin.Silo.Units;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace DigitalTwin.Silo.Orleans.Tests;

/// <summary>The silo as operators start it, reached by a client over sockets, with its states where they outlive it.</summary>
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
        var database = new NpgsqlConnectionStringBuilder(await server.NewDatabaseAsync());
        await LosesNothingAsync(new Dictionary<string, string?>
        {
            ["Orleans:Clustering"] = "local", ["Orleans:GrainStorage"] = "postgres",
            ["Postgres:Hosts"] = database.Host, ["Postgres:Database"] = database.Database,
            ["Postgres:User"] = database.Username, [HistoryServer.ServerVariable] = database.ConnectionString,
        });
    }

    [RedisFact]
    public async Task SoItIsWithMembershipAndStatesInRedis()
    {
        await using var redis = await RedisServer.StartAsync();
        await LosesNothingAsync(new Dictionary<string, string?>
        {
            ["Orleans:Clustering"] = "redis", ["Orleans:GrainStorage"] = "redis",
            ["Redis:Endpoint"] = $"127.0.0.1:{redis.Port}",
        });
    }

    private async Task LosesNothingAsync(Dictionary<string, string?> stores)
    {
        using var folder = new TemporaryFolder("city-silo-");
        var file = Path.Combine(folder.Path, CityFile.Name);
        CityFile.Write(file, _city);
        var kinds = Directory.CreateDirectory(Path.Combine(folder.Path, KindFolder.Name)).FullName;
        File.WriteAllText(Path.Combine(kinds, "Fountain.json"), Fountain);
        var (health, metrics) = (LoopbackPort.Free(), LoopbackPort.Free());
        var settings = new Dictionary<string, string?>(stores)
        {
            ["Orleans:SiloPort"] = $"{LoopbackPort.Free()}", ["Orleans:GatewayPort"] = $"{LoopbackPort.Free()}",
            ["DigitalTwin:HealthPort"] = $"{health}", ["DigitalTwin:MetricsPort"] = $"{metrics}",
            ["DigitalTwin:CityFile"] = file,
        };
        var plan = PlanOf(folder.Path, _city);
        Assert.True(plan.Graph.TryFind("l0-0", out var light));
        Assert.True(plan.Graph.TryFind("b0-0-e", out var meter));
        var slot = (ushort)plan.Graph.ModelOf(light).SlotOf("dimLevelPercent");
        // As a gateway's environment has them.
        var access = new OrleansAccess(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        using (var silo = await StartAsync(settings, health))
        {
            var (engine, client) = await access.ConnectAsync(plan, TimeProvider.System, CancellationToken.None);
            await using var connected = client;
            await using var city = ClusterCity.Open(folder.Path, engine, AlarmNorms.BuiltIn, TimeProvider.System);
            var batch = TelemetryBatch.Rent(Instant.From(TimeProvider.System.GetUtcNow()));
            batch.Add(new Reading(light, slot, Quality.Good, 35, batch.ReceivedAt));
            batch.Add(new Reading(
                meter, (ushort)plan.Graph.ModelOf(meter).SlotOf("magneticFieldDetected"), Quality.Good, 1, batch.ReceivedAt));
            await engine.AcceptAsync(batch, default);
            using var http = new HttpClient();
            Assert.Contains(
                "\n# TYPE orleans_catalog_activations gauge\n", await http.GetStringAsync($"http://127.0.0.1:{metrics}/metrics"),
                StringComparison.Ordinal);
            silo.Kill();
            await silo.WaitForExitAsync();
        }

        using (var silo = await StartAsync(settings, health))
        {
            var (engine, client) = await access.ConnectAsync(plan, TimeProvider.System, CancellationToken.None);
            await using var connected = client;
            await using var city = ClusterCity.Open(folder.Path, engine, AlarmNorms.BuiltIn, TimeProvider.System);
            Assert.Equal(35, (await engine.GetAsync(light, default)).Latest[slot].Value);
            // The first silo was killed before it stored it: the unit has handed it out again.
            if (stores.TryGetValue(HistoryServer.ServerVariable, out var database))
                Assert.Equal([35], await HistoryOfAsync(database!, plan.Graph, light));
            await city.FeedAlarmsAsync(default);
            Assert.True(await city.Alarms.AskAsync(board => board.Find("b0-0-e:MAGNET")!.IsActive, default));

            var other = PlanOf(folder.Path, _city with { Twins = [.. _city.Twins.SkipLast(1)] });
            await Assert.ThrowsAsync<ClusterAccessException>(
                () => access.ConnectAsync(other, TimeProvider.System, CancellationToken.None));
            silo.Kill();
            await silo.WaitForExitAsync();
        }
    }

    // What a gateway reads there, once there is something.
    private static async Task<IEnumerable<double>> HistoryOfAsync(string database, CityGraph graph, TwinHandle light)
    {
        await using var history = await CityHistory.OpenPostgresAsync(
            database, graph, HistoryPolicy.BuiltIn,
            new HistoryOptions { Writer = "gateway", ValuesBufferedMax = 2 * HistoryLimits.ValuesPerAppendMax },
            TimeProvider.System, CancellationToken.None);
        var query = new HistoryQuery([light], "dimLevelPercent", HistoryBounds.Earliest, HistoryBounds.Latest);
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            await foreach (var page in history.ReadAsync(query, patience.Token))
                return page.Points.Select(point => point.Value);
            await Task.Delay(TimeSpan.FromMilliseconds(200), patience.Token);
        }
    }

    private static UnitPlan PlanOf(string folder, CityDefinition city)
    {
        var (_, graph, rules) = CityFolder.Of(folder, city);
        return new UnitPlan(graph, rules);
    }

    private static async Task<Process> StartAsync(Dictionary<string, string?> settings, int health)
    {
        var start = new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, "DigitalTwin.Silo.Orleans.dll"))
        {
            RedirectStandardError = true,
        };
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var (name, value) in settings)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        var silo = Process.Start(start)!;
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            Assert.False(silo.HasExited, silo.HasExited ? await silo.StandardError.ReadToEndAsync() : "");
            try
            {
                using var answer = await http.GetAsync($"http://127.0.0.1:{health}/health/ready", patience.Token);
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
}
