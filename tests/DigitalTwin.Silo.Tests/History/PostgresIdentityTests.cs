using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Units;
using Npgsql;

namespace DigitalTwin.Silo.Tests.History;

/// <summary>
/// History as processes reach it that prove themselves by an identity: each is a role of its own, whose password is
/// another one for each connection's time, and all are members of the role that has the tables.
/// </summary>
public sealed class PostgresIdentityTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Power = "activePowerWatts";

    private static readonly CityGraph s_graph =
        CityGraphBuilder.Build(ModelCatalog.BuiltIn, DemoCity.Generate(seed: 1, scale: 0.1).Twins);

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 20, 7);

    private static readonly TwinHandle s_meter =
        s_graph.All().First(twin => s_graph.ModelOf(twin).TryFind(Power, out _));

    [StoreFact]
    public async Task TwoIdentitiesShareTablesAndEachConnectionIsGivenThePasswordOfItsTime()
    {
        var database = await NewDatabaseAsync();
        var (asked, password) = (0, "first");
        await using var silo = await OpenAsync(database, "silo", _ =>
        {
            asked++;
            return new(password);
        });
        await WriteAsync(silo, 1, 230);
        await using var gateway = await OpenAsync(database, "gateway", _ => new("other"));

        Assert.Equal([230], await ReadAsync(gateway));
        Assert.True(asked > 0);

        // The token of before is worth nothing any more, and connections are opened anew.
        await RunAsync(database, "ALTER ROLE \"id-silo\" PASSWORD 'second'");
        await RunAsync(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'id-silo'");
        password = "second";
        await InsistAsync(() => WriteAsync(silo, 2, 231));

        Assert.Equal([230, 231], await ReadAsync(gateway));
    }

    [StoreFact]
    public async Task WithoutTheRightPasswordOrWithoutAnyTheStoreIsNotReached()
    {
        var database = await NewDatabaseAsync();

        await Assert.ThrowsAsync<HistoryStoreException>(() => OpenAsync(database, "silo", _ => new("wrong")));
        await Assert.ThrowsAsync<HistoryStoreException>(
            () => OpenAsync(database, "silo", _ => throw new InvalidOperationException("no identity here")));
    }

    [StoreFact]
    public async Task ASilosUnitsReachHistoryByIdentityToo()
    {
        var database = await NewDatabaseAsync();
        await using (var units = await UnitHistory.OpenAsync(
            ServerOf(database, "silo", _ => new("first")), s_graph, TimeProvider.System, default))
            Assert.False(units.Completion.IsCompleted);
    }

    private async Task<string> NewDatabaseAsync()
    {
        var database = await server.NewDatabaseAsync();
        await RunAsync(database, $"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'history') THEN
                    CREATE ROLE {PostgresServer.AskedForPassword} NOLOGIN;
                    CREATE ROLE history NOLOGIN;
                    CREATE ROLE "id-silo" LOGIN PASSWORD 'first' IN ROLE history, {PostgresServer.AskedForPassword};
                    CREATE ROLE "id-gateway" LOGIN PASSWORD 'other' IN ROLE history, {PostgresServer.AskedForPassword};
                END IF;
                ALTER ROLE "id-silo" PASSWORD 'first';
            END $$;
            GRANT TEMPORARY ON DATABASE {new NpgsqlConnectionStringBuilder(database).Database} TO history;
            GRANT CREATE, USAGE ON SCHEMA public TO history;
            """);
        return database;
    }

    private static async Task RunAsync(string database, string text)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync();
    }

    // A connection that was cut is found out by the first that uses it.
    private static async Task InsistAsync(Func<Task> work)
    {
        for (var attempts = 10; ; attempts--)
        {
            try
            {
                await work();
                return;
            }
            catch (HistoryStoreException) when (attempts > 0)
            {
                // The next has another connection.
            }
        }
    }

    private static Task<CityHistory> OpenAsync(
        string database, string identity, Func<CancellationToken, ValueTask<string>> password) =>
        CityHistory.OpenPostgresAsync(
            ServerOf(database, identity, password), s_graph, HistoryPolicy.BuiltIn,
            new HistoryOptions { RetryWaitMax = TimeSpan.FromMilliseconds(50) }, TimeProvider.System, default).AsTask();

    private static HistoryServer ServerOf(
        string database, string identity, Func<CancellationToken, ValueTask<string>> password)
    {
        var text = new NpgsqlConnectionStringBuilder(database) { Username = $"id-{identity}", Options = "-c role=history" };
        return new HistoryServer(text.ConnectionString, identity) { Password = password };
    }

    private static async Task WriteAsync(CityHistory history, ulong sequence, double watts)
    {
        var at = s_noon.Plus(TimeSpan.FromMinutes(sequence));
        var point = new HistoryPoint(at, at, watts, Quality.Good, QualityReason.None);
        await history.AppendAsync(
            sequence, new[] { new HistoryValue(s_meter, (ushort)s_graph.ModelOf(s_meter).SlotOf(Power), point) }, default);
        await history.FlushAsync(default);
    }

    private static async Task<List<double>> ReadAsync(CityHistory history)
    {
        var values = new List<double>();
        await foreach (var page in history.ReadAsync(
            new([s_meter], Power, s_noon, s_noon.Plus(TimeSpan.FromDays(1))), default))
            values.AddRange(page.Points.Select(point => point.Value));
        return values;
    }
}
