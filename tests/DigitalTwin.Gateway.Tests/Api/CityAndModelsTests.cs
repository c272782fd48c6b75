using System.Net;
using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The city at a glance and the models, as contract §4 has them.</summary>
public sealed class CityAndModelsTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task TheCitySaysWhatItIs()
    {
        var city = await server.Json("/api/v1/city");

        Assert.Equal(
            ["name", "origin", "epoch", "timeZone", "bounds", "counts", "districts", "view"], Names(city));
        Assert.Equal("Almaty", city.GetProperty("name").GetString());
        Assert.Equal("simulated", city.GetProperty("origin").GetString());
        Assert.Equal(ApiServer.Epoch, city.GetProperty("epoch").GetUInt32());
        Assert.Equal("Asia/Almaty", city.GetProperty("timeZone").GetString());
        Assert.Equal(
            "city 1, district 2, building 3, utilityMeter 2, feeder 1, lightingCabinet 1, streetlight 30, "
            + "airQualitySensor 3",
            string.Join(
                ", ", city.GetProperty("counts").EnumerateObject().Select(kind => $"{kind.Name} {kind.Value}")));
        Assert.Equal(
            """{"ionToken":"ion","tilesUrl":null,"imageryUrl":"https://tiles/{z}/{x}/{y}"}""",
            city.GetProperty("view").GetRawText());
    }

    [Fact]
    public async Task TheBoundsAreThoseOfTheDistricts()
    {
        var bounds = (await server.Json("/api/v1/city")).GetProperty("bounds").EnumerateArray()
            .Select(degrees => degrees.GetDouble()).ToArray();

        var (southWest, northEast) = (ApiCity.At(-2000, -2000), ApiCity.At(2000, 2000));
        Assert.Equal(
            [southWest.LongitudeDegrees, southWest.LatitudeDegrees, northEast.LongitudeDegrees,
                northEast.LatitudeDegrees],
            bounds);
    }

    [Fact]
    public async Task ADistrictHasAnOutlineALabelAndItsNameInThreeLanguages()
    {
        var districts = (await server.Json("/api/v1/city")).GetProperty("districts").EnumerateArray().ToList();

        Assert.Equal(2, districts.Count);
        Assert.Equal(["handle", "id", "name", "outline", "label", "approximate"], Names(districts[0]));
        Assert.Equal(server.Twin("d-almaly").Ordinal, districts[0].GetProperty("handle").GetInt32());
        Assert.Equal("d-almaly", districts[0].GetProperty("id").GetString());
        Assert.Equal(
            """{"en":"Almaly district","ru":"Алмалинский район","kk":"Almaly district"}""",
            districts[0].GetProperty("name").GetRawText());
        // Given clockwise; sent counter-clockwise: eastwards, northwards, westwards.
        var corners = districts[0].GetProperty("outline").EnumerateArray()
            .Select(corner => (Longitude: corner[0].GetDouble(), Latitude: corner[1].GetDouble())).ToList();
        Assert.Equal(4, corners.Count);
        var start = corners.IndexOf(corners.Min());
        Assert.True(corners[(start + 1) % 4].Longitude > corners[start].Longitude);
        Assert.True(corners[(start + 3) % 4].Latitude > corners[start].Latitude);
        Assert.Equal($"[{ApiCity.Longitude},{ApiCity.Latitude}]", districts[0].GetProperty("label").GetRawText());
        Assert.False(districts[0].GetProperty("approximate").GetBoolean());
        Assert.Equal("Медеу ауданы", districts[1].GetProperty("name").GetProperty("en").GetString());
        Assert.Equal(0, districts[1].GetProperty("outline").GetArrayLength());
        Assert.True(districts[1].GetProperty("approximate").GetBoolean());
    }

    [Fact]
    public async Task EveryModelIsListedAtItsIndex()
    {
        var answer = await server.Json("/api/v1/models");
        var models = answer.GetProperty("models").EnumerateArray().ToList();

        Assert.Equal(["freshness", "europeanAqi", "models"], Names(answer));
        var policy = ModelCatalog.BuiltIn.Freshness;
        Assert.Equal(
            [policy.StaleAfterIntervals, policy.LostAfterIntervals],
            answer.GetProperty("freshness").EnumerateObject().Select(interval => interval.Value.GetInt32()));
        Assert.Equal(["staleAfterIntervals", "lostAfterIntervals"], Names(answer.GetProperty("freshness")));
        Assert.Equal(140, answer.GetProperty("europeanAqi").GetProperty("upperBounds")
            .GetProperty("pm25MicrogramsPerCubicMetre")[4].GetDouble());
        Assert.Equal(ModelCatalog.BuiltIn.Models.Select(model => model.Id),
            models.Select(model => model.GetProperty("id").GetString()));
        Assert.Equal(Enumerable.Range(0, models.Count), models.Select(model => model.GetProperty("index").GetInt32()));
        Assert.All(models, model => Assert.Equal(
            ["id", "index", "kind", "displayName", "expectedIntervalSeconds", "summary", "properties", "commands",
                "commandSchemas", "relationships"],
            Names(model)));
    }

    [Fact]
    public async Task AModelSaysWhatAFrameAndAPanelNeedToKnow()
    {
        var models = (await server.Json("/api/v1/models")).GetProperty("models").EnumerateArray().ToList();
        var light = models.Single(model => model.GetProperty("id").GetString() == "dtmi:kz:almaty:Streetlight;1");

        Assert.Equal("streetlight", light.GetProperty("kind").GetString());
        Assert.Equal("""{"en":"Streetlight","ru":"Уличный светильник","kk":"Көше шамы"}""",
            light.GetProperty("displayName").GetRawText());
        Assert.Equal("""["dimLevelPercent","activePowerWatts","requestedDimPercent"]""",
            light.GetProperty("summary").GetRawText());
        Assert.Equal("""["setDimLevel"]""", light.GetProperty("commands").GetRawText());
        var dim = Assert.Single(light.GetProperty("commandSchemas").EnumerateArray());
        Assert.Equal(
            """{"name":"setDimLevel","displayName":{"en":"Set light level","ru":"Задать уровень света","kk":"Жарық деңгейін беру"},"request":{"name":"percent","displayName":{"en":"Level","ru":"Уровень","kk":"Деңгей"},"schema":"double","unit":null,"enumValues":[],"minimum":0,"maximum":100},"confirmedBy":"dimLevelPercent"}""",
            dim.GetRawText());
        var properties = light.GetProperty("properties").EnumerateArray().ToDictionary(
            property => property.GetProperty("name").GetString()!);
        Assert.Equal(
            ["name", "displayName", "role", "schema", "unit", "enumValues", "minimum", "maximum"],
            Names(properties["dimLevelPercent"]));
        Assert.Equal("telemetry", properties["dimLevelPercent"].GetProperty("role").GetString());
        Assert.Equal("double", properties["dimLevelPercent"].GetProperty("schema").GetString());
        Assert.Equal(100, properties["dimLevelPercent"].GetProperty("maximum").GetDouble());
        Assert.Equal("desired", properties["requestedDimPercent"].GetProperty("role").GetString());
        Assert.Equal(JsonValueKind.Null, properties["lampFailure"].GetProperty("maximum").ValueKind);
        var city = models.Single(model => model.GetProperty("kind").GetString() == "city");
        Assert.Equal(JsonValueKind.Null, city.GetProperty("expectedIntervalSeconds").ValueKind);
    }

    [Fact]
    public async Task EveryDtdlDocumentIsServedAsPublished()
    {
        Assert.NotEmpty(ModelCatalog.BuiltInDocuments);
        foreach (var (file, text) in ModelCatalog.BuiltInDocuments)
            Assert.Equal(text, await server.Client.GetStringAsync($"/api/v1/models/{file}"));
    }

    [Theory]
    [InlineData("Tree")]
    [InlineData("building")]
    [InlineData("..%2Fnorms%2Flimits")]
    public async Task AnUnknownDocumentIsNotFound(string file) =>
        Assert.StartsWith("file: ", await server.Problem($"/api/v1/models/{file}.json", HttpStatusCode.NotFound));

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(property => property.Name);
}
