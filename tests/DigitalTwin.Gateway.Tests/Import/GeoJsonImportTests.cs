using System.Text;
using DigitalTwin.Gateway.Import;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Tests.Import;

/// <summary>Districts and buildings from GeoJSON: what is taken, and how.</summary>
public sealed class GeoJsonImportTests : ImportBench
{
    [Fact]
    public void EachBuildingGoesToTheDistrictThatContainsIt()
    {
        var city = AssertImported(Import(City, ImportKind.Buildings, Collection(
            Feature("way/1", "{}", Square(76.81, 43.21)),
            Feature("way/2", "{}", Square(76.91, 43.21)))));
        Assert.Equal(["way-1 d-west", "way-2 d-east"], Buildings(city).Select(twin => $"{twin.Id} {twin.ParentId}"));
    }

    [Fact]
    public void WhatHasNoPlaceIsCountedByReason()
    {
        var outcome = Import(City, ImportKind.Buildings, Collection(
            Feature("1", "{}", Square(76.81, 43.21)),
            Feature("2", "{}", Square(77.81, 43.21)),
            Feature("3", """{"building":"no"}""", Square(76.82, 43.21)),
            Feature("4", """{"building:part":"yes"}""", Square(76.83, 43.21)),
            Feature("5", "{}", """{"type":"Point","coordinates":[76.81,43.21]}""")));
        AssertImported(outcome);
        Assert.Equal(1, outcome.Imported[TwinKind.Building]);
        Assert.Equal(
            ["not a building of its own 2", "not an area 1", "outside every district 1"],
            outcome.LeftOut.Select(reason => $"{reason.Key} {reason.Value}"));
    }

    [Fact]
    public void OfAMultiPolygonTheLargestPartIsKeptAndHolesAreIgnored()
    {
        const string Parts = """
            {"type":"MultiPolygon","coordinates":[
              [[[76.81,43.21],[76.8101,43.21],[76.8101,43.2101],[76.81,43.2101],[76.81,43.21]]],
              [[[76.82,43.21],[76.83,43.21],[76.83,43.22],[76.82,43.22],[76.82,43.21]],
               [[76.824,43.214],[76.826,43.214],[76.826,43.216],[76.824,43.216],[76.824,43.214]]]]}
            """;
        var outcome = Import(City, ImportKind.Buildings, Collection(Feature("1", "{}", Parts)));
        var building = Buildings(AssertImported(outcome)).Single();
        Assert.Equal(4, building.Outline!.Count);
        Assert.Equal(76.825, building.Position.LongitudeDegrees, 9);
        Assert.Equal(["a building of several parts is drawn as its largest"], outcome.Notes);
    }

    [Theory]
    [InlineData("[76.81,43.21],[76.82,43.21],[76.82,43.22],[76.81,43.22],[76.81,43.21]")]
    [InlineData("[76.81,43.21],[76.81,43.22],[76.82,43.22],[76.82,43.21],[76.81,43.21]")]
    [InlineData("[76.81,43.21,700],[76.81,43.21],[76.81,43.22],[76.82,43.22],[76.82,43.21],[76.81,43.21]")]
    public void AnOutlineRunsCounterClockwiseAndIsOpen(string ring)
    {
        var city = AssertImported(Import(City, ImportKind.Buildings,
            Collection(Feature("1", "{}", $"{{\"type\":\"Polygon\",\"coordinates\":[[{ring}]]}}"))));
        var outline = Buildings(city).Single().Outline!;
        Assert.Equal(4, outline.Count);
        Assert.True(TwiceArea(outline) > 0);
    }

    // 720 vertices on a circle of 100 m: what is left must be at most 64 and still be that circle.
    [Fact]
    public void ALongOutlineIsSimplifiedToItsShape()
    {
        var centre = new GeoPoint(76.85, 43.25);
        var circle = Enumerable.Range(0, 721).Select(i => centre.Offset(
            100 * Math.Cos(i % 720 * Math.PI / 360), 100 * Math.Sin(i % 720 * Math.PI / 360)));
        var ring = string.Join(',', circle.Select(point =>
            FormattableString.Invariant($"[{point.LongitudeDegrees:R},{point.LatitudeDegrees:R}]")));
        var city = AssertImported(Import(City, ImportKind.Buildings,
            Collection(Feature("1", "{}", $"{{\"type\":\"Polygon\",\"coordinates\":[[{ring}]]}}"))));
        var building = Buildings(city).Single();
        Assert.InRange(building.Outline!.Count, 16, 64);
        Assert.All(building.Outline, point => Assert.Equal(100, point.DistanceMetresTo(centre), tolerance: 0.2));
        Assert.True(building.Position.DistanceMetresTo(centre) < 2);
    }

    [Theory]
    [InlineData("""{"building":"apartments","building:levels":"9"}""", "apartmentBlock 27 9 floors")]
    [InlineData("""{"building":"house","height":"7,5 m"}""", "privateHouse 7.5  file")]
    [InlineData("""{"building":"yes","height":31,"building:levels":9.5}""", "other 31 10 file")]
    [InlineData("""{"building":"retail","building:levels":"2;3"}""", "retail 9 3 floors")]
    [InlineData("""{"building":"warehouse"}""", "industrial 3  assumed")]
    [InlineData("null", "other 3  assumed")]
    public void HeightFloorsAndClassAreRead(string properties, string expected)
    {
        var attributes = Buildings(AssertImported(Import(City, ImportKind.Buildings,
            Collection(Feature("1", properties, Square(76.81, 43.21)))))).Single().Attributes!;
        Assert.Equal(expected, $"{attributes["buildingClass"]} {attributes["heightMetres"]} "
            + $"{attributes.GetValueOrDefault("floors")} {attributes["heightSource"]}");
    }

    [Fact]
    public void ADistrictInsideAnothersHoleTakesItsBuildings()
    {
        var districts = AssertImported(Import(City, ImportKind.Districts, Collection(
            Feature("d-west", """{"name":"West"}""", Square(76.8, 43.2, 0.1)),
            Feature("d-east", """{"name":"East"}""", Square(76.9, 43.2, 0.1)),
            Feature("d-inner", """{"name":"Inner"}""", Square(76.84, 43.24, 0.02)))));
        var city = AssertImported(Import(districts, ImportKind.Buildings,
            Collection(Feature("1", "{}", Square(76.85, 43.25)))));
        Assert.Equal("d-inner", Buildings(city).Single().ParentId);
    }

    [Fact]
    public void NamesGoToTheirLanguages()
    {
        var city = AssertImported(Import(EmptyCity, ImportKind.Districts, Collection(
            Feature("a", """{"name":"Алмалинский район","name:en":"Almaly"}""", Square(76.8, 43.2)),
            Feature("b", """{"name":"Әуезов ауданы","nameRu":"Ауэзовский район"}""", Square(76.9, 43.2)))));
        var names = city.Twins.Where(twin => twin.ParentId == "city").Select(twin => twin.Attributes!).ToList();
        Assert.Equal(("Almaly", "Алмалинский район"), (names[0]["name.en"], names[0]["name.ru"]));
        Assert.Equal(("Әуезов ауданы", "Ауэзовский район"), (names[1]["name.kk"], names[1]["name.ru"]));
    }

    // The shape of the file that almaty-air publishes: slugs, nameRu, an OpenStreetMap number, no feature id.
    [Fact]
    public void ASlugNamesADistrictAsTheDemoDoes()
    {
        const string Medeu = """
            {"type":"Feature","properties":{"slug":"medeu","nameRu":"Медеуский район","osmRelationId":3072217},
             "geometry":{"type":"MultiPolygon","coordinates":[[[[77,43.1],[77.1,43.1],[77.1,43.2],[77,43.1]]]]}}
            """;
        var city = AssertImported(Import(EmptyCity, ImportKind.Districts, Collection(Medeu)));
        var district = city.Twins[1];
        Assert.Equal(("d-medeu", "city", "Медеуский район"),
            (district.Id, district.ParentId, district.Attributes!["name.ru"]));
    }

    [Fact]
    public void AHundredThousandFootprintsAreImported()
    {
        var random = new Random(7);
        var text = new StringBuilder("{\"type\":\"FeatureCollection\",\"features\":[");
        for (var i = 0; i < 100_000; i++)
        {
            if (i > 0)
                text.Append(",\n");
            text.Append(Feature($"way/{i}", """{"building":"apartments","building:levels":"5"}""",
                Square(76.8005 + random.NextDouble() * 0.198, 43.2005 + random.NextDouble() * 0.098, 0.0003)));
        }

        var outcome = Import(City, ImportKind.Buildings, text.Append("]}").ToString());
        var city = AssertImported(outcome);
        Assert.Equal(100_000, outcome.Imported[TwinKind.Building]);
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, city.Twins);
        foreach (var twin in Buildings(city))
        {
            graph.TryFind(twin.Id, out var handle);
            var expected = twin.Position.LongitudeDegrees < 76.9 ? "d-west" : "d-east";
            Assert.Equal(expected, graph.IdOf(graph.DistrictOf(handle)));
        }
    }

    // The walker's first buffer is 256 KiB: features before, across and behind its end, and one larger than it.
    [Theory]
    [InlineData(262_000)]
    [InlineData(262_144)]
    [InlineData(1_000_000)]
    public void AFeatureMayCrossTheBuffer(int padding)
    {
        var city = AssertImported(Import(City, ImportKind.Buildings, Collection(
            Feature("1", $$"""{"note":"{{new string('x', padding)}}"}""", Square(76.81, 43.21)),
            Feature("2", "{}", Square(76.91, 43.21)))));
        Assert.Equal(["1", "2"], Buildings(city).Select(twin => twin.Id));
    }

    [Fact]
    public void AByteOrderMarkAndTheOldReferenceMemberAreTaken()
    {
        var text = Collection(Feature("1", "{}", Square(76.81, 43.21))).Replace("\"features\"",
            """
            "crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},"bbox":[1,2,[3]],"features"
            """, StringComparison.Ordinal);
        AssertImported(Import(City, ImportKind.Buildings, [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(text)]));
    }

    private static List<TwinDefinition> Buildings(CityDefinition city) =>
        [.. city.Twins.Where(twin => twin.ModelId == "dtmi:kz:almaty:Building;1")];

    private static double TwiceArea(IReadOnlyList<GeoPoint> ring) => ring
        .Zip(ring.Skip(1).Append(ring[0]), (a, b) =>
            (a.LongitudeDegrees - 76) * (b.LatitudeDegrees - 43) - (b.LongitudeDegrees - 76) * (a.LatitudeDegrees - 43))
        .Sum();
}
