using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Mqtt.City;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Ports;
using DigitalTwin.Gateway.Upkeep;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>How the MQTT endpoint lets devices in.</summary>
public sealed record MqttEdgeOptions
{
    /// <summary>Development only: a loopback connection without a password is let in under its client id.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Where sessions are kept over a restart; null: nowhere.</summary>
    public string? DataFolder { get; init; }
}

/// <summary>What every MQTT connection shares.</summary>
internal sealed record MqttServices(
    MqttEdgeOptions Options, GatewayLimits Limits, DeviceAuthenticator Authenticator, TelemetryReader Reader,
    ITwinEngine Engine, RejectList Rejects, IngestMeters Meters, TimeProvider Time, DeviceSessions Sessions,
    MqttWills Wills, ServicePolicies Policies, CityTopics City, IEnumerable<IDeviceTopicHandler> TopicHandlers,
    SenderRates Rates, ConnectionGate Gate, TelegramMessage? Telegrams = null, ProvisioningDesk? Provisioning = null,
    DeviceModels? Models = null)
{
    public IDeviceTopicHandler[] Handlers { get; } = [.. TopicHandlers];
}

/// <summary>The endpoint over MQTT; a listener takes it by <c>UseConnectionHandler&lt;MqttConnectionHandler&gt;</c>.</summary>
public static class MqttEdge
{
    /// <summary>
    /// Needs engine, graph, device registry, limits and time in the container. Whatever is registered as
    /// <see cref="IDeviceTopicHandler"/> takes what devices publish besides telemetry; <see cref="DeviceSessions"/>
    /// sends to them.
    /// </summary>
    public static IServiceCollection AddMqttEdge(this IServiceCollection services, MqttEdgeOptions options)
    {
        services.AddSingleton(options);
        services.TryAddSingleton<RejectList>();
        services.TryAddSingleton<RetentionLog>();
        services.TryAddSingleton<IngestMeters>();
        services.TryAddSingleton<SenderRates>();
        services.TryAddSingleton<ConnectionGate>();
        services.TryAddSingleton<DeviceAuthenticator>();
        services.TryAddSingleton<TelemetryReader>();
        services.TryAddSingleton<IotHub.DeviceServices>();
        services.AddSingleton(provider => new DeviceSessions(
            options.DataFolder, provider.GetRequiredService<GatewayLimits>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ServicePolicies(
            options.DataFolder, provider.GetRequiredService<GatewayLimits>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<CityTopics>();
        services.AddHostedService(provider => provider.GetRequiredService<CityTopics>());
        services.AddSingleton<MqttWills>();
        services.AddSingleton<MqttConnectionHandler>();
        services.AddSingleton<MqttServices>();
        services.AddHostedService<MqttClock>();
        services.AddSingleton<MqttConnections>();
        return services;
    }
}
