using System.Text.Json;
using System.Text.Json.Serialization;
using DigitalTwin.Gateway.IotHub;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;

namespace DigitalTwin.Gateway.Api;

/// <summary>A body that cannot be taken: which member, and what it may be.</summary>
internal sealed class BodyException(string problem, int statusCode) : Exception(problem)
{
    public int StatusCode => statusCode;
}

/// <summary>Reads what an operator says with an act, strictly: a member nobody knows is a slip, not a wish.</summary>
internal static class ActBody
{
    /// <summary>Four texts of 500 characters, each written as an escape, and their names.</summary>
    public const int BytesMax = 16 * 1024;

    private const string ContentType = "application/json";

    private static readonly JsonSerializerOptions s_strict = new(ApiJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    /// <summary>The body; an absent one says nothing.</summary>
    /// <exception cref="BodyException">Too long, not JSON, or a member is none or of a wrong type.</exception>
    public static async ValueTask<T> ReadAsync<T>(
        HttpRequest request, CancellationToken cancellationToken, int bytesMax = BytesMax)
        where T : class
    {
        var body = await RequestBody.ReadAsync(request, bytesMax, cancellationToken)
            ?? throw new BodyException($"body: is longer than {bytesMax} bytes", StatusCodes.Status413PayloadTooLarge);
        // Also keeps a page of another origin from acting: a form cannot send this type.
        if (body.Length > 0 && !request.HasJsonContentType())
            throw new BodyException(
                $"content-type: is not {ContentType}", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            return JsonSerializer.Deserialize<T>(body.Length > 0 ? body : "{}"u8, s_strict)
                ?? throw new BodyException("body: is no JSON object", StatusCodes.Status400BadRequest);
        }
        catch (JsonException wrong)
        {
            var path = wrong.Path is { Length: > 2 } found ? found[2..] : "body";
            throw new BodyException(
                path == "body"
                    ? "body: is no JSON object"
                    : $"{path}: is not known here, given twice or of a wrong type",
                StatusCodes.Status400BadRequest);
        }
    }

    public static RouteHandlerBuilder DescribeBody<T>(this RouteHandlerBuilder route) =>
        route.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
            operation.RequestBody = new OpenApiRequestBody
            {
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [ContentType] = new()
                    {
                        Schema = await context.GetOrCreateSchemaAsync(typeof(T), null, cancellationToken),
                    },
                },
            });
}
