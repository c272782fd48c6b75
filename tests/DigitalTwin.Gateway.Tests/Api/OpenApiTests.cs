using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The description says everything that the API does.</summary>
public sealed class OpenApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task EveryPathIsDescribedWithSummaryTagAndAnswer()
    {
        var document = await server.Json("/openapi/v1.json");

        Assert.StartsWith("3.1.", document.GetProperty("openapi").GetString());
        var paths = document.GetProperty("paths");
        Assert.Equal(
            ["/api/v1/city", "/api/v1/models", "/api/v1/models/{file}.json", "/api/v1/scene/ground",
                "/api/v1/scene/{kind}", "/api/v1/search", "/api/v1/twins", "/api/v1/twins/{id}"],
            paths.EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        foreach (var path in paths.EnumerateObject())
        {
            var get = path.Value.GetProperty("get");
            Assert.NotEmpty(get.GetProperty("summary").GetString()!);
            Assert.Equal(1, get.GetProperty("tags").GetArrayLength());
            Assert.NotEmpty(get.GetProperty("operationId").GetString()!);
            Assert.True(get.GetProperty("responses").GetProperty("200").TryGetProperty("content", out _), path.Name);
        }
    }

    [Theory]
    [InlineData("/api/v1/twins", "kind model district parent bbox where freshness after limit")]
    [InlineData("/api/v1/search", "q limit")]
    [InlineData("/api/v1/twins/{id}", "id")]
    [InlineData("/api/v1/scene/{kind}", "kind")]
    [InlineData("/api/v1/models/{file}.json", "file")]
    public async Task EveryParameterIsDescribed(string path, string names)
    {
        var parameters = (await server.Json("/openapi/v1.json")).GetProperty("paths").GetProperty(path)
            .GetProperty("get").GetProperty("parameters").EnumerateArray().ToList();

        Assert.Equal(names.Split(' '), parameters.Select(parameter => parameter.GetProperty("name").GetString()));
        Assert.All(parameters, parameter =>
        {
            Assert.NotEmpty(parameter.GetProperty("description").GetString()!);
            Assert.True(parameter.GetProperty("schema").TryGetProperty("type", out _));
        });
    }

    [Fact]
    public async Task TheLimitOfAPageIsDeclared()
    {
        var limit = (await server.Json("/openapi/v1.json")).GetProperty("paths").GetProperty("/api/v1/twins")
            .GetProperty("get").GetProperty("parameters").EnumerateArray().Last().GetProperty("schema");

        Assert.Equal("integer", limit.GetProperty("type").GetString());
        Assert.Equal(1, limit.GetProperty("minimum").GetInt32());
        Assert.Equal(1000, limit.GetProperty("maximum").GetInt32());
    }

    [Fact]
    public async Task WhatMayBeAbsentIsNotDeclaredAsRequired()
    {
        var feature = (await server.Json("/openapi/v1.json")).GetProperty("components").GetProperty("schemas")
            .GetProperty("GroundFeatureAnswer");

        Assert.Equal(
            ["class", "points"], feature.GetProperty("required").EnumerateArray().Select(name => name.GetString()));
        Assert.True(feature.GetProperty("properties").TryGetProperty("name", out _));
    }

    [Fact]
    public async Task EveryReferenceLeadsSomewhere()
    {
        var document = await server.Json("/openapi/v1.json");
        var references = new List<string>();
        Collect(document, references);

        Assert.NotEmpty(references);
        Assert.All(references, reference =>
        {
            var at = document;
            foreach (var name in reference.TrimStart('#', '/').Split('/'))
                Assert.True(at.TryGetProperty(name, out at), reference);
        });
    }

    private static void Collect(JsonElement element, List<string> references)
    {
        if (element.ValueKind == JsonValueKind.Array)
            foreach (var item in element.EnumerateArray())
                Collect(item, references);
        if (element.ValueKind != JsonValueKind.Object)
            return;
        foreach (var property in element.EnumerateObject())
            if (property.NameEquals("$ref"))
                references.Add(property.Value.GetString()!);
            else
                Collect(property.Value, references);
    }
}
