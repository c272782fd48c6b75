using DigitalTwin.Gateway.IotHub.Query;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>The hub beside telemetry: device twins, direct methods, cloud-to-device messages and the service API.</summary>
public static class HubServices
{
    /// <summary>Needs the MQTT edge, the device registry, gateway limits and time.</summary>
    public static IServiceCollection AddIotHub(this IServiceCollection services, string dataFolder)
    {
        services.TryAddSingleton<HubLimits>();
        services.AddSingleton(provider => new HubPolicies(
            dataFolder, provider.GetRequiredService<GatewayLimits>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(_ => new DeviceAuthorities(dataFolder));
        services.AddSingleton(provider => new DeviceTwins(
            dataFolder, provider.GetRequiredService<DeviceRegistry>(), provider.GetRequiredService<DeviceSessions>(),
            provider.GetRequiredService<HubLimits>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new MessageFeedback(
            dataFolder, provider.GetRequiredService<HubLimits>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new CloudMessages(
            dataFolder, provider.GetRequiredService<DeviceRegistry>(), provider.GetRequiredService<DeviceSessions>(),
            provider.GetRequiredService<MessageFeedback>(), provider.GetRequiredService<HubLimits>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DirectMethods>();
        services.AddSingleton<HubAccess>();
        services.AddSingleton<DeviceHub>();
        services.AddSingleton<IDeviceTopicHandler, HubTopics>();
        services.AddHostedService<HubStart>();
        return services;
    }

    /// <summary>The service API and the devices' messages over HTTPS; contracts §1.8.</summary>
    public static void MapIotHub(this IEndpointRouteBuilder routes)
    {
        routes.MapRegistryApi();
        routes.MapTwinsApi();
        routes.MapQueryApi();
        routes.MapCloudMessageApi();
        routes.MapFeedbackApi();
    }

    /// <summary>Whether the devices' port serves it: every request there brings a token.</summary>
    internal static bool IsServiceApi(PathString path) =>
        path.StartsWithSegments("/devices", StringComparison.Ordinal)
        || path.StartsWithSegments("/messages", StringComparison.Ordinal)
        || path.StartsWithSegments("/twins", StringComparison.Ordinal)
        || path.StartsWithSegments("/statistics", StringComparison.Ordinal);

    // Files are read, and refused, at the start; and what waits is there before the first device comes.
    private sealed class HubStart(DeviceHub hub, HubPolicies policies) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(hub);
            ArgumentNullException.ThrowIfNull(policies);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
