using DigitalTwin.Gateway.Import;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Tests.Import;

/// <summary>Buildings from CityJSON: footprints, parts, heights, reference systems, and what is refused.</summary>
public sealed class CityJsonImportTests : ImportBench
{
    // Whole numbers of 1e-5 degrees east and north of 76.81 E 43.21 N, heights in centimetres: a box of
    // 0.001 by 0.001 degrees and 12 m (0 to 7), and a second one against its east side (8 to 11 below, no roof).
    private const string Vertices = """
        [[0,0,0],[100,0,0],[100,100,0],[0,100,0],[0,0,1200],[100,0,1200],[100,100,1200],[0,100,1200],
         [200,0,0],[200,100,0],[200,0,1200],[200,100,1200]]
        """;

    private const string Box =
        """{"type":"Solid","lod":"1.2","boundaries":[[[[0,3,2,1]],[[4,5,6,7]],[[0,1,5,4]],[[1,2,6,5]],[[2,3,7,6]],[[3,0,4,7]]]]}""";

    private const string EastBox =
        """{"type":"Solid","lod":"1.2","boundaries":[[[[1,2,9,8]],[[5,10,11,6]]]]}""";

    [Theory]
    [InlineData("2.0", "https://www.opengis.net/def/crs/EPSG/0/4326")]
    [InlineData("2.0.1", "urn:ogc:def:crs:EPSG::4326")]
    [InlineData("1.1", "http://www.opengis.net/def/crs/OGC/1.3/CRS84")]
    public void ASolidStandsOnItsLowestSurface(string version, string system)
    {
        var building = Single(File($$$"""{"a":{"type":"Building","geometry":[{{{Box}}}]}}""", version, system));
        Assert.Equal(("a", "d-west", "12"), (building.Id, building.ParentId, building.Attributes!["heightMetres"]));
        AssertOutline([(76.81, 43.21), (76.811, 43.21), (76.811, 43.211), (76.81, 43.211)], building);
    }

    [Fact]
    public void AFootprintGoesBeforeASolid()
    {
        const string Footprint = """{"type":"MultiSurface","lod":"0.1","boundaries":[[[0,8,9,3]]]}""";
        var building = Single(File($$$"""{"a":{"type":"Building","geometry":[{{{Box}}},{{{Footprint}}}]}}"""));
        AssertOutline([(76.81, 43.21), (76.812, 43.21), (76.812, 43.211), (76.81, 43.211)], building);
        Assert.Equal("12", building.Attributes!["heightMetres"]);
    }

    [Theory]
    [InlineData("a", "b", "c")]
    [InlineData("b", "a", "c")]
    [InlineData("c", "b", "a")]
    public void PartsAreMergedIntoTheirBuildingInWhateverOrder(params string[] order)
    {
        var objects = new Dictionary<string, string>
        {
            ["a"] = """
                "a":{"type":"Building","children":["b","c"],"attributes":{"storeysAboveGround":4},
                "address":[{"ThoroughfareName":"Абай даңғылы","ThoroughfareNumber":"10"}]}
                """,
            ["b"] = $$"""
                "b":{"type":"BuildingPart","parents":["a"],"attributes":{"measuredHeight":9},"geometry":[{{Box}}]}
                """,
            ["c"] = $$"""
                "c":{"type":"BuildingPart","parents":["a"],"attributes":{"measuredHeight":12.5},"geometry":[{{EastBox}}]}
                """,
        };
        var building = Single(File("{" + string.Join(',', order.Select(id => objects[id])) + "}"));
        Assert.Equal(("12.5", "4", "Абай даңғылы, 10"), (building.Attributes!["heightMetres"],
            building.Attributes["floors"], building.Attributes["address"]));
        Assert.Equal(6, building.Outline!.Count); // two squares side by side, the edge between them gone
        Assert.Equal(76.811, building.Position.LongitudeDegrees, 9);
        Assert.Equal(43.2105, building.Position.LatitudeDegrees, 9);
    }

    [Fact]
    public void MetresOfZone43ArePlaced()
    {
        // 76.85 E 43.25 N by Snyder's forward series, see TransverseMercatorTests.
        const string Text = """
            {"type":"CityJSON","version":"2.0","transform":{"scale":[0.001,0.001,0.001],"translate":[650179.3047,4790239.0322,800]},
             "metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/32643"},
             "CityObjects":{"a":{"type":"Building","geometry":[{"type":"MultiSurface","lod":"0","boundaries":[[[0,1,2,3]]]}]}},
             "vertices":[[0,0,0],[20000,0,0],[20000,10000,0],[0,10000,0]]}
            """;
        var building = Single(Text);
        Assert.True(building.Outline![0].DistanceMetresTo(new GeoPoint(76.85, 43.25)) < 0.01);
        Assert.Equal(20, building.Outline[0].DistanceMetresTo(building.Outline[1]), tolerance: 0.1);
    }

    [Fact]
    public void OtherObjectsAreLeftOutByType()
    {
        var outcome = Import(City, ImportKind.CityJson, File(
            $$$"""{"a":{"type":"Building","geometry":[{{{Box}}}]},"r":{"type":"Road"},"t":{"type":"TINRelief"}}"""));
        AssertImported(outcome);
        Assert.Equal(["a Road, not a building", "a TINRelief, not a building"], outcome.LeftOut.Keys);
    }

    [Theory]
    [InlineData("""{"type":"CityJSON"}""", "version", "is missing")]
    [InlineData("""{"type":"CityJSON","version":"1.0"}""", "version", "is '1.0'; 1.1 and 2.0 are read")]
    [InlineData("""{"type":"CityJSON","version":"2.0"}""", "transform", "is missing")]
    [InlineData("""{"type":"CityJSON","version":"2.0","transform":{"scale":[1,1,1],"translate":[0,0]}}""", "transform.translate", "is not three numbers")]
    [InlineData("""{"type":"CityJSON","version":"2.0","transform":{"scale":[1,0,1],"translate":[0,0,0]}}""", "transform.scale", "not above 0")]
    [InlineData("""{"type":"CityJSON","version":"2.0","transform":{"scale":[1,1,1],"translate":[0,0,0]}}""", "metadata.referenceSystem", "is missing")]
    [InlineData("""{"metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/7415"}}""", "metadata.referenceSystem", "EPSG/0/7415' is not read")]
    [InlineData("""{"vertices":[[0,0,0],[0.5,0,0]]}""", "vertices[1]", "not three whole numbers")]
    [InlineData("""{"vertices":[[0,0]]}""", "vertices[0]", "not three whole numbers")]
    [InlineData("""{"vertices":[[0,0,0,0]]}""", "vertices[0]", "not three whole numbers")]
    [InlineData("""{"vertices":[7]}""", "vertices[0]", "not three whole numbers")]
    [InlineData("""{"type":"CityJSONFeature"}""", "type", "a CityJSON text sequence")]
    [InlineData("""{"type":"FeatureCollection"}""", "type", "is 'FeatureCollection', not CityJSON")]
    public void AWrongHeaderIsNamed(string text, string field, string problem) =>
        AssertRefused(Import(City, ImportKind.CityJson, text), 1, item: null, field, problem);

    [Theory]
    [InlineData("""{"type":"Building"}""", "geometry", "neither LoD 0 nor a horizontal surface")]
    [InlineData("""{"type":"Building","geometry":[{"type":"Solid","lod":"1","boundaries":[[[[0,1,99]]]]}]}""", "geometry", "names a vertex 99")]
    [InlineData("""{"type":"Building","geometry":[{"type":"Solid","lod":"1","boundaries":[[[[0,1]]]]}]}""", "geometry", "less than three vertices")]
    [InlineData("""{"type":"Building","geometry":[{"type":"Solid","lod":"1","boundaries":[[0,1,2]]}]}""", "geometry", "not nested")]
    [InlineData("""{"type":"Building","geometry":[{"type":"Solid","lod":"1"}]}""", "geometry", "without boundaries")]
    [InlineData("""{"type":"Building","geometry":[{"type":"MultiSurface","lod":"2","boundaries":[[[0,1,5,4]]]}]}""", "geometry", "neither LoD 0 nor")]
    [InlineData("""{"type":"Building","geometry":[BOX],"attributes":{"measuredHeight":"12"}}""", "attributes.measuredHeight", "is not a number")]
    [InlineData("""{"type":"Building","geometry":[BOX],"attributes":{"measuredHeight":120}}""", "attributes.measuredHeight", "120 m contradicts the geometry, which is 12 m high")]
    [InlineData("""{"type":"Building","geometry":[BOX],"attributes":{"storeysAboveGround":12}}""", "attributes.measuredHeight", "12 m contradicts 12 floors")]
    [InlineData("""{"type":"BuildingPart","geometry":[BOX]}""", "parents", "is missing")]
    [InlineData("""{"type":"BuildingPart","parents":["x"],"geometry":[BOX]}""", "parents", "'x' is not a Building of the file")]
    [InlineData("{}", "type", "is missing")]
    public void AWrongObjectIsNamed(string cityObject, string field, string problem) => AssertRefused(
        Import(City, ImportKind.CityJson, File("{\n\"a\":" + cityObject.Replace("BOX", Box, StringComparison.Ordinal) + "}")),
        3, "CityObjects[\"a\"]", field, problem);

    [Fact]
    public void DegreesWhereMetresAreDueAreRefused() => AssertRefused(
        Import(City, ImportKind.CityJson, File($$$"""{"a":{"type":"Building","geometry":[{{{Box}}}]}}""", "2.0", "EPSG/0/32643")),
        2, "CityObjects[\"a\"]", "geometry", "not metres of UTM zone 43N");

    [Fact]
    public void LatitudeFirstIsRefused()
    {
        var text = File($$$"""{"a":{"type":"Building","geometry":[{{{Box}}}]}}""")
            .Replace("[76.81,43.21,700]", "[43.21,76.81,700]", StringComparison.Ordinal);
        AssertRefused(Import(City, ImportKind.CityJson, text), 2, "CityObjects[\"a\"]", "geometry", "swapped");
    }

    private static string File(string objects, string version = "2.0", string system = "EPSG/0/4326") => $$$"""
        {"type":"CityJSON","version":"{{{version}}}","metadata":{"referenceSystem":"{{{system}}}"},
         "CityObjects":{{{objects}}},
         "vertices":{{{Vertices}}}, "transform":{"scale":[0.00001,0.00001,0.01],"translate":[76.81,43.21,700]}}
        """;

    private TwinDefinition Single(string text) =>
        AssertImported(Import(City, ImportKind.Buildings, text)).Twins
            .Single(twin => twin.ModelId == "dtmi:kz:almaty:Building;1");

    private static void AssertOutline((double Longitude, double Latitude)[] expected, TwinDefinition building)
    {
        var actual = building.Outline!.Select(point =>
            (Math.Round(point.LongitudeDegrees, 9), Math.Round(point.LatitudeDegrees, 9))).ToList();
        var first = actual.IndexOf(expected[0]);
        Assert.Equal(expected, actual.Skip(first).Concat(actual.Take(first)));
    }
}
