using System.Globalization;
using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Demo;

/// <summary>The services of the demo city: how many of each, where they stand and what they are called.</summary>
public sealed class ServicePlanTests
{
    private static readonly CityDefinition s_city = DemoCity.Generate(seed: 1, scale: 1);

    private static readonly string[] s_kinds =
    [
        "SeismicStation", "SosButton", "Camera", "WaterIntake", "PumpStation", "GreenArea", "TransportStop",
        "WeatherStation",
    ];

    [Theory]
    [InlineData(0.05, 28, 12, 12, 3, 4, 8, 16, 8)]
    [InlineData(1, 28, 40, 60, 3, 12, 20, 80, 8)]
    [InlineData(15, 28, 70, 120, 3, 60, 28, 400, 8)]
    public void EveryKindIsThereAndItsNumberIsBounded(double scale, params int[] expected)
    {
        var city = DemoCity.Generate(seed: 1, scale);

        Assert.Equal(expected, s_kinds.Select(kind => Of(city, kind).Count));
        Assert.Equal(5, Of(city, "Polycentre").Count);
    }

    [Fact]
    public void EachStandsInItsDistrictWithThreeNamesAndADeviceOfItsOwn()
    {
        var districts = s_city.Twins.Where(twin => twin.ModelId == DemoText.Model("District"))
            .ToDictionary(twin => twin.Id, twin => new GeoPolygon(twin.Outline!));
        foreach (var twin in s_kinds.SelectMany(kind => Of(s_city, kind)))
        {
            Assert.True(districts[twin.ParentId!].Contains(twin.Position), $"{twin.Id} is outside {twin.ParentId}");
            Assert.Null(twin.DeviceId);
            Assert.InRange(twin.ExpectedInterval!.Value, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5));
            AssertNamed(twin);
        }
    }

    [Fact]
    public void TheGraphTakesThem()
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, s_city.Twins);
        Assert.Equal(s_city.Twins.Count, graph.Count);
    }

    [Fact]
    public void TheAttributesAreOnesThatTheModelsDeclare()
    {
        foreach (var twin in s_kinds.SelectMany(kind => Of(s_city, kind)))
        {
            var declared = ModelCatalog.BuiltIn[twin.ModelId].Properties.Select(property => property.Name).ToHashSet();
            Assert.All(
                twin.Attributes!.Keys.Where(name => !name.StartsWith("name.", StringComparison.Ordinal)),
                name => Assert.Contains(name, declared));
        }
    }

    [Fact]
    public void TheSeismicStationsAreTheSameInEveryCityAndCoverIt()
    {
        var stations = Of(s_city, "SeismicStation");
        Assert.Equal(
            stations.Select(station => station.Position),
            Of(DemoCity.Generate(seed: 9, scale: 0.05), "SeismicStation").Select(station => station.Position));
        Assert.All(s_city.Twins.Where(twin => twin.ModelId == DemoText.Model("Building")), building =>
            Assert.True(
                stations.Any(station => station.Position.DistanceMetresTo(building.Position) < 4_000), building.Id));
    }

    [Fact]
    public void OneWeatherStationIsInEachDistrict() =>
        Assert.Equal(8, Of(s_city, "WeatherStation").Select(station => station.ParentId).Distinct().Count());

    [Fact]
    public void TheIntakesAreInTheSouthAndTwoAreOnRivers()
    {
        var intakes = Of(s_city, "WaterIntake");
        Assert.All(intakes, intake => Assert.InRange(intake.Position.LatitudeDegrees, 43.14, 43.19));
        Assert.Equal(["river", "river", "well"], intakes.Select(intake => intake.Attributes!["source"]));
    }

    [Fact]
    public void ThePolycentresAreTheCitysAndNamedAsInTheGeneralPlan()
    {
        var centres = Of(s_city, "Polycentre");
        Assert.Equal(
            ["Исторический центр", "Восточные ворота", "Запад", "Юго-Запад", "Север"],
            centres.Select(centre => centre.Attributes!["name.ru"]));
        Assert.All(centres, centre =>
        {
            Assert.Equal("almaty", centre.ParentId);
            Assert.NotNull(DistrictOutlines.Containing(centre.Position));
            AssertNamed(centre);
        });
    }

    [Fact]
    public void ThePolycentresModelHasWhatTheEngineSums()
    {
        Assert.Equal(
            [
                "electricPowerWatts", "coldWaterFlowLitresPerHour", "hotWaterFlowLitresPerHour", "gasFlowLitresPerHour",
                "heatPowerWatts", "meters", "metersSilent", "metersInAlarm", "lights", "lightsOn", "lightsFailed",
                "lightsUnexpectedlyOff", "lightsBurningByDay", "lightsSilent", "lightsObeying", "lightingPowerWatts",
            ],
            ModelCatalog.BuiltIn["dtmi:kz:almaty:Polycentre;1"].Slots.Select(slot => slot.Name));
        Assert.Empty(DtdlRules.Check("Polycentre.json", ModelCatalog.BuiltInDocuments["Polycentre.json"]));
    }

    [Fact]
    public void MetersCarryTheFlowTheyAreMadeFor()
    {
        var buildings = Of(s_city, "Building").ToDictionary(twin => twin.Id);
        var kinds = new[]
        {
            ("ColdWaterMeter", 60, 2_500), ("HotWaterMeter", 35, 2_500), ("GasMeter", 250, 6_000),
            ("HeatMeter", 650, 2_500),
        };
        foreach (var (kind, litresPerFlat, least) in kinds)
        {
            foreach (var meter in Of(s_city, kind))
            {
                var flow = Number(meter, "permanentFlowLitresPerHour");
                var needed = Math.Max(least, litresPerFlat * (Number(meter, "flats") ?? 1));
                if (buildings[meter.ParentId!].Attributes!["buildingClass"] == "privateHouse")
                    needed = least;
                Assert.True(flow >= needed, $"{meter.Id}: {flow} where {needed} are needed");
            }
        }

        Assert.All(Of(s_city, "ElectricityMeter"), meter => Assert.Null(Number(meter, "permanentFlowLitresPerHour")));
    }

    [Theory]
    [InlineData(2_500, 2_500)]
    [InlineData(2_501, 4_000)]
    [InlineData(6_000, 6_300)]
    [InlineData(10_000, 10_000)]
    [InlineData(24_000, 25_000)]
    [InlineData(260_000, 400_000)]
    public void AMeterIsTheNextOfTheSeries(double needed, double expected) =>
        Assert.Equal(expected, MeterSizes.R5(needed));

    [Fact]
    public void PeopleLiveWhereThereAreFlats() => Assert.All(
        s_city.Twins.Where(twin => twin.ModelId == DemoText.Model("Building")),
        building => Assert.Equal(
            Number(building, "flats") is { } flats ? Math.Round(flats * 2.9) : null, Number(building, "residents")));

    [Fact]
    public void LightsAtMainCrossingsAreNotDimmed()
    {
        var programmes = s_city.Twins.Where(twin => twin.ModelId == DemoText.Model("Streetlight"))
            .CountBy(light => light.Attributes!["lightingProgramme"]).ToDictionary();
        Assert.Equal(["full-night", "standard"], programmes.Keys.Order());
        Assert.InRange(programmes["full-night"], 100, 2_000);
        Assert.All(s_city.Twins.Where(twin => twin.ModelId == DemoText.Model("LightingCabinet")),
            cabinet => Assert.Equal("standard", cabinet.Attributes!["lightingProgramme"]));
    }

    private static void AssertNamed(TwinDefinition twin) => Assert.All(
        new[] { "name.en", "name.ru", "name.kk" }, name => Assert.NotEmpty(twin.Attributes![name]));

    private static double? Number(TwinDefinition twin, string attribute) =>
        twin.Attributes!.TryGetValue(attribute, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    private static List<TwinDefinition> Of(CityDefinition city, string kind) =>
        [.. city.Twins.Where(twin => twin.ModelId == DemoText.Model(kind))];
}
