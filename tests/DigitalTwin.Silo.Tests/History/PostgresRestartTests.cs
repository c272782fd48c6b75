using DigitalTwin.Model.History;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Contracts;
using Npgsql;

namespace DigitalTwin.Silo.Tests.History;

/// <summary>A server that goes away in the middle of a load.</summary>
[NeedsPostgres]
public sealed class PostgresRestartTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Power = "activePowerWatts";

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 7);

    [StoreFact]
    public async Task NothingAppendedIsMissingAfterTheServerWasStoppedInTheMiddle()
    {
        var graph = TestCity.Build();
        var database = await server.NewDatabaseAsync();
        var options = new HistoryOptions { ValuesBufferedMax = 131_072 };
        graph.TryFind("b0-0-e", out var meter);
        var slot = (ushort)graph.ModelOf(meter).SlotOf(Power);
        const int count = 4_000;
        await using (var history = await CityHistory.OpenPostgresAsync(
            database, graph, HistoryPolicy.BuiltIn, options, TimeProvider.System, default))
        {
            var reached = 0;
            var load = Task.Run(async () =>
            {
                for (var i = 1; i <= count; i++)
                {
                    var at = s_noon.Plus(TimeSpan.FromSeconds(20 * i));
                    await history.AppendAsync((ulong)i, new HistoryValue[]
                    {
                        new(meter, slot, new HistoryPoint(at, at, i, Quality.Good, QualityReason.None)),
                    }, default);
                    if (i % 50 == 0)
                        await history.FlushAsync(default);
                    Volatile.Write(ref reached, i);
                }
            });
            foreach (var at in (int[])[500, 1_500])
            {
                await ReachAsync(() => Volatile.Read(ref reached) >= at || load.IsCompleted);
                server.StopImmediately();
                server.Start();
            }

            await load;
            await history.FlushAsync(default);
            Assert.Equal((ulong)count, history.LastSequence);
        }

        await using var again = await CityHistory.OpenPostgresAsync(
            database, graph, HistoryPolicy.BuiltIn, options, TimeProvider.System, default);
        Assert.Equal((ulong)count, again.LastSequence);
        var values = new List<double>();
        await foreach (var page in again.ReadAsync(
            new([meter], Power, s_noon, s_noon.Plus(TimeSpan.FromDays(2))), default))
            values.AddRange(page.Points.Select(point => point.Value));
        Assert.Equal(Enumerable.Range(1, count).Select(i => (double)i), values);
    }

    [StoreFact]
    public async Task ANewerSchemaIsRefusedByName()
    {
        var database = await server.NewDatabaseAsync();
        var graph = TestCity.Build();
        var open = () => CityHistory.OpenPostgresAsync(
            database, graph, HistoryPolicy.BuiltIn, new HistoryOptions(), TimeProvider.System, default).AsTask();
        await (await open()).DisposeAsync();
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var newer = new NpgsqlCommand("UPDATE history_state SET value = 2 WHERE name = 'schema'",
                connection);
            await newer.ExecuteNonQueryAsync();
        }

        var refusal = await Assert.ThrowsAsync<Model.Ports.HistoryStoreException>(open);
        Assert.Contains("schema 2", refusal.Message, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task DaysLieInAPartitionAMonth()
    {
        var database = await server.NewDatabaseAsync();
        var graph = TestCity.Build();
        graph.TryFind("b0-0-e", out var meter);
        await using (var history = await CityHistory.OpenPostgresAsync(
            database, graph, HistoryPolicy.BuiltIn, new HistoryOptions(), TimeProvider.System, default))
        {
            var values = ((Instant[])[s_noon, s_noon.Plus(TimeSpan.FromDays(-30))]).Select(at =>
                new HistoryValue(meter, 0, new HistoryPoint(at, at, 1, Quality.Good, QualityReason.None)));
            await history.AppendAsync(1, values.ToArray(), default);
        }

        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand("""
            SELECT (SELECT count(*) FROM history_day_2026_10) || ' ' || (SELECT count(*) FROM history_day_2026_11)
            """, connection);
        Assert.Equal("1 1", await count.ExecuteScalarAsync());
    }

    private static async Task ReachAsync(Func<bool> isReached)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!isReached())
        {
            Assert.False(deadline.IsCancellationRequested, "not reached within two minutes");
            await Task.Yield();
        }
    }
}
