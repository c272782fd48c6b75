using DigitalTwin.Gateway.Import;

namespace DigitalTwin.Gateway.Tests.Import;

/// <summary>A broken GeoJSON file names line, feature and field, and imports nothing.</summary>
public sealed class RefusedImportTests : ImportBench
{
    private const string Coordinates = "geometry.coordinates";

    [Theory]
    [InlineData("[[[143.2,76.9],[143.3,76.9],[143.3,77],[143.2,76.9]],[[0,0]]]", "")] // on the globe, elsewhere: left out
    [InlineData("[[[76.81,143.2],[76.82,43.2],[76.82,43.3],[76.81,143.2]]]", "(76.81, 143.2) is off the globe")]
    [InlineData("[[[655861,4790367],[655871,4790367],[655871,4790377],[655861,4790367]]]", "looks like metres of a projection")]
    [InlineData("[[[43.21,76.81],[43.21,76.82],[43.22,76.82],[43.21,76.81]]]", "latitude and longitude swapped")]
    [InlineData("[[[76.81,43.21],[76.82,43.21],[76.81,43.21]]]", "a ring of less than three vertices")]
    [InlineData("[[[76.81,43.21],[76.82,43.21],[76.82,43.21],[76.81,43.21]]]", "a ring of less than three vertices")]
    [InlineData("[[[76.81,43.21],[76.82,43.21],[76.82,43.22],[76.81,43.22]]]", "not closed")]
    [InlineData("[[[76.81,43.21],[76.82,43.21],[76.83,43.21],[76.81,43.21]]]", "less than a square metre")]
    [InlineData("[[[76.81],[76.82,43.21],[76.82,43.22],[76.81]]]", "not [longitude, latitude]")]
    [InlineData("[[[\"76.81\",43.21],[76.82,43.21],[76.82,43.22],[\"76.81\",43.21]]]", "not [longitude, latitude]")]
    [InlineData("[[76.81,43.21],[76.82,43.21],[76.82,43.22]]", "not [longitude, latitude]")]
    [InlineData("[[]]", "less than three vertices")]
    [InlineData("[]", "a polygon without a ring")]
    [InlineData("7", "missing or not an array")]
    public void AWrongRingIsNamed(string coordinates, string problem)
    {
        var outcome = Import(City, ImportKind.Buildings, Collection(
            Feature("1", "{}", Square(76.81, 43.21)),
            $"{{\"type\":\"Feature\",\n\"geometry\":{{\"type\":\"Polygon\",\n\"coordinates\":{coordinates}}}}}"));
        if (problem.Length == 0)
            AssertImported(outcome);
        else
            AssertRefused(outcome, 5, "features[1]", Coordinates, problem);
    }

    [Theory]
    [InlineData("""{"height":"tall"}""", "properties.height", "'tall' is not a number")]
    [InlineData("""{"height":"-3"}""", "properties.height", "'-3' is not a number")]
    [InlineData("""{"height":0}""", "properties.height", "0 m is not between 0 and 1000")]
    [InlineData("""{"height":1200}""", "properties.height", "1200 m is not between 0 and 1000")]
    [InlineData("""{"height":"1e3"}""", "properties.height", "'1e3' is not a number")]
    [InlineData("""{"building:levels":"five"}""", "properties.building:levels", "'five' is not a number")]
    [InlineData("""{"building:levels":201}""", "properties.building:levels", "201 is not between 0 and 200")]
    [InlineData("""{"height":6,"building:levels":9}""", "properties.height", "6 m contradicts 9 floors")]
    [InlineData("""{"height":6,"min_height":6}""", "properties.min_height", "6 m is not below the height of 6 m")]
    [InlineData("""{"name":"\ud83d"}""", "properties.name", "half a character")]
    public void AWrongPropertyIsNamed(string properties, string field, string problem) => AssertRefused(
        Import(City, ImportKind.Buildings, Collection(Feature("1", properties, Square(76.81, 43.21)))),
        2, "features[0]", field, problem);

    [Fact]
    public void APropertysOwnLineIsNamed() => AssertRefused(
        Import(City, ImportKind.Buildings, Collection(
            Feature("1", "{\n\"building\":\"yes\",\n\"height\":\"tall\"}", Square(76.81, 43.21)))),
        4, "features[0]", "properties.height", "'tall'");

    [Theory]
    [InlineData("", 1, "byte 1 of the line", "is not JSON")]
    [InlineData("{\"type\":\"FeatureCollection\",\n\"features\":[\n{]}", 3, "byte 2 of the line", "is not JSON")]
    [InlineData("{\"type\":\"FeatureCollection\",\n\"features\":[\n{\"type\":", 3, "byte 9 of the line", "is not JSON")]
    [InlineData("{\"type\":\"FeatureCollection\",\n\"features\":[]}\n{}", 3, "byte 1 of the line", "is not JSON")]
    [InlineData("[]", 1, "type", "not a GeoJSON object")]
    [InlineData("{\n\"type\":\"Feature\"}", 2, "type", "a GeoJSON import is a FeatureCollection")]
    [InlineData("{\n\"features\":[]}", 2, "type", "is missing")]
    [InlineData("{\"type\":\"FeatureCollection\"}", 1, "features", "is missing")]
    [InlineData("{\"type\":\"FeatureCollection\",\n\"features\":{}}", 2, "features", "is not an array")]
    [InlineData("{\"type\":\"FeatureCollection\",\"features\":[]}", 1, "features", "holds no building")]
    [InlineData("{\"type\":\"FeatureCollection\",\n\"crs\":{\"name\":\"EPSG:3857\"},\"features\":[]}", 2, "crs", "is not WGS 84")]
    public void AWrongFileIsNamed(string text, long line, string field, string problem) =>
        AssertRefused(Import(City, ImportKind.Buildings, text), line, item: null, field, problem);

    [Theory]
    [InlineData("7", "type", "is not \"Feature\"")]
    [InlineData("{\"type\":\"Building\"}", "type", "is not \"Feature\"")]
    [InlineData("{\"type\":\"Feature\",\"geometry\":null}", Coordinates, "missing")]
    public void AWrongFeatureIsNamed(string feature, string field, string problem) =>
        AssertRefused(Import(City, ImportKind.Buildings, Collection(feature)), 2, "features[0]", field, problem);

    [Fact]
    public void InvalidUtf8IsNamed()
    {
        byte[] text = [.. "{\"type\":\"FeatureCollection\",\"features\":[\n{\"type\":\"Feature\",\"id\":\""u8,
            0xC3, 0x28, .. "\"}]}"u8];
        AssertRefused(Import(City, ImportKind.Buildings, text), 2, "features[0]", "feature", "is not valid UTF-8");
    }

    [Fact]
    public void AnIdUsedTwiceNamesBothPlaces() => AssertRefused(
        Import(City, ImportKind.Buildings, Collection(
            Feature("a", "{}", Square(76.81, 43.21)), Feature("a", "{}", Square(76.82, 43.21)))),
        3, "features[1]", "id", "'a' is also that of features[0] in line 2");

    [Fact]
    public void AnIdOfAnotherKindIsNotTaken() => AssertRefused(
        Import(City, ImportKind.Buildings, Collection(Feature("d-west", "{}", Square(76.81, 43.21)))),
        2, "features[0]", "id", "'d-west' is taken by a District of the city");

    [Fact]
    public void BuildingsNeedDistricts() => AssertRefused(
        Import(EmptyCity, ImportKind.Buildings,
            Collection(Feature("1", "{}", Square(76.81, 43.21)))),
        0, item: null, "city", "import districts first");

    [Theory]
    [InlineData("{}", "Polygon", "properties.name", "is missing")]
    [InlineData("""{"name":"A","population":"many"}""", "Polygon", "properties.population", "'many' is not a whole number")]
    [InlineData("""{"name":"A"}""", "LineString", "geometry", "Polygon or MultiPolygon")]
    public void AWrongDistrictIsNamed(string properties, string type, string field, string problem) => AssertRefused(
        Import(City, ImportKind.Districts, Collection(Feature("a", properties,
            Square(76.81, 43.21).Replace("Polygon", type, StringComparison.Ordinal)))),
        2, "features[0]", field, problem);

    [Fact]
    public void SwappedAxesAreSeenInAnEmptyCityToo() => AssertRefused(
        Import(EmptyCity, ImportKind.Districts,
            Collection(Feature("a", """{"name":"A"}""", Square(43.2, 76.8)))),
        2, "features[0]", Coordinates, "swapped");

    [Fact]
    public void AtMostTwentyErrorsAreListedInTheirOrder()
    {
        var features = Enumerable.Range(0, 30).Select(i => Feature($"{i}", "{\"height\":\"x\"}", Square(76.81, 43.21)));
        var outcome = Import(City, ImportKind.Buildings, Collection([.. features]));
        Assert.Null(outcome.City);
        Assert.Equal(Enumerable.Range(2, 20).Select(line => (long)line), outcome.Errors.Select(error => error.Line));
        Assert.Equal("line 2, features[0], properties.height: 'x' is not a number", outcome.Errors[0].ToString());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(9)]
    public void AFeatureOverTheBoundIsRefused(int mebibytes)
    {
        var huge = new string('x', mebibytes * 1024 * 1024);
        var outcome = Import(City, ImportKind.Buildings, Collection(
            Feature("1", "{}", Square(76.81, 43.21)), Feature("2", $"{{\"note\":\"{huge}\"}}", Square(76.81, 43.21))));
        AssertRefused(outcome, 3, item: null, "size", "larger than 4 MiB");
    }
}
