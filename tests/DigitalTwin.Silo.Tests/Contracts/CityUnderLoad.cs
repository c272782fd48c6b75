using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Tests.Contracts;

/// <summary>Readings of several senders at once, after which every engine that lost none and took none twice is alike.</summary>
internal sealed class CityUnderLoad(CityGraph graph, Instant at)
{
    public const int Senders = 4;

    // Each sender has lights and meters of its own, so that the order of what concerns one twin is known.
    public Task SendAsync(ITwinEngine engine, int messagesEach, Action? acknowledged = null)
    {
        var twins = Reporting().ToArray();
        return Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            var mine = twins.Where((_, index) => index % Senders == sender).ToArray();
            for (var message = 0; message < messagesEach; message++)
            {
                var batch = TelemetryBatch.Rent(at);
                var twin = mine[message % mine.Length];
                // The same event time over and over: each of them replaces the one before and counts.
                batch.Add(new Reading(
                    twin, (ushort)graph.ModelOf(twin).SummarySlots[0], Quality.Good, 1 + message * 7 % 90, at));
                batch.MessageCount = 1;
                await engine.AcceptAsync(batch, default);
                acknowledged?.Invoke();
            }
        })));
    }

    /// <summary>States and latest values of all that reported, and the sums of all that has any.</summary>
    public async Task AssertEqualAsync(ITwinEngine expected, ITwinEngine actual)
    {
        foreach (var twin in Reporting())
        {
            var (a, b) = (await expected.GetAsync(twin, default), await actual.GetAsync(twin, default));
            Assert.Equal(a.State, b.State);
            Assert.Equal(a.Latest, b.Latest);
        }

        foreach (var group in graph.All().Where(twin => graph.ModelOf(twin).Kind is TwinKind.Building
            or TwinKind.LightingCabinet or TwinKind.Feeder or TwinKind.District or TwinKind.City))
            Assert.Equal(await expected.RollupAsync(group, default), await actual.RollupAsync(group, default));
    }

    private IEnumerable<TwinHandle> Reporting() =>
        graph.All().Where(twin => graph.ModelOf(twin).Kind is TwinKind.Streetlight or TwinKind.UtilityMeter);
}
