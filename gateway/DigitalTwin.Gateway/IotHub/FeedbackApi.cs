using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>IoT Hub's feedback of cloud-to-device messages over REST.</summary>
internal static class FeedbackApi
{
    private const string ContentType = "application/vnd.microsoft.iothub.feedback.json";

    public static void MapFeedbackApi(this IEndpointRouteBuilder routes)
    {
        const string Path = "/messages/serviceBound/feedback";
        routes.MapGet(Path, Receive).Requires(HubRights.ServiceConnect)
            .WithSummary("How messages ended that asked for it, locked until completed or abandoned.");
        routes.MapDelete(Path + "/{lockToken}", (string lockToken, DeviceHub hub) =>
            EndAsync(lockToken, isDone: true, hub)).Requires(HubRights.ServiceConnect)
            .WithSummary("Completes what was received.");
        routes.MapPost(Path + "/{lockToken}/abandon", (string lockToken, DeviceHub hub) =>
            EndAsync(lockToken, isDone: false, hub)).Requires(HubRights.ServiceConnect)
            .WithSummary("Gives back what was received; it will be received again.");
    }

    private static IResult Receive(HttpContext context, DeviceHub hub)
    {
        // A message that nobody asks for any more ends when somebody asks how it ended.
        hub.Messages.ExpireAll();
        if (hub.Feedback.Receive() is not { } batch)
            return TypedResults.NoContent();
        var headers = context.Response.Headers;
        headers.ETag = $"\"{batch.Lock}\"";
        headers["iothub-enqueuedtime"] = batch.EndedAt.UtcDateTime.ToString("o", CultureInfo.InvariantCulture);
        return TypedResults.Bytes(HubJson.Bytes(batch.Records), ContentType);
    }

    private static async Task<IResult> EndAsync(string lockToken, bool isDone, DeviceHub hub) =>
        await hub.Feedback.EndAsync(lockToken.Trim('"'), isDone)
            ? TypedResults.NoContent()
            : HubAnswers.Refuse(
                StatusCodes.Status412PreconditionFailed, "DeviceMessageLockLost", "the lock is not held any more");
}
