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
    private const int Corrections = 20;

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

    // The second to store a day used to put back what the first had found there.
    [StoreFact]
    public async Task TwoThatWriteTheSameTwinsAtOnceLoseNothing()
    {
        var database = await server.NewDatabaseAsync();
        var meters = s_graph.All().Where(twin => s_graph.ModelOf(twin).TryFind(Power, out _)).Take(4).ToArray();
        await using var one = await OpenAsync(database, "silo-a");
        await using var other = await OpenAsync(database, "silo-b");
        await using var reader = await OpenAsync(database, "gateway");

        await Task.WhenAll(
            WriteEverySecondAsync(one, first: 0), WriteEverySecondAsync(other, first: 1), CorrectAsync());

        foreach (var meter in meters)
            Assert.Equal(
                Expected(meter).Select((value, i) => i < Corrections && meter == meters[0] ? -1 - i : value),
                await ReadAsync(reader, meter));

        // Of each meter every second value, so that both write the same days all the time.
        async Task WriteEverySecondAsync(CityHistory history, int first)
        {
            for (var i = first; i < Count; i += 2)
            {
                await history.AppendAsync(
                    (ulong)i + 1, meters.Select(meter => ValueOf(meter, i)).ToArray(), default);
                if (i % 10 == first)
                    await history.FlushAsync(default);
            }

            await history.FlushAsync(default);
        }

        async Task CorrectAsync()
        {
            for (var i = 0; i < Corrections; i++)
                Assert.Equal(1, await reader.CorrectAsync(
                    new HistoryCorrection(
                        meters[0], (ushort)s_graph.ModelOf(meters[0]).SlotOf(Power), At(i), -1 - i, Quality.Good,
                        QualityReason.None, "Aigerim", "read by hand", At(Count)),
                    default));
        }
    }

    // Who only reads used to see the days of its start.
    [StoreFact]
    public async Task AReaderSeesTheDaysThatOthersHaveBegunSinceItWasOpened()
    {
        var database = await server.NewDatabaseAsync();
        var meter = s_graph.All().First(twin => s_graph.ModelOf(twin).TryFind(Power, out _));
        await using var reader = await CityHistory.OpenPostgresAsync(
            database, s_graph, HistoryPolicy.BuiltIn,
            new HistoryOptions { Writer = "gateway", DaysKnownFor = TimeSpan.Zero }, TimeProvider.System, default);
        Assert.Empty(await ReadAsync(reader, meter));
        await using var writer = await OpenAsync(database, "silo-a");
        await WriteAsync(writer, meter, firstSequence: 1);

        Assert.Equal(Expected(meter), await ReadAsync(reader, meter));

        // Nor did it retire them.
        var retired = await reader.RetainAsync(s_noon.Plus(TimeSpan.FromDays(5_000)), default);
        Assert.Equal((1, 1L), (retired.DaysSeen, retired.Dropped));
        Assert.Empty(await ReadAsync(writer, meter));
    }

    [StoreFact]
    public async Task WhatIsDeliveredAgainIsNotWrittenAgain()
    {
        var database = await server.NewDatabaseAsync();
        var meter = s_graph.All().First(twin => s_graph.ModelOf(twin).TryFind(Power, out _));
        await using var one = await OpenAsync(database, "silo-a");
        await WriteAsync(one, meter, firstSequence: 1);
        await using var other = await OpenAsync(database, "silo-b");
        await WriteAsync(other, meter, firstSequence: 1);

        Assert.Equal(0, other.Counters.DaysWritten);
        Assert.Equal(Expected(meter), await ReadAsync(one, meter));
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
        for (var i = 0; i < Count; i++)
        {
            await history.AppendAsync(firstSequence + (ulong)i, new[] { ValueOf(meter, i) }, default);
            if (i % 50 == 49)
                await history.FlushAsync(default);
        }
    }

    private static Instant At(int i) => s_noon.Plus(TimeSpan.FromSeconds(20 * i));

    private static HistoryValue ValueOf(TwinHandle meter, int i) => new(
        meter, (ushort)s_graph.ModelOf(meter).SlotOf(Power),
        new HistoryPoint(At(i), At(i), Value(meter, i), Quality.Good, QualityReason.None));

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
