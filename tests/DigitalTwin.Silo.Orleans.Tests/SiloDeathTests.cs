using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Units;
using Xunit.Abstractions;

namespace DigitalTwin.Silo.Orleans.Tests;

/// <summary>A silo dies while readings come in: nothing acknowledged is lost, nothing counts twice.</summary>
public sealed class SiloDeathTests(ITestOutputHelper output)
{
    private const int Senders = 4;
    private const int MessagesEach = 200;

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private readonly ManualTime _time = new(s_noon);
    private readonly CityGraph _graph = TestCity.Build(buildingsPerDistrict: 8, lightsPerCabinet: 8);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ACityWhoseSiloDiesUnderLoadEndsAsOneThatNeverDied(int silos)
    {
        await using var cluster = await CityCluster.StartAsync(
            _graph, _time, (short)silos, isDeathFoundOutSoon: true);
        await using var engine = cluster.Connect(_time);
        await using var reference = new EmbeddedEngine(_graph, _time, partitions: 1);
        var acknowledged = 0;
        var isThird = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var load = LoadAsync(engine, () =>
        {
            if (Interlocked.Increment(ref acknowledged) == Senders * MessagesEach / 3)
                isThird.TrySetResult();
        });
        await isThird.Task;
        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos[^1]);
        var atDeath = Volatile.Read(ref acknowledged);
        await load;
        await LoadAsync(reference, () => { });

        output.WriteLine($"{silos} silos: {atDeath} of {Senders * MessagesEach} acknowledged when one was dead, "
            + $"{cluster.Store.Writes} saves");
        Assert.Equal(Senders * MessagesEach, engine.Counters.Messages);
        await AssertEqualAsync(reference, engine);
    }

    [Fact]
    public async Task ACityIsThereAgainAfterAllItsSilosWereStopped()
    {
        await using var reference = new EmbeddedEngine(_graph, _time, partitions: 1);
        await using var before = await CityCluster.StartAsync(_graph, _time, silos: 2);
        await using (var engine = before.Connect(_time))
            await LoadAsync(engine, () => { });
        await LoadAsync(reference, () => { });
        await before.Silos.StopAllSilosAsync();

        await using var after = await CityCluster.StartAsync(_graph, _time, silos: 3, before.Store);
        await using var again = after.Connect(_time);
        await AssertEqualAsync(reference, again);
    }

    // Each sender has twins of its own, so that the order of what concerns one twin is known.
    private Task LoadAsync(ITwinEngine engine, Action acknowledged) =>
        Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            var mine = Own().Where((_, index) => index % Senders == sender).ToArray();
            for (var message = 0; message < MessagesEach; message++)
            {
                var batch = TelemetryBatch.Rent(s_noon);
                var twin = mine[message % mine.Length];
                // The same event time over and over: each of them replaces the one before and counts.
                batch.Add(new Reading(
                    twin, (ushort)_graph.ModelOf(twin).SummarySlots[0], Quality.Good, 1 + message * 7 % 90, s_noon));
                batch.MessageCount = 1;
                await engine.AcceptAsync(batch, default);
                acknowledged();
            }
        })));

    private async Task AssertEqualAsync(EmbeddedEngine expected, UnitEngine actual)
    {
        foreach (var twin in Own())
        {
            var (a, b) = (await expected.GetAsync(twin, default), await actual.GetAsync(twin, default));
            Assert.Equal(a.State, b.State);
            Assert.Equal(a.Latest, b.Latest);
        }

        foreach (var group in _graph.All().Where(twin => _graph.ModelOf(twin).Kind is TwinKind.Building
            or TwinKind.LightingCabinet or TwinKind.Feeder or TwinKind.District or TwinKind.City))
            Assert.Equal(await expected.RollupAsync(group, default), await actual.RollupAsync(group, default));
    }

    private IEnumerable<TwinHandle> Own() =>
        _graph.All().Where(twin => _graph.ModelOf(twin).Kind is TwinKind.Streetlight or TwinKind.UtilityMeter);
}
