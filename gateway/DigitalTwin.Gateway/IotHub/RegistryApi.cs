using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>IoT Hub's identity registry over REST: <c>/devices</c> and <c>/statistics</c>.</summary>
internal static class RegistryApi
{
    private const int TopDefault = 1_000;

    public static void MapRegistryApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/devices/{deviceId}", Get).Requires(HubRights.RegistryRead)
            .WithSummary("A device identity, as of Azure IoT Hub.");
        routes.MapPut("/devices/{deviceId}", PutAsync).Requires(HubRights.RegistryWrite)
            .WithSummary("Makes a device, or with If-Match changes it: status, keys, certificates.");
        routes.MapDelete("/devices/{deviceId}", DeleteAsync).Requires(HubRights.RegistryWrite)
            .WithSummary("Deletes a device with its twin and messages; it is disconnected at once.");
        routes.MapGet("/devices", List).Requires(HubRights.RegistryRead).WithSummary("The first devices by id.");
        routes.MapPost("/devices", BulkAsync).Requires(HubRights.RegistryWrite)
            .WithSummary("Makes, changes or deletes up to 100 devices, each by its importMode.");
        routes.MapGet("/statistics/devices", Statistics).Requires(HubRights.RegistryRead)
            .WithSummary("How many devices there are.");
        routes.MapGet("/statistics/service", ServiceStatistics).Requires(HubRights.ServiceConnect | HubRights.RegistryRead)
            .WithSummary("How many devices are connected.");
    }

    private static IResult Get(string deviceId, HttpContext context, DeviceHub hub)
    {
        if (!hub.Registry.TryGet(deviceId, out var identity))
            return HubAnswers.NoSuchDevice(deviceId);
        context.Response.Headers.ETag = $"\"{identity.Etag}\"";
        return HubAnswers.Json(hub.IdentityOf(identity));
    }

    private static async Task<IResult> PutAsync(string deviceId, HttpContext context, DeviceHub hub)
    {
        var (body, refusal) = await context.Request.ReadJsonAsync(hub.Limits.RequestBytesMax);
        if (refusal is not null)
            return refusal;
        if (body is not JsonObject json || (json.TextOf("deviceId") ?? deviceId) != deviceId)
            return HubAnswers.Argument("the body is not this device");
        var hasIfMatch = context.Request.Headers.IfMatch.Count > 0;
        var mode = hasIfMatch ? ImportMode.Update : ImportMode.Create;
        var change = Write(hub.Registry, deviceId, json, mode, HubAnswers.IfMatchOf(context.Request));
        if (change.Identity is not { } identity)
            return HubAnswers.Refuse(change.Status, change.ErrorCode, change.Detail);
        context.Response.Headers.ETag = $"\"{identity.Etag}\"";
        return HubAnswers.Json(hub.IdentityOf(identity));
    }

    private static async Task<IResult> DeleteAsync(string deviceId, HttpContext context, DeviceHub hub)
    {
        var etag = HubAnswers.IfMatchOf(context.Request);
        if (!hub.Registry.Delete(deviceId, known => etag is null || etag == known.Etag))
            return hub.Registry.TryGet(deviceId, out _)
                ? HubAnswers.OtherEtag(deviceId)
                : HubAnswers.NoSuchDevice(deviceId);
        await hub.Twins.RemoveAsync(deviceId);
        return TypedResults.NoContent();
    }

    private static IResult List(HttpContext context, DeviceHub hub, int? top)
    {
        if (top is < 1)
            return HubAnswers.Argument("top is less than 1");
        var count = Math.Min(top ?? TopDefault, hub.Limits.ListedDevicesMax);
        return HubAnswers.Json(new JsonArray([.. hub.Registry.List().Take(count).Select(hub.IdentityOf)]));
    }

    private static IResult Statistics(DeviceHub hub)
    {
        var devices = hub.Registry.List();
        var enabled = devices.Count(device => device.Status == DeviceStatus.Enabled);
        return HubAnswers.Json(new JsonObject
        {
            ["totalDeviceCount"] = devices.Count,
            ["enabledDeviceCount"] = enabled,
            ["disabledDeviceCount"] = devices.Count - enabled,
        });
    }

    private static IResult ServiceStatistics(DeviceHub hub) => HubAnswers.Json(new JsonObject
    {
        ["connectedDeviceCount"] = hub.Registry.List().Count(device => hub.Sessions.IsConnected(device.Id)),
    });

    private static async Task<IResult> BulkAsync(HttpContext context, DeviceHub hub)
    {
        var (body, refusal) = await context.Request.ReadJsonAsync(hub.Limits.RequestBytesMax);
        if (refusal is not null)
            return refusal;
        if (body is not JsonArray { Count: > 0 } devices || devices.Count > hub.Limits.BulkDevicesMax)
            return HubAnswers.Argument($"the body is not an array of 1 to {hub.Limits.BulkDevicesMax} devices");
        var errors = new JsonArray();
        foreach (var device in devices)
        {
            var deviceId = device.TextOf("id") ?? device.TextOf("deviceId") ?? "";
            var change = device is JsonObject json
                ? await ImportAsync(hub, deviceId, json)
                : new Written(null, 400, "ArgumentInvalid", "not an object");
            if (change.ErrorCode.Length > 0)
                errors.Add(new JsonObject
                {
                    ["deviceId"] = deviceId, ["errorCode"] = change.ErrorCode, ["errorStatus"] = change.Detail,
                });
        }

        var isGood = errors.Count == 0;
        return HubAnswers.Json(
            new JsonObject { ["isSuccessful"] = isGood, ["errors"] = errors, ["warnings"] = new JsonArray() },
            isGood ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    private static async Task<Written> ImportAsync(DeviceHub hub, string deviceId, JsonObject json)
    {
        if (!Enum.TryParse<ImportMode>(json.TextOf("importMode") ?? "create", ignoreCase: true, out var mode))
            return new Written(null, 400, "ArgumentInvalid", "importMode is not known");
        var etag = HubAnswers.EtagOf(json.TextOf("eTag") ?? json.TextOf("etag") ?? json.TextOf("ETag"));
        if (mode is not (ImportMode.Delete or ImportMode.DeleteIfMatchETag))
            return Write(hub.Registry, deviceId, json, mode, mode == ImportMode.UpdateIfMatchETag ? etag : null);
        if (!hub.Registry.Delete(
            deviceId, known => mode == ImportMode.Delete || etag is null || etag == known.Etag))
            return hub.Registry.TryGet(deviceId, out _)
                ? new Written(null, 412, "PreconditionFailed", "another etag")
                : new Written(null, 404, "DeviceNotFound", "no such device");
        await hub.Twins.RemoveAsync(deviceId);
        return new Written(null, 200, "", "");
    }

    private static Written Write(DeviceRegistry registry, string deviceId, JsonObject json, ImportMode mode, string? etag)
    {
        if (!CityGraphBuilder.IsValidId(deviceId))
            return new Written(null, 400, "ArgumentInvalid", $"'{deviceId}' is not an id: 1 to 64 of A–Z a–z 0–9 - _ . :");
        var refused = default(Written?);
        try
        {
            var identity = registry.Change(deviceId, known =>
            {
                refused = known is not null && mode == ImportMode.Create
                        ? new Written(null, 409, "DeviceAlreadyExists", $"there is a device '{deviceId}'")
                    : known is null && mode is (ImportMode.Update or ImportMode.UpdateIfMatchETag)
                        ? new Written(null, 404, "DeviceNotFound", $"there is no device '{deviceId}'")
                    : etag is not null && etag != known?.Etag
                        ? new Written(null, 412, "PreconditionFailed", $"'{deviceId}' is not the one If-Match names")
                    : null;
                if (refused is not null)
                    return null;
                if (IdentityJson.Read(json, deviceId, known, out var next) is not { } problem)
                    return next;
                refused = new Written(null, 400, "ArgumentInvalid", problem);
                return null;
            });
            return refused ?? new Written(identity, 200, "", "");
        }
        catch (ArgumentException noRoom)
        {
            return new Written(null, 403, "IotHubQuotaExceeded", noRoom.Message);
        }
    }

    // IoT Hub's names.
    private enum ImportMode : byte
    {
        Create,
        CreateOrUpdate,
        Update,
        UpdateIfMatchETag,
        Delete,
        DeleteIfMatchETag,
    }

    private readonly record struct Written(DeviceIdentity? Identity, int Status, string ErrorCode, string Detail);
}
