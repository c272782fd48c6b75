using System.Globalization;
using DigitalTwin.Gateway.Ingest;
using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>
/// 429 to a device: a problem document as its other refusals are, with the code and the name that IoT Hub gives it.
/// </summary>
internal sealed class ThrottledAnswer(string deviceId, TimeSpan retryAfter) : IResult
{
    private const int ErrorCode = 429_001;
    private const string ErrorName = "ThrottlingException";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var seconds = Math.Max(1, (long)Math.Ceiling(retryAfter.TotalSeconds));
        httpContext.Response.Headers["iothub-errorcode"] = ErrorName;
        httpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var reason = RejectReasons.NameOf(RejectReason.Throttled);
        return TypedResults.Problem(
            $"come again in {seconds} s", statusCode: StatusCodes.Status429TooManyRequests, title: reason,
            extensions: new Dictionary<string, object?>
            {
                ["reason"] = reason, ["deviceId"] = deviceId, ["errorCode"] = ErrorCode, ["message"] = ErrorName,
            }).ExecuteAsync(httpContext);
    }
}
