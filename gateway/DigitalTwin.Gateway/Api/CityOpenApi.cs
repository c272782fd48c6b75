using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace DigitalTwin.Gateway.Api;

/// <summary>The OpenAPI 3.1 description; declares what the handlers read from the query string by hand.</summary>
internal static class CityOpenApi
{
    public const string DocumentName = "v1";

    public static void AddCityOpenApi(this IServiceCollection services) =>
        services.AddOpenApi(DocumentName, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "City digital twin",
                    Version = "1",
                    Description = "Where the city's objects stand and how they are. "
                        + "Errors are problem documents (RFC 9457).",
                };
                return Task.CompletedTask;
            });
        });

    public static void DescribeTwinQuery(this RouteHandlerBuilder route) => route.AddOpenApiOperationTransformer(
        (operation, _, _) =>
        {
            operation.Parameters =
            [
                Query("kind", "Only twins of these kinds.", ArrayOf(Names(ApiNames.Kinds))),
                Query("model", "Only twins of this DTDL model.", Text()),
                Query("district", "Only twins of the district with this id.", Text()),
                Query("parent", "Only direct children of the twin with this id.", Text()),
                Query("bbox", "Only twins within west,south,east,north in degrees, edges included.", Text()),
                Query(
                    "where", "Only twins with such a latest value: a name, one of = != < <= > >= and a value, "
                    + $"for example dimLevelPercent>50. At most {TwinQueryReader.ConditionsMax}.", ArrayOf(Text())),
                Query("freshness", "Only twins that are so current.", Names(ApiNames.FreshnessNames)),
                Query("after", "Only twins that come after this id: next of the page before.", Text()),
                Query(
                    "limit", "Twins on a page.", Number(TwinQueryReader.LimitMax, TwinQueryReader.LimitDefault)),
            ];
            return Task.CompletedTask;
        });

    public static void DescribeSearch(this RouteHandlerBuilder route) => route.AddOpenApiOperationTransformer(
        (operation, _, _) =>
        {
            var text = Text();
            text.MinLength = 1;
            text.MaxLength = CitySearch.TextCharactersMax;
            operation.Parameters =
            [
                new OpenApiParameter
                {
                    Name = "q", In = ParameterLocation.Query, Required = true, Schema = text,
                    Description = "The start of an id, or part of a name or an address; case does not matter.",
                },
                Query("limit", "How many at most.", Number(CitySearch.LimitMax, CitySearch.LimitDefault)),
            ];
            return Task.CompletedTask;
        });

    internal static OpenApiParameter Query(string name, string description, OpenApiSchema schema) => new()
    {
        Name = name,
        In = ParameterLocation.Query,
        Description = description,
        Schema = schema,
        Explode = true,
    };

    internal static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    internal static OpenApiSchema Names(IReadOnlyList<string> names) => new()
    {
        Type = JsonSchemaType.String,
        Enum = [.. names.Select(name => JsonValue.Create(name))],
    };

    private static OpenApiSchema ArrayOf(OpenApiSchema items) => new() { Type = JsonSchemaType.Array, Items = items };

    internal static OpenApiSchema Number(int maximum, int fallback) => new()
    {
        Type = JsonSchemaType.Integer,
        Minimum = "1",
        Maximum = maximum.ToString(CultureInfo.InvariantCulture),
        Default = JsonValue.Create(fallback),
    };
}
