using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using DigitalTwin.Gateway.Api;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>One twin and pages of twins, and every parameter that they take.</summary>
public sealed class TwinQueryTests(ApiServer server) : IClassFixture<ApiServer>
{
    private static readonly JsonSerializerOptions s_strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    [Fact]
    public async Task ATwinIsSentAsTheOpenApiDocumentSays()
    {
        using var response = await server.Client.GetAsync("/api/v1/twins/b-1-e");

        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        // Strict: a member too many or too few is an error.
        var twin = JsonSerializer.Deserialize<TwinAnswer>(await response.Content.ReadAsStringAsync(), s_strict)!;
        Assert.Equal(server.Twin("b-1-e").Ordinal, twin.Handle);
        Assert.Equal(412.5, twin.Values["activePowerWatts"].Value.GetDouble());
        Assert.Equal(ApiServer.Now.ToDateTimeOffset(), twin.State.MeasuredAt);
        Assert.Equal(1u, twin.State.Revision);
    }

    [Fact]
    public async Task CyrillicIsNotEscaped() =>
        Assert.Contains("Школа №5", await server.Client.GetStringAsync("/api/v1/twins/b-1"));

    [Fact]
    public async Task AnUnknownTwinIsNotFound() =>
        Assert.Equal(
            "id: 'nobody' is not the id of a twin",
            await server.Problem("/api/v1/twins/nobody", HttpStatusCode.NotFound));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(43)]
    [InlineData(1000)]
    public async Task ThePagesTogetherHaveEveryTwinOnce(int limit)
    {
        var seen = new List<string>();
        for (string? after = null; ;)
        {
            var page = await Page($"limit={limit}" + (after is null ? "" : $"&after={after}"));
            Assert.InRange(page.Twins.Count, 1, limit);
            seen.AddRange(page.Twins.Select(twin => twin.Id));
            if (page.Next is null)
                break;
            Assert.Equal(seen[^1], page.Next);
            after = page.Next;
        }

        Assert.Equal(server.Graph.All().Select(server.Graph.IdOf), seen);
    }

    [Theory]
    [InlineData("kind=district", "d-almaly d-medeu")]
    [InlineData("kind=district&kind=city", "almaty d-almaly d-medeu")]
    [InlineData("model=dtmi:kz:almaty:ColdWaterMeter;1", "b-1-c")]
    [InlineData("kind=building&district=d-medeu", "b-3")]
    [InlineData("parent=b-1", "b-1-e b-1-c")]
    [InlineData("where=dimLevelPercent%3E27", "l-028 l-029")]
    [InlineData("where=dimLevelPercent%3E%3D27&where=dimLevelPercent%3C29", "l-027 l-028")]
    [InlineData("where=dimLevelPercent=4", "l-004")]
    [InlineData("where=dimLevelPercent%3C=1", "l-000 l-001")]
    [InlineData("where=lampFailure=true", "l-003")]
    [InlineData("where=lampFailure!=false", "l-003")]
    [InlineData("kind=utilityMeter&freshness=live", "b-1-e")]
    [InlineData("kind=utilityMeter&freshness=neverReported", "b-1-c")]
    [InlineData("kind=streetlight&freshness=stale", "")]
    [InlineData("kind=streetlight&after=l-027", "l-028 l-029")]
    [InlineData("kind=building&bbox=76.96,43.2,77.0,43.3", "b-3")]
    public async Task EachParameterNarrows(string query, string ids)
    {
        var page = await Page(query);

        Assert.Equal(ids.Split(' ', StringSplitOptions.RemoveEmptyEntries), page.Twins.Select(twin => twin.Id));
        Assert.Null(page.Next);
    }

    [Theory]
    [InlineData("kind=tree", "kind: 'tree' is none of generic, city, district")]
    [InlineData("kind=Building", "kind: 'Building'")]
    [InlineData("kind=", "kind: ''")]
    [InlineData("model=dtmi:tree;1", "model: 'dtmi:tree;1'")]
    [InlineData("model=dtmi:kz:almaty:City;1&model=dtmi:kz:almaty:City;1", "model: ")]
    [InlineData("district=nowhere", "district: 'nowhere'")]
    [InlineData("district=b-1", "district: 'b-1' is the id of a twin that is not a district")]
    [InlineData("parent=nobody", "parent: 'nobody'")]
    [InlineData("after=nobody", "after: 'nobody'")]
    [InlineData("bbox=1,2,3", "bbox: '1,2,3'")]
    [InlineData("bbox=1,2,3,4,5", "bbox: '1,2,3,4,5'")]
    [InlineData("bbox=1,2,3,x", "bbox: '1,2,3,x'")]
    [InlineData("bbox=3,2,1,4", "bbox: '3,2,1,4'")]
    [InlineData("bbox=1,4,3,2", "bbox: '1,4,3,2'")]
    [InlineData("bbox=1,2,3,91", "bbox: '1,2,3,91'")]
    [InlineData("bbox=NaN,2,3,4", "bbox: 'NaN,2,3,4'")]
    [InlineData("where=dimLevelPercent", "where: 'dimLevelPercent' is not a name, one of = != < <= > >= and a value")]
    [InlineData("where=%3E5", "where: '>5'")]
    [InlineData("where=dimLevelPercent!5", "where: 'dimLevelPercent!5' is not a name")]
    [InlineData("where=dimLevelPercent%3Ex", "where: 'dimLevelPercent>x' needs a number after >")]
    [InlineData("where=dimLevelPercent=NaN", "where: 'dimLevelPercent=NaN' needs a number after =")]
    [InlineData("where=brightness=5", "where: 'brightness=5' names nothing")]
    [InlineData("where=address=x", "where: 'address=x' names nothing")]
    [InlineData("kind=building&where=dimLevelPercent=5", "where: 'dimLevelPercent=5' names nothing")]
    [InlineData("where=lampFailure=1", "where: 'lampFailure=1' needs true or false after =")]
    [InlineData("where=lampFailure%3Etrue", "where: 'lampFailure>true' compares what has no order")]
    [InlineData("where=grade=best", "where: 'grade=best' needs one of official, indicative after =")]
    [InlineData("where=a=1&where=a=1&where=a=1&where=a=1&where=a=1&where=a=1&where=a=1&where=a=1&where=a=1", "where: ")]
    [InlineData("freshness=fresh", "freshness: 'fresh' is none of neverReported, live, stale, lost")]
    [InlineData("limit=0", "limit: '0' is not a whole number from 1 to 1000")]
    [InlineData("limit=1001", "limit: '1001'")]
    [InlineData("limit=-5", "limit: '-5'")]
    [InlineData("limit=1e2", "limit: '1e2'")]
    [InlineData("limit=", "limit: ''")]
    [InlineData("limit=99999999999", "limit: '99999999999'")]
    [InlineData("limit=1&limit=2", "limit: '1,2' is given more than once")]
    [InlineData("kinds=building", "kinds: 'building' is not a parameter here; there are kind, model")]
    public async Task ABadParameterIsNamedWithItsValueAndTheLimit(string query, string problem) =>
        Assert.StartsWith(problem, await server.Problem($"/api/v1/twins?{query}", HttpStatusCode.BadRequest));

    [Fact]
    public async Task AnOverlongValueIsNotEchoedWhole()
    {
        var problem = await server.Problem($"/api/v1/twins?parent={new string('x', 5000)}", HttpStatusCode.BadRequest);

        Assert.StartsWith("parent: 'xxx", problem);
        Assert.InRange(problem.Length, 100, 200);
    }

    private async Task<TwinPageAnswer> Page(string query) =>
        (await server.Json($"/api/v1/twins?{query}")).Deserialize<TwinPageAnswer>(s_strict)!;
}
