using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Graph;

public sealed class CityGraphTests
{
    [Fact]
    public void ATwinIsFoundByItsIdAsTextAndAsBytes()
    {
        var graph = Build(Twin("almaty", "City"), Twin("d-1", "District", "almaty"), Twin("b-1", "Building", "d-1"));

        Assert.True(graph.TryFind("b-1", out var byText));
        Assert.True(graph.TryFind("b-1"u8, out var byBytes));
        Assert.Equal(byText, byBytes);
        Assert.False(graph.TryFind("b-2"u8, out var none));
        Assert.True(none.IsNone);
    }

    [Fact]
    public void DistrictAndChildrenFollowTheLineOfParents()
    {
        var graph = Build(
            Twin("almaty", "City"), Twin("d-1", "District", "almaty"), Twin("b-1", "Building", "d-1"),
            Twin("m-1", "GasMeter", "b-1"), Twin("m-2", "HeatMeter", "b-1"));
        graph.TryFind("m-2", out var meter);
        graph.TryFind("b-1", out var building);

        Assert.Equal("d-1", graph.IdOf(graph.DistrictOf(meter)));
        Assert.Equal(["m-1", "m-2"], graph.ChildrenOf(building).ToArray().Select(child => graph.IdOf(new TwinHandle(child))));
        Assert.True(graph.DistrictOf(new TwinHandle(0)).IsNone);
    }

    [Fact]
    public void OnlyItsDeviceMaySpeakForATwin()
    {
        var graph = Build(Twin("m-1", "GasMeter") with { DeviceId = "gw-1" }, Twin("m-2", "GasMeter"));

        Assert.True(graph.MaySpeakFor("gw-1", new TwinHandle(0)));
        Assert.False(graph.MaySpeakFor("m-1", new TwinHandle(0)));
        Assert.True(graph.MaySpeakFor("m-2", new TwinHandle(1)));
    }

    [Theory]
    [InlineData("", "City", null, "an id is")]
    [InlineData("bad id", "City", null, "an id is")]
    [InlineData("x", "Spaceship", null, "unknown model")]
    [InlineData("x", "Building", "nowhere", "parent 'nowhere'")]
    [InlineData("taken", "City", null, "taken")]
    public void AWrongDefinitionIsRefusedWithItsReason(string id, string model, string? parent, string problem)
    {
        var builder = new CityGraphBuilder(ModelCatalog.BuiltIn);
        builder.Add(Twin("taken", "City"));

        Assert.Contains(problem, Assert.Throws<CityGraphException>(() => builder.Add(Twin(id, model, parent))).Message, StringComparison.Ordinal);
        Assert.Equal(1, builder.Build().Count);
    }

    [Fact]
    public void AnIdMayHaveSixtyFourCharactersAndNotOneMore()
    {
        Assert.True(CityGraphBuilder.IsValidId(new string('a', 64)));
        Assert.False(CityGraphBuilder.IsValidId(new string('a', 65)));
    }

    private static CityGraph Build(params TwinDefinition[] twins) => CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins);

    private static TwinDefinition Twin(string id, string model, string? parent = null) => new()
    {
        Id = id,
        ModelId = $"dtmi:kz:almaty:{model};1",
        ParentId = parent,
        Position = new GeoPoint(76.9, 43.24),
    };
}
