using System.Text;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>The device's side of IoT Hub over HTTPS: <c>POST /devices/{deviceId}/messages/events</c>; contracts §1.3.</summary>
public static class DeviceApi
{
    private const string CreatedAtHeader = "iothub-creation-time-utc";

    /// <summary>Needs what the MQTT edge registers: reader, authenticator, reject list, meters and engine.</summary>
    public static void MapDeviceApi(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/devices/{deviceId}/messages/events", PostAsync)
            .WithTags("Devices").WithName("PostTelemetry")
            .WithSummary("A device's telemetry, as to Azure IoT Hub: one message, or a batch of them.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);

    private static async Task<IResult> PostAsync(string deviceId, HttpContext context, DeviceServices services)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        var refusal = services.Authenticator.Authenticate(deviceId, authorization, out _);
        if (refusal != RejectReason.None)
        {
            // A good token of another device is not a bad token: it is somebody else's door.
            var isForeign = refusal == RejectReason.BadCredentials && IsOfAnotherDevice(deviceId, authorization, services);
            return services.Refuse(isForeign ? RejectReason.ForeignDevice : refusal, deviceId);
        }

        if (services.Throttle(deviceId) is { } throttled)
            return throttled;
        var body = await RequestBody.ReadAsync(context.Request, services.Limits.MessageBytesMax, context.RequestAborted);
        if (body is null)
            return services.Refuse(
                RejectReason.PacketTooLarge, deviceId, $"at most {services.Limits.MessageBytesMax} bytes");
        var receivedAt = Instant.From(services.Time.GetUtcNow());
        if (!TryReadCreatedAt(context.Request, out var createdAt))
            return services.Refuse(RejectReason.WrongType, deviceId, $"{CreatedAtHeader}: is not an ISO 8601 time");
        var batch = TelemetryBatch.Rent(receivedAt);
        var speaker = Speaker.Of(services.Reader.Graph, deviceId);
        var refused = MessageBatch.IsOne(context.Request.ContentType)
            ? MessageBatch.Read(body, speaker, createdAt, batch, services)
            : services.Read(body, speaker, createdAt, batch);
        var (messages, readings) = (batch.MessageCount, batch.Count);
        services.Charge(deviceId, Math.Max(1, messages), body.Length, readings);
        if (refused is not null)
        {
            batch.Return();
            return refused;
        }

        // Not cancelled with the request: an accepted batch is worth more than its answer.
        await services.Engine.AcceptAsync(batch, CancellationToken.None);
        services.Meters.Accepted(IngestTransport.Https, messages, readings);
        return TypedResults.NoContent();
    }

    private static bool IsOfAnotherDevice(string deviceId, string authorization, DeviceServices services) =>
        SasToken.TryParse(authorization, services.Limits.TokenCharactersMax, out var token)
        && token.DeviceId != deviceId
        && services.Authenticator.Authenticate(token.DeviceId, authorization, out _) == RejectReason.None;

    private static bool TryReadCreatedAt(HttpRequest request, out Instant? createdAt)
    {
        createdAt = null;
        var text = request.Headers[CreatedAtHeader].ToString();
        if (text.Length == 0)
            return true;
        var isTime = IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out var instant);
        createdAt = instant;
        return isTime;
    }
}
