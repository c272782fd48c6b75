using System.Threading.Channels;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Embedded;

public sealed class EmbeddedEngineTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    [Fact]
    public async Task AfterARuleHasFailedTheEngineAcceptsNothingMore()
    {
        var graph = TestCity.Build();
        var engine = new EmbeddedEngine(graph, new ManualTime(s_noon), partitions: 1);
        var light = Handle(graph, "l0-0");
        await engine.AcceptAsync(Batch(light, slot: ushort.MaxValue, value: 1), default);

        await Assert.ThrowsAnyAsync<Exception>(() => engine.Completion);
        await Assert.ThrowsAsync<ChannelClosedException>(async () => await engine.AcceptAsync(Batch(light, 0, 1), default));
        await Assert.ThrowsAnyAsync<Exception>(async () => await engine.GetAsync(light, default));
    }

    [Fact]
    public void ABuildingAndItsMetersShareAPartitionAndSoDoACabinetAndItsLights()
    {
        var graph = TestCity.Build(buildingsPerDistrict: 20, lightsPerCabinet: 30);
        var map = new PartitionMap(graph, partitions: 7);

        foreach (var twin in graph.All().Where(twin => graph.IdOf(twin) is ['b' or 'l', ..] && graph.ChildrenOf(twin).IsEmpty))
            Assert.Equal(map.PartitionOf(graph.ParentOf(twin)), map.PartitionOf(twin));
        Assert.All(map.Handles, handles => Assert.Equal(handles.Order(), handles));
        Assert.Equal(graph.Count, map.Handles.Sum(handles => handles.Length));
        Assert.True(map.Handles.Count(handles => handles.Length > 0) == 7, "every partition has work");
    }

    [Fact]
    public async Task TheSameReadingsGiveTheSameStateWhateverThePartitions()
    {
        var states = new List<string>();
        foreach (var partitions in new[] { 1, 2, 5 })
        {
            var graph = TestCity.Build();
            await using var engine = new EmbeddedEngine(graph, new ManualTime(s_noon), partitions);
            var random = new Random(42);
            for (var i = 0; i < 2_000; i++)
            {
                var twin = new TwinHandle(random.Next(graph.Count));
                if (graph.ModelOf(twin).SlotCount is var slots and > 0 && !graph.IdOf(twin).StartsWith('b'))
                    await engine.AcceptAsync(Batch(twin, (ushort)random.Next(slots), random.Next(5)), default);
            }

            var page = await engine.QueryAsync(new TwinQuery { Limit = TwinQuery.LimitMax }, default);
            states.Add(string.Join('\n', page.Twins.Select(twin =>
                $"{graph.IdOf(twin.Twin)} {twin.State.Revision} {twin.State.Condition} {string.Join(',', twin.Latest.Select(v => v.ValueOrNaN))}")));
        }

        Assert.Equal(states[0], states[1]);
        Assert.Equal(states[0], states[2]);
    }

    private static TelemetryBatch Batch(TwinHandle twin, ushort slot, double value)
    {
        var batch = TelemetryBatch.Rent(s_noon);
        batch.Add(new Reading(twin, slot, Quality.Good, value, s_noon));
        batch.MessageCount = 1;
        return batch;
    }

    private static TwinHandle Handle(CityGraph graph, string id) =>
        graph.TryFind(id, out var twin) ? twin : throw new KeyNotFoundException(id);
}
