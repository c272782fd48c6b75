using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Ingest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>Cloud-to-device messages over HTTPS: a device receives and ends them, a service sends them.</summary>
internal static class CloudMessageApi
{
    private const string ApplicationPrefix = "iothub-app-";
    private const string ExpiryHeader = "iothub-expiry";

    // Header of HTTPS, property of a message.
    private static readonly (string Header, string Property)[] s_system =
    [
        ("iothub-messageid", CloudMessage.MessageId),
        ("iothub-correlationid", CloudMessage.CorrelationId),
        ("iothub-userid", CloudMessage.UserId),
        ("iothub-contenttype", CloudMessage.ContentType),
        ("iothub-contentencoding", CloudMessage.ContentEncoding),
        ("iothub-ack", CloudMessage.Acknowledge),
    ];

    public static void MapCloudMessageApi(this IEndpointRouteBuilder routes)
    {
        const string Path = "/devices/{deviceId}/messages/deviceBound";
        routes.MapGet(Path, Receive).WithTags("IoT Hub")
            .WithSummary("A device takes its next message, which is locked until it is completed, rejected or abandoned.");
        routes.MapDelete(Path + "/{lockToken}", EndAsync).WithTags("IoT Hub")
            .WithSummary("A device completes a message, or with ?reject rejects it.");
        routes.MapPost(Path + "/{lockToken}/abandon", AbandonAsync).WithTags("IoT Hub")
            .WithSummary("A device gives a message back; it will be delivered again.");
        routes.MapPost(Path, SendAsync).Requires(HubRights.ServiceConnect)
            .WithSummary("A service sends a message to a device, connected or not.");
        routes.MapDelete("/devices/{deviceId}/commands", PurgeAsync).Requires(HubRights.ServiceConnect)
            .WithSummary("Drops the messages that wait for a device.");
    }

    private static IResult Receive(string deviceId, HttpContext context, DeviceServices services, DeviceHub hub)
    {
        if (Refusal(deviceId, context, services) is { } refusal)
            return refusal;
        if (hub.Messages.Receive(deviceId, out var lockToken) is not { } message)
            return TypedResults.NoContent();
        var headers = context.Response.Headers;
        headers.ETag = $"\"{lockToken}\"";
        headers["iothub-deliverycount"] = (message.Deliveries - 1).ToString(CultureInfo.InvariantCulture);
        headers["iothub-enqueuedtime"] = message.EnqueuedAt.UtcDateTime.ToString("o", CultureInfo.InvariantCulture);
        headers[ExpiryHeader] = message.ExpiresAt.UtcDateTime.ToString("o", CultureInfo.InvariantCulture);
        headers["iothub-to"] = $"/devices/{deviceId}/messages/deviceBound";
        foreach (var (name, value) in message.Properties)
        {
            var header = s_system.FirstOrDefault(one => one.Property == name).Header ?? ApplicationPrefix + name;
            headers[header] = value;
        }

        return TypedResults.Bytes(
            message.Body, message.Properties.GetValueOrDefault(CloudMessage.ContentType, "application/octet-stream"));
    }

    private static Task<IResult> EndAsync(
        string deviceId, string lockToken, HttpContext context, DeviceServices services, DeviceHub hub) =>
        ReleaseAsync(
            deviceId, lockToken,
            context.Request.Query.ContainsKey("reject") ? MessageEnd.Rejected : MessageEnd.Success, context, services, hub);

    private static Task<IResult> AbandonAsync(
        string deviceId, string lockToken, HttpContext context, DeviceServices services, DeviceHub hub) =>
        ReleaseAsync(deviceId, lockToken, end: null, context, services, hub);

    private static async Task<IResult> ReleaseAsync(
        string deviceId, string lockToken, MessageEnd? end, HttpContext context, DeviceServices services, DeviceHub hub)
    {
        if (Refusal(deviceId, context, services) is { } refusal)
            return refusal;
        try
        {
            return await hub.Messages.ReleaseAsync(deviceId, lockToken.Trim('"'), end)
                ? TypedResults.NoContent()
                : HubAnswers.Refuse(
                    StatusCodes.Status412PreconditionFailed, "DeviceMessageLockLost", "the lock is not held any more");
        }
        catch (IOException)
        {
            return HubAnswers.DiskFailed();
        }
    }

    private static IResult? Refusal(string deviceId, HttpContext context, DeviceServices services)
    {
        var refusal = services.Authenticator.Authenticate(
            deviceId, context.Request.Headers.Authorization.ToString(), out _);
        if (refusal != RejectReason.None)
            return services.Refuse(refusal, deviceId);
        if (services.Throttle(deviceId) is { } throttled)
            return throttled;
        services.Charge(deviceId, messages: 1, bytes: 0, readings: 0);
        return null;
    }

    private static async Task<IResult> SendAsync(string deviceId, HttpContext context, DeviceHub hub)
    {
        var body = await RequestBody.ReadAsync(
            context.Request, hub.Limits.CloudMessageBytesMax, context.RequestAborted);
        if (body is null || !TryReadMessage(deviceId, body, context.Request, hub, out var message))
            return body is null ? TooLarge(hub) : HubAnswers.Argument(
                $"{ExpiryHeader} is an ISO 8601 time ahead, at most {hub.Limits.CloudMessageKeptMax.TotalDays} days; " +
                "a property is ASCII; " +
                "iothub-ack is none, positive, negative or full");
        if (message.Bytes > hub.Limits.CloudMessageBytesMax)
            return TooLarge(hub);
        return await hub.Messages.SendAsync(message) switch
        {
            EnqueueOutcome.Taken => TypedResults.NoContent(),
            EnqueueOutcome.UnknownDevice => HubAnswers.NoSuchDevice(deviceId),
            EnqueueOutcome.QueueFull => HubAnswers.Refuse(
                StatusCodes.Status403Forbidden, "DeviceMaximumQueueDepthExceeded",
                $"{hub.Limits.CloudMessagesPerDeviceMax} messages wait for '{deviceId}'"),
            _ => HubAnswers.Throttled($"at most {hub.Limits.CloudMessagesBytesMax} bytes wait for all devices"),
        };
    }

    private static IResult TooLarge(DeviceHub hub) => HubAnswers.Refuse(
        StatusCodes.Status413PayloadTooLarge, "MessageTooLarge",
        $"at most {hub.Limits.CloudMessageBytesMax} bytes, properties included");

    private static bool TryReadMessage(
        string deviceId, byte[] body, HttpRequest request, DeviceHub hub, out CloudMessage message)
    {
        var now = hub.Time.GetUtcNow();
        var expiresAt = now + hub.Limits.CloudMessageKept;
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (header, property) in s_system)
        {
            if (request.Headers.TryGetValue(header, out var value))
                properties[property] = value.ToString();
        }

        foreach (var (header, value) in request.Headers)
        {
            if (header.StartsWith(ApplicationPrefix, StringComparison.OrdinalIgnoreCase))
                properties[header[ApplicationPrefix.Length..]] = value.ToString();
        }

        var expiry = request.Headers[ExpiryHeader].ToString();
        // They go back out as headers.
        var isGood = MessageFeedback.IsKnown(properties.GetValueOrDefault(CloudMessage.Acknowledge, "none"))
            && properties.All(one => Ascii.IsValid(one.Key) && Ascii.IsValid(one.Value)) && (expiry.Length == 0
            || (IsoTime.TryParse(Encoding.UTF8.GetBytes(expiry), out var instant)
                && (expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(instant.UnixMilliseconds)) > now
                && expiresAt <= now + hub.Limits.CloudMessageKeptMax));
        message = new CloudMessage(deviceId, Guid.NewGuid().ToString("N"), body, now, expiresAt, properties);
        return isGood;
    }

    private static async Task<IResult> PurgeAsync(string deviceId, DeviceHub hub) =>
        hub.Registry.TryGet(deviceId, out _)
            ? HubAnswers.Json(new JsonObject
            {
                ["deviceId"] = deviceId,
                ["moduleId"] = null,
                ["totalMessagesPurged"] = await hub.Messages.PurgeAsync(deviceId),
            })
            : HubAnswers.NoSuchDevice(deviceId);
}
