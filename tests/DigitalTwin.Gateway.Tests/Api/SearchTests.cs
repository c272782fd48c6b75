using System.Net;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>What a search finds, and in which order.</summary>
public sealed class SearchTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task AHitSaysWhatItIsAndWhere()
    {
        var hit = (await Results("q=B-1"))[0];

        Assert.Equal(
            ["id", "kind", "model", "title", "subtitle", "position", "handle"],
            hit.EnumerateObject().Select(property => property.Name));
        Assert.Equal("b-1", hit.GetProperty("id").GetString());
        Assert.Equal("building", hit.GetProperty("kind").GetString());
        Assert.Equal("dtmi:kz:almaty:Building;1", hit.GetProperty("model").GetString());
        Assert.Equal("Школа №5", hit.GetProperty("title").GetString());
        Assert.Equal("Abay Avenue, 10", hit.GetProperty("subtitle").GetString());
        Assert.Equal($"[{ApiCity.Longitude},{ApiCity.Latitude}]", hit.GetProperty("position").GetRawText());
        Assert.Equal(server.Twin("b-1").Ordinal, hit.GetProperty("handle").GetInt32());
    }

    [Theory]
    [InlineData("b-1", "b-1 b-1-c b-1-e")] // the exact id, then those that start so
    [InlineData("B-1-E", "b-1-e")]
    [InlineData("abay", "b-1")]
    [InlineData("abay avenue 10", "b-1")] // a comma in the address does not matter
    [InlineData("  ABAY   avenue, ", "b-1")]
    [InlineData("avenue", "b-1 b-3")] // the second word counts as well as the first
    [InlineData("школа", "b-1")]
    [InlineData("АЛМАЛИ", "d-almaly")]
    [InlineData("медеу", "d-medeu")]
    [InlineData("10", "b-1 b-3")]
    [InlineData("nobody", "")]
    [InlineData("!", "")]
    public async Task ItFindsByIdNameAndAddress(string text, string ids) =>
        Assert.Equal(ids.Split(' ', StringSplitOptions.RemoveEmptyEntries), await Ids(text));

    [Fact]
    public void TheStartOfAnIdGoesBeforeAWordAndAWordBeforeItsMiddle()
    {
        var definitions = new[]
        {
            Light("x-1", "Grand avenue"), Light("x-2", "Ferran street"), Light("x-3", "North Ran street"),
            Light("ran-7", null), Light("RAN", null), Light("ranch", null),
        };
        var search = new CitySearch(CityGraphBuilder.Build(ModelCatalog.BuiltIn, definitions));

        Assert.Equal(["RAN", "ran-7", "ranch", "x-3", "x-1", "x-2"], search.Find("ran", 50).Select(hit => hit.Id));
        Assert.Equal(["RAN", "ran-7", "ranch", "x-3"], search.Find("ran", 4).Select(hit => hit.Id));
        Assert.Equal(["RAN"], search.Find("ran", 1).Select(hit => hit.Id));
    }

    [Fact]
    public async Task TheTitleIsInTheLanguageThatWasAskedIn()
    {
        Assert.Equal("Алмалинский район", (await Results("q=район"))[0].GetProperty("title").GetString());
        Assert.Equal("Almaly district", (await Results("q=district"))[0].GetProperty("title").GetString());
    }

    [Theory]
    [InlineData("b-1-e", "Школа №5")] // a meter is in its building
    [InlineData("cab-1", "Almaly district")]
    [InlineData("b-2", "Almaly district")] // its address is the title already
    [InlineData("l-000", "Almaly district")] // its cabinet has no name
    public async Task TheSubtitleSaysWhereATwinIs(string id, string subtitle) =>
        Assert.Equal(subtitle, (await Results($"q={id}"))[0].GetProperty("subtitle").GetString());

    [Fact]
    public async Task AtMostAsManyAsAskedForAreFound()
    {
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"l-{i:000}"), await Ids("l-0", "&limit=5"));
        Assert.Equal(ApiCity.Lights, (await Ids("l-0", "&limit=50")).Count);
        Assert.Equal(20, (await Ids("l-0")).Count);
    }

    [Fact]
    public void AYoFindsAYe()
    {
        var search = new CitySearch(CityGraphBuilder.Build(ModelCatalog.BuiltIn, [Light("x", "улица Берёзовая")]));

        Assert.Single(search.Find("березовая", 10));
        Assert.Single(search.Find("БЕРЁЗОВАЯ", 10));
    }

    [Theory]
    [InlineData("", "q: '' is not 1 to 100 characters")]
    [InlineData("q=", "q: ''")]
    [InlineData("q=%20%20", "q: ''")]
    [InlineData("q=a&q=b", "q: 'a,b' is given more than once")]
    [InlineData("q=a&limit=0", "limit: '0' is not a whole number from 1 to 50")]
    [InlineData("q=a&limit=51", "limit: '51'")]
    [InlineData("q=a&max=5", "max: '5' is not a parameter here; there are q, limit")]
    public async Task ABadParameterIsRefused(string query, string problem) =>
        Assert.StartsWith(problem, await server.Problem($"/api/v1/search?{query}", HttpStatusCode.BadRequest));

    [Fact]
    public async Task AnOverlongTextIsRefused()
    {
        await server.Json($"/api/v1/search?q={new string('x', 100)}");

        Assert.StartsWith("q: 'xxx",
            await server.Problem($"/api/v1/search?q={new string('x', 101)}", HttpStatusCode.BadRequest));
    }

    private async Task<List<JsonElement>> Results(string query) =>
        [.. (await server.Json($"/api/v1/search?{query}")).GetProperty("results").EnumerateArray()];

    private async Task<List<string?>> Ids(string text, string more = "") =>
        [.. (await Results($"q={Uri.EscapeDataString(text)}{more}")).Select(hit => hit.GetProperty("id").GetString())];

    private static TwinDefinition Light(string id, string? address) => new()
    {
        Id = id,
        ModelId = "dtmi:kz:almaty:Streetlight;1",
        Position = ApiCity.At(0, 0),
        Attributes = address is null ? null : new Dictionary<string, string> { ["address"] = address },
    };
}
