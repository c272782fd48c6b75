using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Tests.Units;

/// <summary>What a unit writes of itself and takes back, in the same city and in one that was changed.</summary>
public sealed class UnitMemoryTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    [Fact]
    public void AUnitThatReadsItsMemoryWritesTheSameAgain()
    {
        var plan = Plan(TestCity.Definitions());
        foreach (var unit in Enumerable.Range(0, plan.Count))
        {
            var before = Filled(plan, unit);
            var after = new TwinUnit(plan, unit);
            after.Read(before.Write());
            Assert.Equal(before.Write(), after.Write());
        }
    }

    [Fact]
    public void MetersThatStayKeepTheirStateWhenOthersComeAndGo()
    {
        var all = TestCity.Definitions().ToArray();
        var before = Plan(all.Where(twin => twin.Id != "b0-0-g"));
        var after = Plan(all.Where(twin => twin.Id != "b0-0-c"));
        var unit = new TwinUnit(after, UnitOf(after, "b0-0"));

        unit.Read(Filled(before, UnitOf(before, "b0-0")).Write());

        Assert.Equal(1u, RevisionOf("b0-0-e"));
        Assert.Equal(0u, RevisionOf("b0-0-g"));
        // Electricity, hot water and heat: cold water is gone, and gas has never reported.
        Assert.Equal(3, unit.Contained.Of(RollupMeasure.Meters));

        uint RevisionOf(string id) => unit.SnapshotOf(Handle(after, id)).State.Revision;
    }

    [Fact]
    public void AirSensorsKeepTheirMeansWhenOneIsTakenAway()
    {
        var all = TestCity.Definitions().ToArray();
        var before = Plan(all);
        var after = Plan(all.Where(twin => twin.Id != "air0"));
        var unit = new TwinUnit(after, UnitPlan.AirUnit);

        unit.Read(Filled(before, UnitPlan.AirUnit).Write());

        Assert.True(unit.Air.Sensors.Single().HasMeasured);
        Assert.Equal(1u, unit.SnapshotOf(Handle(after, "air1")).State.Revision);
    }

    // What is written with every message of the building; ADR 0014 says so.
    [Fact]
    public void ABuildingOfSixtyMetersWritesAtMost50Kilobytes()
    {
        var building = TestCity.Definitions().Where(twin => twin.Id is "almaty" or "d0" or "fd0" or "b0-0");
        var meter = TestCity.Definitions().First(twin => twin.Id == "b0-0-e");
        var plan = Plan(building.Concat(Enumerable.Range(0, 60).Select(i => meter with { Id = $"b0-0-e{i}" })));

        var bytes = Filled(plan, UnitOf(plan, "b0-0")).Write().Length;

        Assert.InRange(bytes, 40_000, 50_000);
    }

    [Fact]
    public void EveryTwinIsInOneUnitWithItsBuildingOrCabinet()
    {
        var plan = Plan(TestCity.Definitions());

        Assert.Equal(plan.Graph.All().Select(twin => twin.Ordinal),
            Enumerable.Range(0, plan.Count).SelectMany(unit => plan.TwinsOf(unit).ToArray()).Order());
        Assert.Equal(plan.UnitOf(Handle(plan, "b0-0")), plan.UnitOf(Handle(plan, "b0-0-t")));
        Assert.Equal(plan.UnitOf(Handle(plan, "cab1")), plan.UnitOf(Handle(plan, "l1-3")));
        Assert.Equal(plan.UnitOf(Handle(plan, "air0")), plan.UnitOf(Handle(plan, "air1")));
        Assert.NotEqual(plan.UnitOf(Handle(plan, "b0-0")), plan.UnitOf(Handle(plan, "b0-1")));
        Assert.Equal(3, plan.Areas.Count());
    }

    [Fact]
    public void AReaderWhoseAnswerWasLostIsToldAgain()
    {
        var readers = new AreaReaders<TwinSummary>(summary => summary.Twin.Ordinal);
        var reader = Guid.NewGuid();
        var first = readers.Take(reader, ticket: 0, s_noon);
        Assert.True(first.IsNew);
        readers.Add([new TwinSummary { Twin = new TwinHandle(1), Condition = 1 }]);
        readers.Add([new TwinSummary { Twin = new TwinHandle(2), Condition = 1 }]);
        Assert.Equal(2, readers.Take(reader, first.Ticket, s_noon).News.Count);
        readers.Add([new TwinSummary { Twin = new TwinHandle(2), Condition = 2 }]);

        // The old ticket again: the answer never arrived.
        var again = readers.Take(reader, first.Ticket, s_noon);

        Assert.Equal([(1, 1), (2, 2)], again.News.Select(change => (change.Twin.Ordinal, (int)change.Condition)).Order());
        Assert.Empty(readers.Take(reader, again.Ticket, s_noon).News);
    }

    [Fact]
    public void AReaderThatIsSilentForLongIsForgotten()
    {
        var readers = new AreaReaders<TwinSummary>(summary => summary.Twin.Ordinal);
        var reader = Guid.NewGuid();
        var ticket = readers.Take(reader, ticket: 0, s_noon).Ticket;
        var later = s_noon.Plus(AreaReaders<TwinSummary>.ForgottenAfter).Plus(TimeSpan.FromSeconds(1));
        readers.Take(Guid.NewGuid(), ticket: 0, later);

        Assert.True(readers.Take(reader, ticket, later).IsNew);
    }

    private static UnitPlan Plan(IEnumerable<TwinDefinition> twins)
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins);
        return new UnitPlan(graph, CityRules.BuiltInFor(graph));
    }

    // One reading for every twin that has a summary value of its own.
    private static TwinUnit Filled(UnitPlan plan, int unit)
    {
        var filled = new TwinUnit(plan, unit);
        var sequence = 0;
        foreach (var ordinal in plan.TwinsOf(unit))
        {
            var twin = new TwinHandle(ordinal);
            var model = plan.Graph.ModelOf(twin);
            if (model.Kind is TwinKind.UtilityMeter or TwinKind.Streetlight or TwinKind.AirQualitySensor)
                filled.Take(new UnitDelivery(unit, Source: 3, ++sequence, s_noon,
                    [new Reading(twin, (ushort)model.SummarySlots[0], Quality.Good, 12.5, s_noon)]));
        }

        return filled;
    }

    private static int UnitOf(UnitPlan plan, string id) => plan.UnitOf(Handle(plan, id));

    private static TwinHandle Handle(UnitPlan plan, string id) =>
        plan.Graph.TryFind(id, out var twin) ? twin : throw new KeyNotFoundException(id);
}
