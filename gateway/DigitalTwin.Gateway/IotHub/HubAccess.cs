using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Protection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>Lets a service in by the token of a shared access policy, and no faster than it may.</summary>
internal sealed class HubAccess(HubPolicies policies, HubLimits limits, RejectList rejects, TimeProvider time)
{
    private readonly RequestRate _rate = new(limits.ServiceRequestsPerSecondMax, time);

    /// <summary>Null where the request may go on.</summary>
    public IResult? Check(HttpRequest request, HubRights needed)
    {
        var refusal = policies.Authenticate(
            request.Headers.Authorization.ToString(), request.Path.Value ?? "", out var rights, out _);
        if (refusal != RejectReason.None)
            return Refuse(request, refusal, RejectReasons.NameOf(refusal));
        if ((rights & needed) == 0)
            return Refuse(request, RejectReason.BadCredentials, $"the policy has not {needed}");
        return _rate.TryTake("service")
            ? null
            : HubAnswers.Throttled($"at most {limits.ServiceRequestsPerSecondMax} requests a second");
    }

    // Of a service that was not let in nothing is known but where it came from.
    private IResult Refuse(HttpRequest request, RejectReason reason, string why)
    {
        var address = request.HttpContext.Connection.RemoteIpAddress is { } remote
            ? RemoteAddress.Of(remote).ToString()
            : null;
        if (rejects.Count(reason, address))
            rejects.Keep(
                reason, IngestTransport.Https, address, twinId: null, $"{request.Method} {request.Path}: {why}", "");
        return HubAnswers.Refuse(StatusCodes.Status401Unauthorized, "IotHubUnauthorizedAccess", why);
    }
}

/// <summary>Which right an endpoint asks for.</summary>
internal static class HubAccessExtensions
{
    /// <param name="rights">One of these is enough.</param>
    public static RouteHandlerBuilder Requires(this RouteHandlerBuilder route, HubRights rights) =>
        route.WithTags("IoT Hub").AddEndpointFilter(async (context, next) =>
        {
            var access = context.HttpContext.RequestServices.GetRequiredService<HubAccess>();
            try
            {
                return access.Check(context.HttpContext.Request, rights) ?? await next(context);
            }
            catch (IOException) when (!context.HttpContext.RequestAborted.IsCancellationRequested)
            {
                return HubAnswers.DiskFailed();
            }
        });

    /// <summary>The body as JSON; false with a refusal where it is none or too large.</summary>
    public static async Task<(System.Text.Json.Nodes.JsonNode? Body, IResult? Refusal)> ReadJsonAsync(
        this HttpRequest request, int bytesMax)
    {
        var bytes = await RequestBody.ReadAsync(request, bytesMax, request.HttpContext.RequestAborted);
        if (bytes is null)
            return (null, HubAnswers.Refuse(
                StatusCodes.Status413PayloadTooLarge, "RequestEntityTooLarge", $"at most {bytesMax} bytes"));
        return HubJson.TryParse(bytes, out var body)
            ? (body, null)
            : (null, HubAnswers.Argument("the body is not JSON, or a name comes twice in an object"));
    }
}
