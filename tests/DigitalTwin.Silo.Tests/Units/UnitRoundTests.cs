using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Tests.Units;

/// <summary>What the groups of a cluster compute by the clock is what one process computes.</summary>
public sealed class UnitRoundTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private readonly ManualTime _time = new(s_noon);
    private readonly CityGraph _graph = TestCity.Build();

    [Fact]
    public async Task AFeedersBalanceIsThatOfTheEmbeddedEngine()
    {
        var plan = new UnitPlan(_graph, CityRules.BuiltInFor(_graph));
        var cluster = new LocalCluster(plan, _time, machines: 2);
        await using var units = UnitCity.Start(plan, cluster, _time);
        await using var embedded = new EmbeddedEngine(_graph, _time, partitions: 2);
        var step = TimeSpan.FromMinutes(10);
        for (var i = 0; i < 24; i++)
        {
            foreach (var engine in new ITwinEngine[] { units, embedded })
            {
                await Report(engine, "fd0", "activePowerWatts", 1_000);
                await Report(engine, "b0-0-e", "activeEnergyImportWattHours", 100 * i);
                await Report(engine, "b0-1-e", "activeEnergyImportWattHours", 50 * i);
            }

            _time.Advance(step);
            await cluster.RoundAsync(Handle("fd0"));
            // Its own clock leaves a round out while the one before still waits for its place.
            await embedded.RoundAsync(_time.Now, atEnd: null);
        }

        foreach (var name in new[] { "lossPercent", "lossPowerWatts", "metersMissingPercent", "balanceConfidencePercent" })
        {
            var expected = await ValueOf(embedded, name);
            Assert.True(double.IsFinite(expected), name);
            Assert.Equal(expected, await ValueOf(units, name));
        }

        // 1,000 Wh in; 600 and 300 counted, and the other thirteen of the fifteen meters taken for as much: 6,750.
        Assert.Equal(-5_750, await ValueOf(units, "lossPowerWatts"));
    }

    private async Task Report(ITwinEngine engine, string id, string name, double value)
    {
        var batch = TelemetryBatch.Rent(_time.Now);
        batch.Add(new Reading(Handle(id), (ushort)_graph.ModelOf(Handle(id)).SlotOf(name), Quality.Good, value, _time.Now));
        batch.MessageCount = 1;
        await engine.AcceptAsync(batch, default);
    }

    private async Task<double> ValueOf(ITwinEngine engine, string name) =>
        (await engine.GetAsync(Handle("fd0"), default)).Latest[_graph.ModelOf(Handle("fd0")).SlotOf(name)].ValueOrNaN;

    private TwinHandle Handle(string id) => _graph.TryFind(id, out var twin) ? twin : throw new KeyNotFoundException(id);
}
