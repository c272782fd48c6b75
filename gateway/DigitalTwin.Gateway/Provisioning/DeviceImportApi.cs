using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>Import and export of devices as CSV, and the models that they announce: <c>/api/v1/devices/…</c>.</summary>
internal static class DeviceImportApi
{
    private const string Csv = "text/csv; charset=utf-8";

    public static void MapDeviceImportApi(this IEndpointRouteBuilder routes)
    {
        var devices = routes.MapGroup("/api/v1/devices").WithTags("Devices");
        devices.MapPost("/import", ImportAsync).Accepts<string>("text/csv")
            .Produces<DeviceImportReport>().ProducesProblem(400).ProducesProblem(409).ProducesProblem(413)
            .WithSummary("Takes devices over from CSV, all or none; docs/iot-hub.md has the columns.");
        devices.MapGet("/export", ExportAsync).Produces<string>(200, "text/csv")
            .WithSummary("All devices as CSV; with keys=true, for a policy that reads the registry, with their keys.");
        devices.MapGet("/models", (DeviceModels models) => models.List())
            .WithSummary("The DTDL models that devices announced, the unknown ones first.");
    }

    private static async Task<IResult> ImportAsync(HttpContext context, DeviceImport import)
    {
        var most = import.Limits.ImportBytesMax;
        // The bound of a device's message is not that of a whole fleet.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = most;
        if (!import.TryBegin())
            return TypedResults.Problem("another import is going on", statusCode: StatusCodes.Status409Conflict);
        try
        {
            var body = await RequestBody.ReadAsync(context.Request, most, context.RequestAborted);
            if (body is null)
                return TypedResults.Problem($"at most {most} bytes", statusCode: StatusCodes.Status413PayloadTooLarge);
            using var csv = new MemoryStream(body, writable: false);
            var report = await import.RunAsync(csv);
            return report.Errors.Count == 0
                ? TypedResults.Ok(report)
                : TypedResults.Problem(
                    "nothing is imported", statusCode: StatusCodes.Status400BadRequest,
                    extensions: new Dictionary<string, object?> { ["errors"] = report.Errors });
        }
        catch (IOException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return TypedResults.Problem(
                "the disk does not write; nothing is imported, or it is brought to its end by the next start",
                statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        finally
        {
            import.End();
        }
    }

    private static async Task<IResult> ExportAsync(
        HttpContext context, DeviceImport import, HubPolicies policies, bool keys = false)
    {
        var token = context.Request.Headers.Authorization.ToString();
        if (keys && (policies.Authenticate(token, "/devices", out var rights, out _) != RejectReason.None
            || !rights.HasFlag(HubRights.RegistryRead)))
            return TypedResults.Problem(
                "keys are for who shows a token of a policy with RegistryRead",
                statusCode: StatusCodes.Status401Unauthorized);
        using var csv = new MemoryStream();
        try
        {
            await Task.Run(() => import.Export(csv, keys), context.RequestAborted);
        }
        catch (InvalidOperationException tooWide)
        {
            return TypedResults.Problem(tooWide.Message, statusCode: StatusCodes.Status409Conflict);
        }

        return TypedResults.Bytes(csv.ToArray(), Csv);
    }
}
