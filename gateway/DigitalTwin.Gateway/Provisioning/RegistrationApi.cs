using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Model.Graph;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>The device's side of provisioning over HTTPS: <c>/{idScope}/registrations/{registrationId}/…</c>.</summary>
internal static class RegistrationApi
{
    private const string Path = "/{idScope}/registrations/{registrationId}";

    public static void MapRegistrationApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPut(Path + "/register", RegisterAsync).WithTags("Provisioning")
            .WithSummary("Registers a device, as Azure's device provisioning service does.");
        routes.MapGet(Path + "/operations/{operationId}", Status).WithTags("Provisioning")
            .WithSummary("What became of a registration.");
        routes.MapPost(Path, State).WithTags("Provisioning").WithSummary("How a device is registered.");
    }

    /// <summary>Whether the devices' port serves it: every request there brings a token.</summary>
    public static bool IsRegistration(PathString path) =>
        path.Value?.Split('/', 4) is ["", { Length: > 0 }, "registrations", { Length: > 0 }];

    private static async Task<IResult> RegisterAsync(
        string idScope, string registrationId, HttpContext context, ProvisioningDesk desk, Registrations registrations,
        DeviceServices devices, ProvisioningLimits limits)
    {
        if (Judge(idScope, registrationId, context, desk, registrations, devices, out var applicant) is { } refusal)
            return refusal;
        var body = await RequestBody.ReadAsync(context.Request, limits.RegistrationBytesMax, context.RequestAborted);
        return body is null
            ? Answer(context, registrations, registrations.Problem(
                413, 413_001, $"a registration has at most {limits.RegistrationBytesMax} bytes"))
            : Answer(context, registrations, await registrations.RegisterAsync(applicant!, body));
    }

    private static IResult Status(
        string idScope, string registrationId, string operationId, HttpContext context, ProvisioningDesk desk,
        Registrations registrations, DeviceServices devices) =>
        Judge(idScope, registrationId, context, desk, registrations, devices, out var applicant)
        ?? Answer(context, registrations, registrations.StatusOf(applicant!, operationId));

    private static IResult State(
        string idScope, string registrationId, HttpContext context, ProvisioningDesk desk, Registrations registrations,
        DeviceServices devices)
    {
        if (Judge(idScope, registrationId, context, desk, registrations, devices, out var applicant) is { } refusal)
            return refusal;
        var answer = registrations.StatusOf(applicant!, operationId: null);
        return answer.Body["registrationState"] is { } state
            ? HubAnswers.Json(state.DeepClone())
            : Answer(context, registrations, answer);
    }

    private static IResult? Judge(
        string idScope, string registrationId, HttpContext context, ProvisioningDesk desk, Registrations registrations,
        DeviceServices devices, out Applicant? applicant)
    {
        applicant = null;
        if (!desk.IsOurScope(idScope))
            return Refuse(
                RejectReason.BadCredentials, registrations.Problem(404, 404_001, "there is no such id scope"));
        if (!CityGraphBuilder.IsValidId(registrationId))
            return Refuse(RejectReason.ProtocolViolation, registrations.Problem(
                400, 400_004, "a registration id is 1 to 64 of A–Z a–z 0–9 - _ . :"));
        var refusal = desk.Judge(
            idScope, registrationId, context.Request.Headers.Authorization.ToString(), context.Request.Host.Host,
            out applicant);
        return refusal == RejectReason.None
            ? null
            : Refuse(refusal, registrations.Problem(401, 401_002, "Unauthorized"));

        IResult Refuse(RejectReason reason, RegistrationAnswer answer)
        {
            if (devices.Rejects.Count(reason, registrationId))
                devices.Rejects.Keep(
                    reason, IngestTransport.Https, Excerpt.Of(registrationId, devices.Limits.ExcerptCharactersMax),
                    twinId: null, "registration", "");
            return Answer(context, registrations, answer);
        }
    }

    private static IResult Answer(HttpContext context, Registrations registrations, RegistrationAnswer answer)
    {
        if (answer.IsForLater)
            context.Response.Headers.RetryAfter =
                registrations.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return HubAnswers.Json(answer.Body, answer.Status);
    }
}
