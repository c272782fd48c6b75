using System.Net;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The scene format ALS1 as contract §3 has it.</summary>
public sealed class SceneTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Theory]
    [InlineData("generic", 0, 0)]
    [InlineData("city", 1, 1)]
    [InlineData("district", 2, 2)]
    [InlineData("building", 3, 3)]
    [InlineData("utilityMeter", 4, 2)]
    [InlineData("feeder", 5, 1)]
    [InlineData("lightingCabinet", 6, 1)]
    [InlineData("streetlight", 7, ApiCity.Lights)]
    [InlineData("airQualitySensor", 8, 3)]
    public async Task EveryKindHasASceneOfAllItsTwins(string name, int kind, int count)
    {
        var scene = await Get(name);

        Assert.Equal(0x31534C41u, scene.Magic);
        Assert.Equal(kind, scene.Kind);
        Assert.Equal(1, scene.Version);
        Assert.Equal(count, scene.Count);
        Assert.Equal(ApiServer.Epoch, scene.Epoch);
        Assert.All(scene.Reserved, value => Assert.Equal(0, value));
        Assert.Equal(0, scene.BytesLeft);
        var expected = server.Graph.All().Where(twin => (int)server.Graph.ModelOf(twin).Kind == kind).ToList();
        Assert.Equal(expected.Select(server.Graph.IdOf), scene.Ids);
        Assert.Equal(expected.Select(twin => (uint)twin.Ordinal), scene.Handle);
        Assert.Equal(expected.Select(twin => server.Graph.ParentOf(twin).Ordinal), scene.Parent);
        Assert.Equal(expected.Select(twin => server.Graph.DistrictOf(twin).Ordinal), scene.District);
        Assert.Equal(expected.Select(twin => server.Graph.PositionOf(twin).LongitudeDegrees), scene.Longitude);
        Assert.Equal(expected.Select(twin => server.Graph.PositionOf(twin).LatitudeDegrees), scene.Latitude);
        Assert.Equal(expected.Select(twin => (ushort)server.Graph.ModelOf(twin).Index), scene.Model);
    }

    [Fact]
    public async Task TheCityHasNeitherParentNorDistrict()
    {
        var scene = await Get("city");

        Assert.Equal([-1], scene.Parent);
        Assert.Equal([-1], scene.District);
    }

    [Fact]
    public async Task ABuildingHasItsHeightItsClassAndItsOutlineInMetres()
    {
        var scene = await Get("building");

        // Its own height, nine floors of three metres, and one floor where nothing is known.
        Assert.Equal([12.5f, 27f, 3f], scene.Height);
        Assert.Equal([2, 7, 7], scene.Tag); // school; other
        Assert.Equal([0u, 4, 4, 4], scene.OutlineStart);
        // Given clockwise and closed; sent counter-clockwise and open.
        float[] expected = [10, -5, 10, 5, -10, 5, -10, -5];
        Assert.Equal(expected.Length, scene.Outline.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], scene.Outline[i], 0.001f);
        Assert.True(DoubleArea(scene.Outline) > 0);
    }

    [Fact]
    public async Task ALightHasAPoleOfEightMetresUnlessItSaysOtherwise()
    {
        var scene = await Get("streetlight");

        Assert.Equal(8f, scene.Height[0]);
        Assert.Equal(11f, scene.Height[1]);
    }

    [Fact]
    public async Task OnlyASensorThatIsCalledOfficialIsTaggedSo() =>
        Assert.Equal([0, 1, 1], (await Get("airQualitySensor")).Tag);

    [Theory]
    [InlineData("Building")]
    [InlineData("tree")]
    [InlineData("3")]
    public async Task AnUnknownKindIsNotFound(string kind) =>
        Assert.Contains($"kind: '{kind}'", await server.Problem($"/api/v1/scene/{kind}", HttpStatusCode.NotFound));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void EveryColumnIsAlignedWhateverTheCount(int count)
    {
        // Ids of growing length, so that no column happens to be a multiple of four.
        var twins = Enumerable.Range(0, count).Select(i => new TwinDefinition
        {
            Id = new string('x', i + 1), ModelId = "dtmi:kz:almaty:Streetlight;1", Position = ApiCity.At(i, i),
        });
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins);

        var file = SceneFile.Encode(graph, TwinKind.Streetlight, epoch: 1);

        Assert.Equal(0, file.Length % 4);
        var scene = new DecodedScene(file);
        Assert.Equal(0, scene.BytesLeft);
        Assert.Equal(Enumerable.Range(1, count).Select(length => new string('x', length)), scene.Ids);
    }

    [Fact]
    public async Task TheGroundIsSentWithNamesInThreeLanguages()
    {
        var features = (await server.Json("/api/v1/scene/ground")).GetProperty("features").EnumerateArray().ToList();

        Assert.Equal(
            """{"class":"avenue","points":[[76.9,43.24],[76.95,43.241]],"""
            + "\"name\":{\"en\":\"Abay Avenue\",\"ru\":\"проспект Абая\",\"kk\":\"Abay Avenue\"}}",
            features[0].GetRawText());
        Assert.Equal("""{"class":"river","points":[[76.96,43.2],[76.97,43.3]]}""", features[1].GetRawText());
        Assert.Equal(2, features.Count);
    }

    private async Task<DecodedScene> Get(string kind)
    {
        using var response = await server.Client.GetAsync($"/api/v1/scene/{kind}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.ToString());
        return new DecodedScene(await response.Content.ReadAsByteArrayAsync());
    }

    private static double DoubleArea(float[] outline)
    {
        var area = 0.0;
        for (int i = 0, j = outline.Length - 2; i < outline.Length; j = i, i += 2)
            area += outline[j] * outline[i + 1] - outline[i] * outline[j + 1];
        return area;
    }
}
