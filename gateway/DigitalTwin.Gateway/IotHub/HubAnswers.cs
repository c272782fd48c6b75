using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Api;
using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>What the service API answers, in the form of IoT Hub.</summary>
internal static class HubAnswers
{
    public static IResult Json(JsonNode node, int status = StatusCodes.Status200OK) =>
        TypedResults.Text(HubJson.Bytes(node), ApiJson.ContentType, status);

    /// <summary>A refusal: IoT Hub's error name in a header, and with words in the body.</summary>
    public static IResult Refuse(int status, string errorCode, string message) => new Refusal(status, errorCode, message);

    public static IResult NoSuchDevice(string deviceId) =>
        Refuse(StatusCodes.Status404NotFound, "DeviceNotFound", $"there is no device '{deviceId}'");

    public static IResult Argument(string message) =>
        Refuse(StatusCodes.Status400BadRequest, "ArgumentInvalid", message);

    public static IResult OtherEtag(string deviceId) => Refuse(
        StatusCodes.Status412PreconditionFailed, "PreconditionFailed", $"'{deviceId}' is not the one If-Match names");

    public static IResult Throttled(string message) =>
        Refuse(StatusCodes.Status429TooManyRequests, "ThrottlingException", message);

    public static IResult DiskFailed() =>
        Refuse(StatusCodes.Status503ServiceUnavailable, "ServiceUnavailable", "the disk does not write");

    /// <summary>The ETag that a request asks for; null: any will do.</summary>
    public static string? IfMatchOf(HttpRequest request) => EtagOf(request.Headers.IfMatch.ToString());

    // The SDKs send it bare, in quotes, and in quotes within quotes.
    public static string? EtagOf(string? given)
    {
        var etag = given?.Trim('"', '\\', ' ') ?? "";
        return etag is "" or "*" ? null : etag;
    }

    private sealed class Refusal(int status, string errorCode, string message) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers["iothub-errorcode"] = errorCode;
            if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
                httpContext.Response.Headers.RetryAfter = "1";
            return Json(
                new JsonObject { ["Message"] = $"ErrorCode:{errorCode};{message}", ["ExceptionMessage"] = "" }, status)
                .ExecuteAsync(httpContext);
        }
    }
}
