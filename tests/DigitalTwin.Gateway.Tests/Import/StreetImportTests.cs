using DigitalTwin.Gateway.Import;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Tests.Import;

/// <summary>Streets, streetlights and their cabinets from GeoJSON.</summary>
public sealed class StreetImportTests : ImportBench
{
    private const string Line = """{"type":"LineString","coordinates":[[76.81,43.21],[76.82,43.22]]}""";

    [Theory]
    [InlineData("trunk", "highway")]
    [InlineData("secondary", "avenue")]
    [InlineData("residential", "street")]
    public void AStreetIsGroundOfItsClass(string highway, string expected)
    {
        var city = AssertImported(Import(City, ImportKind.Streets,
            Collection(Feature("1", $$"""{"highway":"{{highway}}","name:en":"Abai"}""", Line))));
        var street = city.Ground.Single();
        Assert.Equal((expected, new LocalizedName("Abai", null, null)), (street.Class, street.Name));
    }

    [Fact]
    public void AMultiLineIsSeveralStreetsAndOtherPointsAreLeftOut()
    {
        var outcome = Import(City, ImportKind.Streets, Collection(
            Feature("1", "{}", """
                {"type":"MultiLineString",
                 "coordinates":[[[76.81,43.21],[76.82,43.22]],[[76.83,43.21],[76.84,43.22]]]}
                """),
            Feature("2", """{"highway":"crossing"}""", Point(76.81, 43.21))));
        Assert.Equal(2, AssertImported(outcome).Ground.Count);
        Assert.Equal(1, outcome.LeftOut["neither a line nor a streetlight"]);
    }

    [Fact]
    public void ACabinetStandsWhereTheFileSaysOrAmidItsLights()
    {
        var city = AssertImported(Import(City, ImportKind.Streets, Collection(
            Feature("l-1", """{"cabinet":"c-1","nominalPowerWatts":90}""", Point(76.92, 43.22)),
            Feature("l-2", """{"cabinet":"c-1"}""", Point(76.94, 43.24)),
            Feature("l-3", """{"cabinet":"c-2"}""", Point(76.83, 43.23)),
            Feature("c-2", """{"kind":"cabinet"}""", Point(76.82, 43.22)))));
        var made = city.Twins.Skip(City.Twins.Count).ToDictionary(twin => twin.Id);
        Assert.Equal(["c-1", "c-2", "l-1", "l-2", "l-3"], made.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(76.93, made["c-1"].Position.LongitudeDegrees, 9);
        Assert.Equal(43.23, made["c-1"].Position.LatitudeDegrees, 9);
        Assert.Equal(76.82, made["c-2"].Position.LongitudeDegrees);
        Assert.Equal(("d-east", "d-west", "c-1"), (made["c-1"].ParentId, made["c-2"].ParentId, made["l-2"].ParentId));
        Assert.Equal("90", made["l-1"].Attributes!["nominalPowerWatts"]);
    }

    [Theory]
    [InlineData("""{"highway":"street_lamp"}""", "properties.cabinet", "is missing")]
    [InlineData("""{"cabinet":"c","nominalPowerWatts":"bright"}""", "properties.nominalPowerWatts", "'bright'")]
    [InlineData("""{"cabinet":"c","nominalPowerWatts":2001}""", "properties.nominalPowerWatts", "'2001'")]
    [InlineData("""{"cabinet":"c","device":"a b"}""", "properties.device", "'a b'")]
    public void AWrongLightIsNamed(string properties, string field, string problem) => AssertRefused(
        Import(City, ImportKind.Streets, Collection(
            Feature("1", "{}", Line), Feature("l", properties, Point(76.82, 43.22)))),
        3, "features[1]", field, problem);

    [Fact]
    public void ACabinetNeedsAnId() => AssertRefused(
        Import(City, ImportKind.Streets, Collection(
            """{"type":"Feature","properties":{"kind":"cabinet"},"geometry":{"type":"Point","coordinates":[76.82,43.22]}}""")),
        2, "features[0]", "id", "is missing");

    [Fact]
    public void ALightAndItsCabinetCannotShareAnId() => AssertRefused(
        Import(City, ImportKind.Streets, Collection(Feature("x", """{"cabinet":"x"}""", Point(76.82, 43.22)))),
        2, "features[0]", "properties.cabinet", "'x' is also that of features[0]");

    [Theory]
    [InlineData("""{"type":"LineString","coordinates":[[76.81,43.21]]}""", "geometry.coordinates", "less than two positions")]
    [InlineData("""{"type":"LineString","coordinates":[[43.21,76.81],[43.22,76.82]]}""", "geometry.coordinates", "swapped")]
    [InlineData("null", "geometry", "is missing")]
    public void AWrongLineIsNamed(string geometry, string field, string problem) => AssertRefused(
        Import(City, ImportKind.Streets, Collection(Feature("1", "{}", geometry))), 2, "features[0]", field, problem);

    [Fact]
    public void LightsOutsideEveryDistrictAreLeftOutWithTheirCabinet()
    {
        var outcome = Import(City, ImportKind.Streets, Collection(
            Feature("1", "{}", Line), Feature("l", """{"cabinet":"c"}""", Point(78, 43.22))));
        AssertImported(outcome);
        Assert.Equal((1, 1), (outcome.LeftOut["cabinet outside every district"],
            outcome.LeftOut["light of a cabinet outside every district"]));
    }

    private static string Point(double longitude, double latitude) =>
        FormattableString.Invariant($"{{\"type\":\"Point\",\"coordinates\":[{longitude},{latitude}]}}");
}
