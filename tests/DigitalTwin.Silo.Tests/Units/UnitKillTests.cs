using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Tests.Units;

/// <summary>Machines die while readings come in: nothing acknowledged is lost, nothing counts twice.</summary>
public sealed class UnitKillTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private readonly ManualTime _time = new(s_noon);
    private readonly CityGraph _graph = TestCity.Build();

    [Theory]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(29)]
    public async Task ACityOnMachinesThatDieEndsAsOneThatNeverDied(int everySave)
    {
        var plan = new UnitPlan(_graph, CityRules.BuiltInFor(_graph));
        var random = new Random(everySave);
        var cluster = new LocalCluster(plan, _time, machines: 3)
        {
            Fate = save =>
            {
                if (save % everySave != 0)
                    return LocalCluster.Death.None;
                lock (random)
                    return random.Next(2) == 0 ? LocalCluster.Death.Before : LocalCluster.Death.After;
            },
        };
        await using var engine = UnitCity.Start(plan, cluster, _time);
        await using var reference = new EmbeddedEngine(_graph, _time, partitions: 1);
        var load = new CityUnderLoad(_graph, s_noon);

        await load.SendAsync(engine, messagesEach: 120);
        await load.SendAsync(reference, messagesEach: 120);

        Assert.True(cluster.Deaths > 10, $"only {cluster.Deaths} machines died");
        cluster.Fate = _ => LocalCluster.Death.None;
        await load.AssertEqualAsync(reference, engine);
        cluster.KillAll();
        await load.AssertEqualAsync(reference, engine);
    }

    [Fact]
    public async Task ADeliveryThatComesAgainChangesNothing()
    {
        var plan = new UnitPlan(_graph, CityRules.BuiltInFor(_graph));
        var cluster = new LocalCluster(plan, _time, machines: 1);
        var light = Handle("l0-0");
        var first = Delivery(1, 10);
        Assert.Equal(1, (await cluster.DeliverAsync([first])).Advanced);
        Assert.Equal(1, (await cluster.DeliverAsync([Delivery(2, 20)])).Advanced);

        cluster.KillAll();

        // At the same event time other content would replace the value: only the sequence tells that it came before.
        Assert.Equal(default, await cluster.DeliverAsync([first]));
        var state = (await cluster.Unit(plan.UnitOf(light)).SnapshotsAsync([light]))[0];
        Assert.Equal((20, 2u), (state.Latest[Slot("l0-0", "dimLevelPercent")].Value, state.State.Revision));

        UnitDelivery Delivery(long sequence, double percent) => new(
            plan.UnitOf(light), Source: 7, sequence, s_noon,
            [new Reading(light, Slot("l0-0", "dimLevelPercent"), Quality.Good, percent, s_noon)]);
    }

    [Fact]
    public async Task AGroupThatIsLoadedAnewCountsItsMembersAgain()
    {
        var plan = new UnitPlan(_graph, CityRules.BuiltInFor(_graph));
        var cluster = new LocalCluster(plan, _time, machines: 1);
        await using var engine = UnitCity.Start(plan, cluster, _time);
        await Report(engine, "b0-0-e", "activePowerWatts", 1_500, s_noon);
        await Report(engine, "b0-1-e", "activePowerWatts", 500, s_noon);

        cluster.KillAll();
        await Report(engine, "b0-1-e", "activePowerWatts", 700, s_noon.Plus(TimeSpan.FromSeconds(1)));

        foreach (var group in new[] { "fd0", "d0", "almaty" })
            Assert.Equal(2_200_000, (await engine.RollupAsync(Handle(group), default))
                .Of(RollupMeasure.ElectricPowerMilliwatts));
    }

    [Fact]
    public async Task AReportThatMayNotHaveBeenReceivedIsToldAgainAsItWas()
    {
        var plan = new UnitPlan(_graph, CityRules.BuiltInFor(_graph));
        // As many machines as units: one dies alone.
        var cluster = new LocalCluster(plan, _time, plan.Count);
        await using var engine = UnitCity.Start(plan, cluster, _time);
        await engine.RollupAsync(Handle("d0"), default);
        await Report(engine, "b0-0-e", "activePowerWatts", 500, s_noon);
        // Saved before it was received: what is told from here on is told after it once more.
        cluster.Fate = save => LocalCluster.Death.After;
        var dying = Report(engine, "b0-0-e", "activePowerWatts", 700, s_noon.Plus(TimeSpan.FromSeconds(1)));
        while (cluster.Deaths == 0)
            await Task.Yield();
        cluster.Fate = _ => LocalCluster.Death.None;
        await dying;
        await Report(engine, "b0-0-e", "activePowerWatts", 900, s_noon.Plus(TimeSpan.FromSeconds(2)));

        foreach (var group in new[] { "fd0", "d0", "almaty" })
            Assert.Equal(900_000, (await engine.RollupAsync(Handle(group), default))
                .Of(RollupMeasure.ElectricPowerMilliwatts));
    }

    [Fact]
    public async Task AFeedGoesOnAfterItsAreasWereLoadedAnew()
    {
        var plan = new UnitPlan(_graph, CityRules.BuiltInFor(_graph));
        var cluster = new LocalCluster(plan, _time, machines: 2);
        await using var engine = UnitCity.Start(plan, cluster, _time);
        using var feed = engine.SubscribeChanges();
        await Report(engine, "l0-0", "dimLevelPercent", 10, s_noon);
        var seen = new List<TwinSummary>();
        await feed.DrainAsync(seen, default);
        await Report(engine, "l1-0", "dimLevelPercent", 20, s_noon);

        cluster.KillAll();

        seen.Clear();
        await feed.DrainAsync(seen, default);
        Assert.Equal(20f, seen.Single(change => change.Twin == Handle("l1-0")).Measures[0]);
    }

    [Fact]
    public async Task ARoundOfTheClockShowsTheSumsAtTheirGroups()
    {
        var plan = new UnitPlan(_graph, CityRules.BuiltInFor(_graph));
        var cluster = new LocalCluster(plan, _time, machines: 1);
        await using var engine = UnitCity.Start(plan, cluster, _time);
        await Report(engine, "b0-0-e", "activePowerWatts", 1_500, s_noon);
        await Report(engine, "b1-0-e", "activePowerWatts", 250, s_noon);
        await Report(engine, "air0", "pm25MicrogramsPerCubicMetre", 20, s_noon);
        _time.Advance(TimeSpan.FromSeconds(2));

        foreach (var group in new[] { "fd0", "d0", "d1", "almaty" })
            await cluster.RoundAsync(Handle(group));

        Assert.Equal(1_500, await ValueOf(engine, "d0", "electricPowerWatts"));
        Assert.Equal(1_750, await ValueOf(engine, "almaty", "electricPowerWatts"));
        Assert.Equal(1, await ValueOf(engine, "d0", "indicativeSensors"));
        Assert.Equal(1, await ValueOf(engine, "almaty", "indicativeSensors"));
        Assert.Equal(double.NaN, await ValueOf(engine, "d1", "indicativeSensors"));
    }

    private async Task Report(UnitEngine engine, string id, string name, double value, Instant measuredAt)
    {
        var batch = TelemetryBatch.Rent(_time.Now);
        batch.Add(new Reading(Handle(id), Slot(id, name), Quality.Good, value, measuredAt));
        batch.MessageCount = 1;
        await engine.AcceptAsync(batch, default);
    }

    private async Task<double> ValueOf(UnitEngine engine, string id, string name) =>
        (await engine.GetAsync(Handle(id), default)).Latest[Slot(id, name)].ValueOrNaN;

    private TwinHandle Handle(string id) => _graph.TryFind(id, out var twin) ? twin : throw new KeyNotFoundException(id);

    private ushort Slot(string id, string name) => (ushort)_graph.ModelOf(Handle(id)).SlotOf(name);
}
