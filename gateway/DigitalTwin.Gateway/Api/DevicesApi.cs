using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Api;

/// <summary>A device as the API shows it; keys only to the one who makes it.</summary>
public sealed record DeviceAnswer(
    string DeviceId, string Status, string? PrimaryKey, string? SecondaryKey, IReadOnlyList<string> Twins);

/// <summary>What may be said of a device when it is made or changed.</summary>
public sealed record DeviceRequest(string? Status);

/// <summary>Device identities over REST: <c>/api/v1/devices</c>.</summary>
public static class DevicesApi
{
    public static void MapDevicesApi(this IEndpointRouteBuilder routes)
    {
        var devices = routes.MapGroup("/api/v1/devices").WithTags("Devices");
        devices.MapPut("/{id}", Put).WithSummary("Makes a device or changes its status; the only answer that shows its keys.");
        devices.MapGet("/{id}", Get).WithSummary("A device without its keys.");
        devices.MapDelete("/{id}", Delete).WithSummary("Deletes a device; it is disconnected at once.");
    }

    private static Results<Ok<DeviceAnswer>, Created<DeviceAnswer>, ProblemHttpResult> Put(
        string id, DeviceRequest? request, DeviceRegistry registry, CityGraph graph)
    {
        if (!CityGraphBuilder.IsValidId(id))
            return TypedResults.Problem(
                $"id: '{id}' is not 1 to {CityGraphBuilder.IdCharactersMax} of A–Z a–z 0–9 - _ . :", statusCode: 400);
        if (!Enum.TryParse<DeviceStatus>(request?.Status ?? "enabled", ignoreCase: true, out var status)
            || !Enum.IsDefined(status))
            return TypedResults.Problem($"status: '{request?.Status}' is neither enabled nor disabled", statusCode: 400);
        var identity = registry.Put(id, status, out var created);
        var answer = Answer(identity, graph) with
        {
            PrimaryKey = Convert.ToBase64String(identity.PrimaryKey),
            SecondaryKey = Convert.ToBase64String(identity.SecondaryKey),
        };
        return created ? TypedResults.Created($"/api/v1/devices/{id}", answer) : TypedResults.Ok(answer);
    }

    private static Results<Ok<DeviceAnswer>, NotFound> Get(string id, DeviceRegistry registry, CityGraph graph) =>
        registry.TryGet(id, out var identity) ? TypedResults.Ok(Answer(identity, graph)) : TypedResults.NotFound();

    private static Results<NoContent, NotFound> Delete(string id, DeviceRegistry registry) =>
        registry.Delete(id) ? TypedResults.NoContent() : TypedResults.NotFound();

    private static DeviceAnswer Answer(DeviceIdentity identity, CityGraph graph) => new(
        identity.Id, identity.Status == DeviceStatus.Enabled ? "enabled" : "disabled", null, null,
        [.. graph.All().Where(twin => graph.MaySpeakFor(identity.Id, twin)).Select(graph.IdOf)]);
}
