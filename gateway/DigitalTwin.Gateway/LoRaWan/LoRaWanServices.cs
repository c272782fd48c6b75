using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Gateway.Protection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>What the webhooks and the downlinks need.</summary>
public static class LoRaWanServices
{
    /// <summary>Needs engine, graph, gateway limits and time; further codecs are registered beside it.</summary>
    public static IServiceCollection AddLoRaWan(this IServiceCollection services, NetworkServers servers)
    {
        services.AddSingleton(servers);
        services.TryAddSingleton<LoRaWanLimits>();
        services.TryAddSingleton<RejectList>();
        services.TryAddSingleton<IngestMeters>();
        services.TryAddSingleton<SenderRates>();
        services.AddSingleton(provider => new CodecRegistry(
            [.. CodecRegistry.BuiltIn, .. provider.GetServices<ILoRaWanCodec>()]));
        services.AddSingleton<LoRaWanDevices>();
        services.AddSingleton<DeviceSessions>();
        services.AddSingleton<Downlinks>();
        services.AddSingleton<LoRaWanIngest>();
        services.AddSingleton<Webhook>();
        return services;
    }
}
