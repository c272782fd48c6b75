using System.Text.Json;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>
/// Takes the requests of network servers. 204: taken, and on disk. 202: understood, and nothing of it taken, with the
/// reason; The Things Stack switches a webhook off after a few other answers in a row, and one device that the city
/// does not know must not cost it those that it does.
/// </summary>
internal sealed class Webhook(
    NetworkServers servers, LoRaWanIngest ingest, RejectList rejects, LoRaWanLimits limits)
{
    private const int DepthMax = 32;

    public async Task<IResult> ChirpStackAsync(HttpContext context, string? eventName)
    {
        if (Authenticate(context, NetworkServerKind.ChirpStack, out var server) is { } refused)
            return refused;
        if (eventName is null || !ChirpStackEvents.Names.Contains(eventName))
            return Refuse(
                RejectReason.BadTopic, server,
                $"event: '{eventName}' is none of {string.Join(", ", ChirpStackEvents.Names)}");
        return await TakeAsync(context, server, (JsonElement body, out string? problem) =>
            ChirpStackEvents.Read(eventName, body, limits, out problem));
    }

    public async Task<IResult> ThingsStackAsync(HttpContext context, string path)
    {
        if (Authenticate(context, NetworkServerKind.ThingsStack, out var server) is { } refused)
            return refused;
        if (!ThingsStackEvents.Paths.Contains(path))
            return Refuse(
                RejectReason.BadTopic, server,
                $"path: '{path}' is none of {string.Join(", ", ThingsStackEvents.Paths)}");
        var headers = context.Request.Headers;
        var pushUrl = (string?)headers["X-Downlink-Push"];
        var apiKey = (string?)headers["X-Downlink-Apikey"];
        return await TakeAsync(context, server, (JsonElement body, out string? problem) =>
            ThingsStackEvents.Read(path, body, pushUrl, apiKey, limits, out problem));
    }

    private delegate NetworkEvent? EventReader(JsonElement body, out string? problem);

    private async Task<IResult> TakeAsync(HttpContext context, NetworkServer server, EventReader read)
    {
        var body = await RequestBody.ReadAsync(context.Request, limits.EventBytesMax, context.RequestAborted);
        if (body is null)
            return Refuse(RejectReason.PacketTooLarge, server, $"at most {limits.EventBytesMax} bytes");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = DepthMax });
        }
        catch (JsonException)
        {
            // ChirpStack also speaks Protocol Buffers; JSON is a choice in its integration.
            return Refuse(RejectReason.MalformedJson, server, "body: is not JSON", body);
        }

        using (document)
        {
            if (read(document.RootElement, out var problem) is not { } happened)
                return Refuse(RejectReason.WrongType, server, problem!, body);
            return await ingest.TakeAsync(happened, server) is { } notTaken
                ? TypedResults.Json(
                    new NotTakenAnswer(Taken: false, RejectReasons.NameOf(notTaken.Reason), notTaken.Detail),
                    statusCode: StatusCodes.Status202Accepted)
                : TypedResults.NoContent();
        }
    }

    private ProblemHttpResult? Authenticate(HttpContext context, NetworkServerKind kind, out NetworkServer server)
    {
        server = servers.Authenticate(context.Request.Headers.Authorization)!;
        return server is null
            ? Refuse(RejectReason.BadCredentials, null, "Authorization: is no network server's secret")
            : server.Kind != kind ? Refuse(RejectReason.ForeignDevice, server, $"'{server.Name}' is not of this kind")
            : null;
    }

    private ProblemHttpResult Refuse(RejectReason reason, NetworkServer? server, string detail, byte[]? body = null)
    {
        if (rejects.Count(reason, server?.Name))
            rejects.Keep(
                reason, IngestTransport.LoRaWan, server?.Name, twinId: null, detail,
                body is null ? "" : Excerpt.Of(body, new GatewayLimits().ExcerptCharactersMax));
        return TypedResults.Problem(
            detail, title: RejectReasons.NameOf(reason), statusCode: reason switch
            {
                RejectReason.BadCredentials => StatusCodes.Status401Unauthorized,
                RejectReason.ForeignDevice => StatusCodes.Status403Forbidden,
                RejectReason.PacketTooLarge => StatusCodes.Status413PayloadTooLarge,
                RejectReason.BadTopic => StatusCodes.Status404NotFound,
                _ => StatusCodes.Status400BadRequest,
            });
    }
}
