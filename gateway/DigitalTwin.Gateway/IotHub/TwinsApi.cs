using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>IoT Hub's device twins and direct methods over REST: <c>/twins/{id}</c> and <c>/twins/{id}/methods</c>.</summary>
internal static class TwinsApi
{
    public static void MapTwinsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/twins/{deviceId}", GetAsync).Requires(HubRights.ServiceConnect)
            .WithSummary("A device twin, as of Azure IoT Hub.");
        routes.MapPatch("/twins/{deviceId}", (string deviceId, HttpContext context, DeviceHub hub) =>
            ChangeAsync(deviceId, context, hub, replaces: false)).Requires(HubRights.ServiceConnect)
            .WithSummary("Merges tags and desired properties; the device is told of the latter.");
        routes.MapPut("/twins/{deviceId}", (string deviceId, HttpContext context, DeviceHub hub) =>
            ChangeAsync(deviceId, context, hub, replaces: true)).Requires(HubRights.ServiceConnect)
            .WithSummary("Replaces tags and desired properties.");
        routes.MapPost("/twins/{deviceId}/methods", InvokeAsync).Requires(HubRights.ServiceConnect)
            .WithSummary("Calls a direct method of a connected device and waits for its answer.");
    }

    private static async Task<IResult> GetAsync(string deviceId, HttpContext context, DeviceHub hub)
    {
        if (await hub.Twins.GetAsync(deviceId) is not { } twin || !hub.Registry.TryGet(deviceId, out var identity))
            return HubAnswers.NoSuchDevice(deviceId);
        context.Response.Headers.ETag = $"\"{twin.Etag}\"";
        return HubAnswers.Json(hub.TwinOf(identity, twin));
    }

    private static async Task<IResult> ChangeAsync(string deviceId, HttpContext context, DeviceHub hub, bool replaces)
    {
        var (body, refusal) = await context.Request.ReadJsonAsync(hub.Limits.RequestBytesMax);
        if (refusal is not null)
            return refusal;
        if (!TryRead(body, replaces, out var request))
            return HubAnswers.Argument("the body is not a twin: tags and properties.desired are objects");
        var change = await hub.Twins.ChangeAsync(deviceId, request, replaces, HubAnswers.IfMatchOf(context.Request));
        if (change.Outcome != TwinOutcome.Changed)
            return change.Outcome switch
            {
                TwinOutcome.OtherEtag => HubAnswers.OtherEtag(deviceId),
                TwinOutcome.Refused => HubAnswers.Argument(change.Detail),
                TwinOutcome.Full => HubAnswers.Throttled(change.Detail),
                _ => HubAnswers.NoSuchDevice(deviceId),
            };
        if (!hub.Registry.TryGet(deviceId, out var identity))
            return HubAnswers.NoSuchDevice(deviceId);
        context.Response.Headers.ETag = $"\"{change.Twin!.Etag}\"";
        return HubAnswers.Json(hub.TwinOf(identity, change.Twin));
    }

    // A patch changes what it names; a replacement has both, empty where it names none.
    private static bool TryRead(JsonNode? body, bool replaces, out TwinRequest request)
    {
        request = new TwinRequest(null, null);
        if (body is not JsonObject json)
            return false;
        var properties = json["properties"];
        if (properties is not (null or JsonObject))
            return false;
        var (tags, desired) = (json["tags"], (properties as JsonObject)?["desired"]);
        if (tags is not (null or JsonObject) || desired is not (null or JsonObject))
            return false;
        request = new TwinRequest(
            tags as JsonObject ?? (replaces ? [] : null), desired as JsonObject ?? (replaces ? [] : null));
        return true;
    }

    private static async Task<IResult> InvokeAsync(string deviceId, HttpContext context, DeviceHub hub)
    {
        var limits = hub.Limits;
        var (body, refusal) = await context.Request.ReadJsonAsync(limits.RequestBytesMax);
        if (refusal is not null)
            return refusal;
        if (body.TextOf("methodName") is not { Length: > 0 } name || name.Length > limits.MethodNameCharactersMax
            || name.AsSpan().ContainsAny("/#+?$") || name.Any(char.IsControl))
            return HubAnswers.Argument(
                $"methodName has 1 to {limits.MethodNameCharactersMax} characters and none of / # + ? $");
        var answerSeconds = body.NumberOf("responseTimeoutInSeconds") ?? limits.MethodSecondsDefault;
        var connectSeconds = body.NumberOf("connectTimeoutInSeconds") ?? 0;
        if (answerSeconds < limits.MethodSecondsMin || answerSeconds > limits.MethodSecondsMax
            || connectSeconds < 0 || connectSeconds > limits.MethodSecondsMax)
            return HubAnswers.Argument(
                $"responseTimeoutInSeconds is {limits.MethodSecondsMin} to {limits.MethodSecondsMax}, " +
                $"connectTimeoutInSeconds 0 to {limits.MethodSecondsMax}");
        var payload = HubJson.Bytes(body!["payload"]);
        if (payload.Length > limits.MethodBytesMax)
            return HubAnswers.Refuse(
                StatusCodes.Status413PayloadTooLarge, "RequestEntityTooLarge", $"at most {limits.MethodBytesMax} bytes");
        if (!hub.Registry.TryGet(deviceId, out _))
            return HubAnswers.NoSuchDevice(deviceId);
        var answer = await hub.Methods.InvokeAsync(
            deviceId, name, payload, TimeSpan.FromSeconds(connectSeconds), TimeSpan.FromSeconds(answerSeconds),
            context.RequestAborted);
        return answer.Outcome switch
        {
            MethodOutcome.Answered => HubAnswers.Json(
                new JsonObject { ["status"] = answer.Status, ["payload"] = answer.Payload }),
            // IoT Hub: 404103.
            MethodOutcome.Offline => HubAnswers.Refuse(
                StatusCodes.Status404NotFound, "DeviceNotOnline", $"'{deviceId}' is not online, or takes no methods"),
            MethodOutcome.NoAnswer => HubAnswers.Refuse(
                StatusCodes.Status504GatewayTimeout, "GatewayTimeout", $"no answer within {answerSeconds} s"),
            MethodOutcome.BadAnswer => HubAnswers.Refuse(
                StatusCodes.Status502BadGateway, "InvalidResponse",
                $"the answer is not JSON, or has more than {limits.MethodBytesMax} bytes"),
            _ => HubAnswers.Throttled($"at most {limits.MethodsPerDeviceMax} calls of a device wait"),
        };
    }
}
