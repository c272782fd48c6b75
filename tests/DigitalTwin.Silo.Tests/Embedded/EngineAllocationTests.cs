using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Embedded;

/// <summary>Counts the bytes of the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(EngineAllocationTests), DisableParallelization = true)]
[Collection(nameof(EngineAllocationTests))]
public sealed class EngineAllocationTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    [Fact]
    public async Task TheSteadyStateAllocatesNothingPerMessage()
    {
        const int Messages = 50_000;
        var graph = TestCity.Build(buildingsPerDistrict: 50);
        await using var engine = new EmbeddedEngine(graph, new ManualTime(s_noon), partitions: 2);
        var meters = graph.All().Where(twin => graph.IdOf(twin).EndsWith("-e", StringComparison.Ordinal)).ToArray();
        var slot = (ushort)graph.ModelOf(meters[0]).SlotOf("activePowerWatts");
        await SendAsync(Messages);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await SendAsync(Messages);
        var perMessage = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Messages;

        // What is left are the senders' waits when the queue is full; one object a message would be 24 bytes at least.
        Assert.True(perMessage < 8, $"{perMessage:F1} bytes a message");

        async Task SendAsync(int messages)
        {
            for (var i = 0; i < messages; i++)
                {
                var batch = TelemetryBatch.Rent(s_noon);
                batch.Add(new Reading(meters[i % meters.Length], slot, Quality.Good, i, s_noon));
                batch.MessageCount = 1;
                await engine.AcceptAsync(batch, default);
            }

            await engine.GetAsync(meters[0], default);
            await engine.GetAsync(meters[1], default);
        }
    }
}
