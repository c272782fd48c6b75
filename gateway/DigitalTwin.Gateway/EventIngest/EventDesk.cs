using DigitalTwin.Gateway.Commands;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.EventIngest;

/// <summary>What all partitions share.</summary>
internal sealed record EventServices(
    ITwinEngine Engine, EventReader Reader, IPoisonStore Poison, RejectList Rejects, IngestMeters Meters,
    GatewayLimits Gateway, EventLimits Limits, TimeProvider Time, ILogger Log, CommandWakes? Wakes = null)
{
    public EventMeters Counters => Meters.Events;
}

/// <summary>Opens partitions; whoever reads a hub brings it their events.</summary>
public sealed class EventDesk
{
    private readonly EventServices _services;

    internal EventDesk(EventServices services) => _services = services;

    public EventPartition Open(EventPlace place) => new(place, _services);
}

/// <summary>What turns events of a hub into telemetry.</summary>
public static class EventIngestServices
{
    /// <summary>Needs what the MQTT edge registers, and an <see cref="IPoisonStore"/>.</summary>
    public static IServiceCollection AddEventIngest(this IServiceCollection services)
    {
        services.TryAddSingleton<EventLimits>();
        services.AddSingleton(provider => new EventDesk(new EventServices(
            provider.GetRequiredService<ITwinEngine>(),
            new EventReader(
                provider.GetRequiredService<TelemetryReader>(), provider.GetRequiredService<GatewayLimits>(),
                provider.GetService<TelegramMessage>()),
            provider.GetRequiredService<IPoisonStore>(), provider.GetRequiredService<RejectList>(),
            provider.GetRequiredService<IngestMeters>(), provider.GetRequiredService<GatewayLimits>(),
            provider.GetRequiredService<EventLimits>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<EventPartition>>(), provider.GetService<CommandWakes>())));
        return services;
    }
}
