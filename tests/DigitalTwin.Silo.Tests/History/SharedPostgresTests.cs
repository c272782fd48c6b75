using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.History;

/// <summary>One history on a PostgreSQL server for two hosts of a city, each with connections and memory of its own.</summary>
[NeedsPostgres]
public sealed class SharedPostgresTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Power = "activePowerWatts";
    private const int Count = 200;

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 7);
    private static readonly CityGraph s_graph = TestCity.Build();

    [StoreFact]
    public async Task TwoHostsWriteDifferentTwinsAtOnceAndReadEachOthers()
    {
        var database = await server.NewDatabaseAsync();
        var meters = s_graph.All().Where(twin => s_graph.ModelOf(twin).TryFind(Power, out _)).Take(2).ToArray();
        await using (var one = await OpenAsync(database, "gateway-a"))
        await using (var other = await OpenAsync(database, "gateway-b"))
        {
            // Sequences of their own, which overlap; the second begins far behind the first.
            await Task.WhenAll(WriteAsync(one, meters[0], firstSequence: 1_000), WriteAsync(other, meters[1], firstSequence: 1));
            foreach (var reader in (CityHistory[])[one, other])
                foreach (var meter in meters)
                    Assert.Equal(Expected(meter), await ReadAsync(reader, meter));
        }

        // After a restart each knows how far it had come, and what it is given again changes nothing.
        await using var again = await OpenAsync(database, "gateway-b");
        Assert.Equal((ulong)Count, again.LastSequence);
        await WriteAsync(again, meters[1], firstSequence: 1);
        Assert.Equal(Expected(meters[1]), await ReadAsync(again, meters[1]));
        Assert.Equal(Expected(meters[0]), await ReadAsync(again, meters[0]));
        await using var first = await OpenAsync(database, "gateway-a");
        Assert.Equal(1_000ul + Count - 1, first.LastSequence);
    }

    // Numbers of twins used to be given by each for itself, so that the second renamed the first one's twins.
    [StoreFact]
    public async Task TwoThatDoNotSayThatTheyShareAreRefusedAndNotMixed()
    {
        var database = await server.NewDatabaseAsync();
        var meters = s_graph.All().Where(twin => s_graph.ModelOf(twin).TryFind(Power, out _)).Take(2).ToArray();
        await using var one = await OpenAsync(database, writer: null);
        var other = await OpenAsync(database, writer: null);
        await WriteAsync(one, meters[0], firstSequence: 1);
        var refusal = await Assert.ThrowsAsync<HistoryStoreException>(
            () => WriteAsync(other, meters[1], firstSequence: 1));
        Assert.Contains("another program writes here too", refusal.Message, StringComparison.Ordinal);
        await other.DisposeAsync();
        await using var reader = await OpenAsync(database, writer: null);
        Assert.Equal(Expected(meters[0]), await ReadAsync(reader, meters[0]));
        Assert.Empty(await ReadAsync(reader, meters[1]));
    }

    [StoreFact]
    public async Task AWritersNameIsShortAndPlain()
    {
        var database = await server.NewDatabaseAsync();
        foreach (var name in (string[])["", "A", "a'b", new string('a', 65)])
            await Assert.ThrowsAsync<ArgumentException>(() => OpenAsync(database, name));
    }

    private static async Task WriteAsync(CityHistory history, TwinHandle meter, ulong firstSequence)
    {
        var slot = (ushort)s_graph.ModelOf(meter).SlotOf(Power);
        for (var i = 0; i < Count; i++)
        {
            var at = s_noon.Plus(TimeSpan.FromSeconds(20 * i));
            await history.AppendAsync(
                firstSequence + (ulong)i,
                new HistoryValue[] { new(meter, slot, new HistoryPoint(at, at, Value(meter, i), Quality.Good, QualityReason.None)) },
                default);
            if (i % 50 == 49)
                await history.FlushAsync(default);
        }
    }

    private static double Value(TwinHandle meter, int i) => 1_000 * meter.Ordinal + i;

    private static IEnumerable<double> Expected(TwinHandle meter) => Enumerable.Range(0, Count).Select(i => Value(meter, i));

    private static async Task<List<double>> ReadAsync(CityHistory history, TwinHandle meter)
    {
        var values = new List<double>();
        await foreach (var page in history.ReadAsync(
            new([meter], Power, s_noon, s_noon.Plus(TimeSpan.FromDays(1))), default))
            values.AddRange(page.Points.Select(point => point.Value));
        return values;
    }

    private static Task<CityHistory> OpenAsync(string database, string? writer) => CityHistory.OpenPostgresAsync(
        database, s_graph, HistoryPolicy.BuiltIn, new HistoryOptions { Writer = writer }, TimeProvider.System, default)
        .AsTask();
}
