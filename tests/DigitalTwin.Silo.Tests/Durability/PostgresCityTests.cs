using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.History;

namespace DigitalTwin.Silo.Tests.Durability;

/// <summary>A whole city whose history is on a PostgreSQL server that goes away in the middle of a load.</summary>
[NeedsPostgres]
public sealed class PostgresCityTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const int Batches = 600;

    [StoreFact]
    public async Task NothingAnsweredIsMissingAndNothingIsThereTwice()
    {
        var folder = Directory.CreateTempSubdirectory("city-on-postgres-").FullName;
        var random = new Random(11);
        var time = new ManualTime(DurableCity.Start);
        var told = new Dictionary<(int Twin, ushort Slot, Instant At), double>();
        var database = await server.NewDatabaseAsync();
        try
        {
            await using (var history = await OpenAsync(database))
            await using (var city = await DurableCity.OpenAsync(folder, time, history: history))
            {
                for (var i = 0; i < Batches; i++)
                {
                    var batch = DurableCity.Draw(random, time.Now);
                    foreach (var reading in batch.Readings)
                        told[(reading.Twin.Ordinal, reading.Slot, reading.MeasuredAt)] = reading.Value;
                    await city.Engine.AcceptAsync(batch, default);
                    if (i % 10 == 0)
                        time.Jump(TimeSpan.FromSeconds(1));
                    if (i is Batches / 3 or 2 * Batches / 3)
                    {
                        // With a snapshot on its way, which waits until history has what it contains.
                        var snapshot = city.SnapshotAsync();
                        server.StopImmediately();
                        server.Start();
                        await snapshot;
                    }
                }
            }

            await using var again = await OpenAsync(database);
            await using (var city = await DurableCity.OpenAsync(folder, time, history: again))
                await city.SnapshotAsync();
            Assert.Equal(
                told.Select(value => (value.Key.Twin, value.Key.Slot, value.Key.At, value.Value)).Order(),
                (await ReadAllAsync(again)).Order());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ValueTask<CityHistory> OpenAsync(string database) => CityHistory.OpenPostgresAsync(
        database, DurableCity.Graph, HistoryPolicy.BuiltIn, new HistoryOptions(), TimeProvider.System, default);

    private static async Task<List<(int, ushort, Instant, double)>> ReadAllAsync(CityHistory history)
    {
        var all = new List<(int, ushort, Instant, double)>();
        foreach (var twin in DurableCity.Graph.All())
            foreach (var slot in DurableCity.Graph.ModelOf(twin).Slots.Where(slot => slot.Role == PropertyRole.Telemetry))
                await foreach (var page in history.ReadAsync(
                    new HistoryQuery([twin], slot.Name, HistoryBounds.Earliest, HistoryBounds.Latest), default))
                    all.AddRange(page.Points.Select(point => (twin.Ordinal, (ushort)slot.Slot, point.MeasuredAt, point.Value)));
        return all;
    }
}
