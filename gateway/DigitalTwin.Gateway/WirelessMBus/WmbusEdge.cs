using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>Wireless M-Bus beside the devices' own messages.</summary>
public static class WmbusEdge
{
    /// <summary>Needs graph, limits, time and what the MQTT edge registers in the container.</summary>
    /// <param name="dataFolder">Where the registered meters are kept.</param>
    /// <param name="timeZone">IANA name of the zone in which the meters' clocks count.</param>
    /// <exception cref="Security.DeviceFileException">A line of the meters' file cannot be used.</exception>
    public static IServiceCollection AddWirelessMBus(
        this IServiceCollection services, string dataFolder, string timeZone, WmbusLimits? limits = null)
    {
        limits ??= new WmbusLimits();
        services.AddSingleton(limits);
        services.AddSingleton(WmbusMeters.Open(dataFolder, limits));
        services.AddSingleton(new CompactFormats(limits.CompactFormatsMax));
        services.AddSingleton<MeterDirectory>();
        services.AddSingleton<SentTelegrams>();
        services.AddSingleton<UnreadTelegrams>();
        services.AddSingleton(TimeZoneInfo.FindSystemTimeZoneById(timeZone));
        services.AddSingleton<MeterClock>();
        services.AddSingleton<WmbusIngest>();
        services.AddSingleton<TelegramMessage>();
        return services;
    }
}
