using DigitalTwin.Gateway.Import;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Tests.Import;

/// <summary>A second import replaces what the first brought and nothing else.</summary>
public sealed class ImportAgainTests : ImportBench
{
    private static readonly string s_footprints = Collection(
        Feature("w/1", "{}", Square(76.81, 43.21)),
        Feature("", "{}", Square(76.82, 43.21)).Replace("\"id\":\"\",", "", StringComparison.Ordinal));

    [Fact]
    public void TheSameFileMakesTheSameCity()
    {
        var once = AssertImported(Import(City, ImportKind.Buildings, s_footprints));
        var twice = AssertImported(Import(once, ImportKind.Buildings, s_footprints));
        Assert.Equal(once.Twins.Select(twin => (twin.Id, twin.ParentId, twin.Position)),
            twice.Twins.Select(twin => (twin.Id, twin.ParentId, twin.Position)));
    }

    // A building without an id stays itself when its properties, its neighbours or the layout of the file change.
    [Fact]
    public void AnIdMadeOfCoordinatesOutlivesTheRest()
    {
        var once = AssertImported(Import(City, ImportKind.Buildings, s_footprints)).Twins[^1].Id;
        var spread = Square(76.82, 43.21).Replace(",", ",\n  ", StringComparison.Ordinal);
        var changed = Collection(Feature("", "{\"height\":9}", spread)
            .Replace("\"id\":\"\",", "", StringComparison.Ordinal));
        Assert.Equal(once, AssertImported(Import(City, ImportKind.Buildings, changed)).Twins[^1].Id);
        Assert.StartsWith("b-", once, StringComparison.Ordinal);
    }

    [Fact]
    public void TwoFeaturesOfTheSameCoordinatesAreOneTooMany()
    {
        var feature = Feature("", "{}", Square(76.82, 43.21)).Replace("\"id\":\"\",", "", StringComparison.Ordinal);
        AssertRefused(
            Import(City, ImportKind.Buildings, Collection(feature, feature)), 3, "features[1]", "id", "is also that of");
    }

    [Theory]
    [InlineData("дом 5")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789")]
    public void AnIdThatDoesNotFitIsStableAndMetersFindIt(string id)
    {
        var city = AssertImported(Import(City, ImportKind.Buildings, Collection(Feature(id, "{}", Square(76.81, 43.21)))));
        var withMeter = AssertImported(Import(city, ImportKind.Meters, $"id,building,medium\nm-1,{id},gas\n"));
        Assert.Equal(city.Twins[^1].Id, withMeter.Twins[^1].ParentId);
        Assert.True(CityGraphBuilder.IsValidId(city.Twins[^1].Id));
    }

    [Fact]
    public void OrphansAreCountedAndOnlyRemovedWhenTold()
    {
        var full = WithMetersAndLights();
        var west = Collection(Feature("b-west", "{}", Square(76.81, 43.21)));
        var refused = Import(full, ImportKind.Buildings, west);
        AssertRefused(refused, 0, item: null, "parents", "1 twins would lose their parent (1 UtilityMeter); --replace");
        Assert.Equal(1, refused.Orphans[TwinKind.UtilityMeter]);

        var replaced = Import(full, ImportKind.Buildings, west, replace: true);
        var city = AssertImported(replaced);
        Assert.Equal(1, replaced.Orphans[TwinKind.UtilityMeter]);
        Assert.Equal(["b-west", "c-1", "city", "d-east", "d-west", "l-1", "m-west"],
            city.Twins.Select(twin => twin.Id).Order(StringComparer.Ordinal));
        CityGraphBuilder.Build(ModelCatalog.BuiltIn, city.Twins);
    }

    [Fact]
    public void OrphansOfOrphansGoToo()
    {
        var outcome = Import(WithMetersAndLights(), ImportKind.Districts,
            Collection(Feature("d-west", """{"name":"West"}""", Square(76.8, 43.2, 0.1))), replace: true);
        var city = AssertImported(outcome);
        Assert.Equal(["b-west", "city", "d-west", "m-west"],
            city.Twins.Select(twin => twin.Id).Order(StringComparer.Ordinal));
        Assert.Equal((1, 1, 1, 1), (outcome.Orphans[TwinKind.Building], outcome.Orphans[TwinKind.UtilityMeter],
            outcome.Orphans[TwinKind.LightingCabinet], outcome.Orphans[TwinKind.Streetlight]));
        CityGraphBuilder.Build(ModelCatalog.BuiltIn, city.Twins);
    }

    [Fact]
    public void AMeterOutlivesItsFeeder()
    {
        var meter = Twin("m-west", "GasMeter", "b-west", 76.85, 43.25) with { ServedById = "f-east" };
        var served = City with { Twins = [.. City.Twins, Twin("f-east", "Feeder", "d-east", 76.95, 43.25), meter] };
        var city = AssertImported(Import(served, ImportKind.Districts,
            Collection(Feature("d-west", """{"name":"West"}""", Square(76.8, 43.2, 0.1))), replace: true));
        Assert.Null(city.Twins.Single(twin => twin.Id == "m-west").ServedById);
    }

    [Fact]
    public void AFileOfStreetsAloneKeepsTheLights()
    {
        const string Street = """{"type":"LineString","coordinates":[[76.81,43.21],[76.82,43.22]]}""";
        var river = new GroundFeature("river", null, [new(76.8, 43.2), new(76.9, 43.3)]);
        var old = new GroundFeature("avenue", null, [new(76.8, 43.2), new(76.9, 43.3)]);
        var city = AssertImported(Import(WithMetersAndLights() with { Ground = [river, old] }, ImportKind.Streets,
            Collection(Feature("s", "{}", Street))));
        Assert.Equal(["river", "street"], city.Ground.Select(feature => feature.Class));
        Assert.Contains(city.Twins, twin => twin.Id == "l-1");
    }

    [Fact]
    public void ACityStaysSimulatedUntilNothingOfTheDemoIsLeft()
    {
        var demo = City with { Origin = "simulated" };
        Assert.Equal("simulated", AssertImported(Import(demo, ImportKind.Buildings, s_footprints)).Origin);
        Assert.Equal("imported", AssertImported(Import(City, ImportKind.Buildings, s_footprints)).Origin);
        Assert.Equal("imported", AssertImported(Import(
            demo with { Twins = [.. demo.Twins.Take(3)] }, ImportKind.Districts,
            Collection(Feature("d-west", """{"name":"West"}""", Square(76.8, 43.2, 0.1))))).Origin);
    }

    private static CityDefinition WithMetersAndLights() => City with
    {
        Twins =
        [
            .. City.Twins,
            Twin("m-west", "GasMeter", "b-west", 76.85, 43.25),
            Twin("m-east", "HeatMeter", "b-east", 76.95, 43.25),
            Twin("c-1", "LightingCabinet", "d-east", 76.95, 43.25),
            Twin("l-1", "Streetlight", "c-1", 76.95, 43.25),
        ],
    };
}
