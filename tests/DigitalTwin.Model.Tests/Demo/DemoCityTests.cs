using System.Globalization;
using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Demo;

/// <summary>The demo city: as large as promised, the same every time, and nothing in it impossible.</summary>
public sealed class DemoCityTests
{
    private static readonly CityDefinition s_city = DemoCity.Generate(seed: 1, scale: 1);
    private static readonly Dictionary<string, TwinDefinition> s_byId = s_city.Twins.ToDictionary(twin => twin.Id);

    [Fact]
    public void AtScaleOneItIsAsLargeAsPromised()
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, s_city.Twins);
        var counts = graph.All().CountBy(twin => graph.ModelOf(twin).Kind).ToDictionary();
        Assert.Equal(8, counts[TwinKind.District]);
        Assert.Equal(6_000, counts[TwinKind.Building]);
        Assert.Equal(15_000, counts[TwinKind.UtilityMeter]);
        Assert.Equal(8_000, counts[TwinKind.Streetlight]);
        Assert.Equal(11 + 130, counts[TwinKind.AirQualitySensor]);
        Assert.Equal("simulated", s_city.Origin);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.3)]
    [InlineData(15)]
    public void EveryScaleIsACity(double scale)
    {
        var city = DemoCity.Generate(seed: 2, scale);
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, city.Twins);
        var counts = graph.All().CountBy(twin => graph.ModelOf(twin).Kind).ToDictionary();
        Assert.Equal((int)(6_000 * scale), counts[TwinKind.Building]);
        Assert.Equal((int)(15_000 * scale), counts[TwinKind.UtilityMeter]);
        Assert.Equal((int)(8_000 * scale), counts[TwinKind.Streetlight]);
    }

    [Fact]
    public void TheSameSeedGivesTheSameCityAndAnotherAnother()
    {
        Assert.Equal(Text(DemoCity.Generate(7, 0.1)), Text(DemoCity.Generate(7, 0.1)));
        Assert.NotEqual(Text(DemoCity.Generate(7, 0.1)), Text(DemoCity.Generate(8, 0.1)));
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(16)]
    [InlineData(double.NaN)]
    public void AScaleBeyondTheBoundsIsRefused(double scale) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DemoCity.Generate(1, scale));

    [Fact]
    public void TheOutlinesAreSimpleAndEveryBuildingStandsInItsDistrict()
    {
        var districts = s_city.Twins.Where(twin => twin.Id.StartsWith("d-", StringComparison.Ordinal))
            .ToDictionary(twin => twin.Id, twin => new GeoPolygon(twin.Outline!));
        Assert.All(districts.Values, outline => Assert.InRange(outline.Ring.Count, 4, 25));
        Assert.All(Of("b-"), building => Assert.True(
            districts[building.ParentId!].Contains(building.Position), $"{building.Id} is outside {building.ParentId}"));
        Assert.All(s_city.Twins.Where(twin => districts.ContainsKey(twin.Id)),
            district => Assert.Equal("true", district.Attributes!["approximate"]));
    }

    [Fact]
    public void NoBuildingStandsInAnother()
    {
        var plans = Of("b-").Select(building => (building.Id, building.Position, Plan: new GeoPolygon(building.Outline!)))
            .ToLookup(building => CellOf(building.Position));
        foreach (var building in plans.SelectMany(cell => cell))
        {
            var (column, row) = CellOf(building.Position);
            var near = Enumerable.Range(-1, 3).SelectMany(along =>
                Enumerable.Range(-1, 3).SelectMany(across => plans[(column + along, row + across)]));
            foreach (var other in near.Where(other => other.Id != building.Id))
                Assert.False(
                    other.Plan.Ring.Any(building.Plan.Contains) || building.Plan.Contains(other.Position),
                    $"{other.Id} stands in {building.Id}");
        }

        static (int, int) CellOf(GeoPoint place) =>
            ((int)Math.Floor(place.LongitudeDegrees / 0.003), (int)Math.Floor(place.LatitudeDegrees / 0.002));
    }

    [Fact]
    public void EveryMeterIsServedByAFeederOfItsMedium()
    {
        var models = new Dictionary<string, string>
        {
            ["electricity"] = "ElectricityMeter", ["coldWater"] = "ColdWaterMeter", ["hotWater"] = "HotWaterMeter",
            ["gas"] = "GasMeter", ["heat"] = "HeatMeter",
        };
        Assert.All(Of("m-"), meter =>
        {
            var feeder = s_byId[meter.ServedById!];
            Assert.Contains($":{models[feeder.Attributes!["medium"]]};", meter.ModelId, StringComparison.Ordinal);
            Assert.StartsWith("gw-", meter.DeviceId, StringComparison.Ordinal);
            Assert.True(meter.Position.DistanceMetresTo(feeder.Position) < 12_000, $"{meter.Id} is far from {feeder.Id}");
        });
    }

    [Fact]
    public void EveryLightHangsOnACabinetNearby()
    {
        Assert.All(Of("l-"), light =>
        {
            var cabinet = s_byId[light.ParentId!];
            Assert.Equal(cabinet.Id, light.DeviceId);
            Assert.True(light.Position.DistanceMetresTo(cabinet.Position) < 3_000, $"{light.Id} is far from {cabinet.Id}");
        });
        Assert.All(Of("cab-"), cabinet =>
            Assert.InRange(Of("l-").Count(light => light.ParentId == cabinet.Id), 1, 56));
    }

    [Theory]
    [InlineData(1, 76.93394, 43.237859)]
    [InlineData(28, 77.006407, 43.360683)]
    [InlineData(31, 76.888068, 43.180754)]
    public void TheOfficialPostsStandWhereTheyAre(int number, double longitude, double latitude)
    {
        var post = Assert.Single(s_city.Twins, twin => twin.Attributes?.GetValueOrDefault("postNumber")
            == number.ToString(CultureInfo.InvariantCulture));
        Assert.Equal("official", post.Attributes!["grade"]);
        Assert.Equal(new GeoPoint(longitude, latitude), post.Position);
    }

    [Fact]
    public void OfficialAndIndicativeAreToldApart()
    {
        Assert.Equal(11, Of("post-").Count(post => post.Attributes!["grade"] == "official"));
        Assert.Equal(130, Of("air-").Count(sensor => sensor.Attributes!["grade"] == "indicative"));
    }

    [Fact]
    public void NearlyEveryAddressIsOfOneBuilding() // a street's name may come again in another district
    {
        var addresses = Of("b-").Select(building => building.Attributes!["address"]).ToArray();
        Assert.InRange((double)addresses.Distinct().Count(), addresses.Length * 0.97, addresses.Length);
    }

    private static IReadOnlyList<TwinDefinition> Of(string prefix) => s_ofPrefix.TryGetValue(prefix, out var known)
        ? known
        : s_ofPrefix[prefix] = [.. s_city.Twins.Where(twin => twin.Id.StartsWith(prefix, StringComparison.Ordinal))];

    private static readonly Dictionary<string, IReadOnlyList<TwinDefinition>> s_ofPrefix = [];

    private static string Text(CityDefinition city) => string.Join('\n', city.Twins.Select(twin =>
        $"{twin.Id} {twin.ModelId} {twin.ParentId} {twin.ServedById} {twin.DeviceId} {twin.Position} "
        + string.Join(' ', twin.Outline ?? []) + string.Join(' ', twin.Attributes ?? new Dictionary<string, string>())));
}
