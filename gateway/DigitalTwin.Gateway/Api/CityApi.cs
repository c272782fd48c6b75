using System.ComponentModel;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DigitalTwin.Gateway.Api;

/// <summary>The city over REST: <c>/api/v1</c>, and its description at <c>/openapi/v1.json</c>.</summary>
public static class CityApi
{
    private const string Json = "application/json";

    /// <summary>Needs engine, graph, city definition and <see cref="Push.ServerEpoch"/> in the container.</summary>
    public static IServiceCollection AddCityApi(this IServiceCollection services, CityApiOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<CityDocuments>();
        services.AddSingleton<CitySearch>();
        services.AddSingleton<LightGroups>();
        services.AddSingleton<TwinQueryReader>();
        services.AddSingleton<HistoryRequestReader>().AddSingleton<HistorySeries>().AddSingleton<AreaHistory>();
        services.AddSingleton<HistoryGate>();
        services.AddHostedService<CityWarmUp>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        services.AddCityOpenApi();
        return services;
    }

    public static void MapCityApi(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").ExcludeFromDescription();
        var api = routes.MapGroup("/api/v1").RefuseAsProblem();
        MapScene(api);
        MapCity(api);
        MapTwins(api);
    }

    private static void MapScene(RouteGroupBuilder api)
    {
        var scene = api.MapGroup("/scene").WithTags("Scene");
        scene.MapGet("/ground", Ground).WithName("GetGround")
            .WithSummary("Streets, rivers and parks: what the map draws under the twins.")
            .WithDescription("The same while the server runs; ETag and brotli.")
            .Produces<GroundAnswer>(StatusCodes.Status200OK, Json)
            .Produces(StatusCodes.Status304NotModified);
        scene.MapGet("/{kind}", Scene).WithName("GetScene")
            .WithSummary("Where the twins of a kind stand and what they look like, in columns.")
            .WithDescription("Format ALS1, contracts §3. The same while the server runs; ETag and brotli.")
            .Produces<byte[]>(StatusCodes.Status200OK, SceneFile.ContentType)
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static void MapCity(RouteGroupBuilder api)
    {
        api.MapGet("/city", City).WithName("GetCity").WithTags("City")
            .WithSummary("The city at a glance: its bounds, its districts, how many twins of each kind.")
            .Produces<CityAnswer>(StatusCodes.Status200OK, Json)
            .Produces(StatusCodes.Status304NotModified);
        api.MapGet("/models", Models).WithName("GetModels").WithTags("Models")
            .WithSummary("Every model with its properties, their units and their limits.")
            .Produces<ModelsAnswer>(StatusCodes.Status200OK, Json)
            .Produces(StatusCodes.Status304NotModified);
        api.MapGet("/models/{file}.json", Dtdl).WithName("GetModelDocument").WithTags("Models")
            .WithSummary("A model's DTDL v3 document as published.")
            .Produces<object>(StatusCodes.Status200OK, Json)
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static void MapTwins(RouteGroupBuilder api)
    {
        api.MapGet("/twins/{id}", Twin).WithName("GetTwin").WithTags("Twins")
            .WithSummary("One twin with all its latest values.")
            .Produces<TwinAnswer>(StatusCodes.Status200OK, Json)
            .ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/twins", Twins).WithName("QueryTwins").WithTags("Twins")
            .WithSummary("The twins that fit every given parameter, page by page, by ascending handle.")
            .WithDescription("Every page is of its own moment: a twin that changes meanwhile may be missed.")
            .Produces<TwinPageAnswer>(StatusCodes.Status200OK, Json)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .DescribeTwinQuery();
        api.MapGet("/search", Search).WithName("Search").WithTags("Twins")
            .WithSummary("Twins by the start of an id, by name or by address; best first.")
            .WithDescription("The exact id, ids that start so, words that start so, then the rest.")
            .Produces<SearchAnswer>(StatusCodes.Status200OK, Json)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .DescribeSearch();
    }

    private static PublishedDocument Ground(CityDocuments documents) => documents.Ground;

    private static IResult Scene(
        [Description("The kind of twin, for example building.")] string kind, CityDocuments documents) =>
        ApiNames.TryParse(kind, out TwinKind found)
            ? documents.Scene(found)
            : NotFound($"kind: '{kind}' is none of {string.Join(", ", ApiNames.Kinds)}");

    private static PublishedDocument City(CityDocuments documents) => documents.City;

    private static PublishedDocument Models(CityDocuments documents) => documents.Models;

    private static IResult Dtdl(
        [Description("The document's name, for example Building.")] string file, CityDocuments documents) =>
        (IResult?)documents.DtdlOf($"{file}.json") ?? NotFound($"file: '{file}' is not the name of a model's document");

    private static async Task<IResult> Twin(
        [Description("The twin's id.")] string id,
        ITwinEngine engine, CityGraph graph, CancellationToken cancellationToken) =>
        graph.TryFind(id, out var twin)
            ? new TwinResult(graph, await engine.GetAsync(twin, cancellationToken))
            : NotFound($"id: '{id}' is not the id of a twin");

    private static async Task<TwinPageResult> Twins(
        HttpRequest request, TwinQueryReader reader, ITwinEngine engine, CityGraph graph,
        CancellationToken cancellationToken)
    {
        var page = await engine.QueryAsync(reader.Read(request.Query), cancellationToken);
        return new TwinPageResult(graph, page);
    }

    private static Ok<SearchAnswer> Search(HttpRequest request, CitySearch search)
    {
        var query = new QueryParameters(request.Query, "q", "limit");
        var text = query.One("q")?.Trim();
        if (text is not { Length: > 0 and <= CitySearch.TextCharactersMax })
            throw new ParameterException("q", text, $"is not 1 to {CitySearch.TextCharactersMax} characters");
        var limit = query.Number("limit", 1, CitySearch.LimitMax, CitySearch.LimitDefault);
        return TypedResults.Ok(new SearchAnswer(search.Find(text, limit)));
    }

    private static ProblemHttpResult NotFound(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);
}
