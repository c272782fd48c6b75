using System.Net;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Gateway.Provisioning;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace DigitalTwin.Gateway.Security;

/// <summary>
/// Keeps page, API and hub to this machine and to the page itself for as long as people do not sign in. The Host
/// check stops DNS rebinding, the Origin check other sites' scripts and WebSockets, the port check the devices' ports.
/// </summary>
public static class LoopbackGuard
{
    private const string DevicePath = "/devices";
    private const string DeviceSubPath = "/messages/";

    /// <param name="pagePort">The loopback port of page, API and hub; any other port serves devices and network servers alone.</param>
    /// <param name="healthPort">The port, if any, on which whoever supervises asks for health, and for nothing else.</param>
    public static void UseLoopbackGuard(
        this IApplicationBuilder app, int pagePort, int? healthPort = null) => app.Use((context, next) =>
    {
        if (context.Connection.LocalPort == healthPort)
            return IsHealth(context.Request) ? next(context) : NotFound(context);
        var onPagePort = context.Connection.LocalPort == pagePort;
        if (onPagePort && IsOfThisMachine(context) && IsFromThePage(context.Request))
            return next(context);
        if (!onPagePort
            && (IsDeviceApi(context.Request.Path) || HubServices.IsServiceApi(context.Request.Path)
                || ProvisioningServices.IsProvisioning(context.Request.Path)
                || LoRaWanApi.IsWebhook(context.Request.Path) || IsMqtt(context.Request.Path)))
            return next(context);
        context.Response.StatusCode = onPagePort ? StatusCodes.Status403Forbidden : StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    private static bool IsHealth(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && (request.Path == OperationsApi.LivePath || request.Path == OperationsApi.ReadyPath);

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    internal static bool IsDeviceApi(PathString path) =>
        path.Equals(WirelessMBus.WmbusApi.TelegramsPath, StringComparison.Ordinal)
        || (path.StartsWithSegments(DevicePath, StringComparison.Ordinal, out var rest)
            && rest.Value?.Contains(DeviceSubPath, StringComparison.Ordinal) == true);

    private static bool IsMqtt(PathString path) =>
        path == Mqtt.MqttWebSockets.IotHubPath || path == Mqtt.MqttWebSockets.Path;

    private static bool IsOfThisMachine(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
        && IsLoopbackName(context.Request.Host.Host);

    private static bool IsFromThePage(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        return origin.Count == 0
            || (origin.Count == 1 && Uri.TryCreate(origin[0], UriKind.Absolute, out var from)
                && from.Authority == new Uri(request.GetEncodedUrl()).Authority);
    }

    internal static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
