using DigitalTwin.Gateway.HubCommands;
using DigitalTwin.Model.Commands;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DigitalTwin.Gateway.Commands;

/// <summary>What sends commands to devices, and what takes orders.</summary>
public static class CommandServices
{
    /// <summary>
    /// Needs engine, graph, device registry, time and the command book in the container, MQTT, the hub and LoRaWAN. The
    /// ways to devices are asked in the order of their registration.
    /// </summary>
    public static IServiceCollection AddCommands(this IServiceCollection services)
    {
        services.TryAddSingleton<CommandLimits>();
        services.AddSingleton(CommandTable.BuiltIn);
        services.AddSingleton<CommandReports>();
        services.AddSingleton<CommandWakes>();
        services.AddSingleton<CommandTargets>().AddSingleton<CommandRequests>();
        services.AddSingleton<ICommandRoute, LoRaWanRoute>();
        services.AddSingleton<DeviceMessageRoute>();
        services.AddSingleton<ICommandRoute, DirectMethodRoute>();
        // Takes nothing where no hub is registered.
        services.AddHubCommands();
        services.AddSingleton<ICommandRoute>(provider => provider.GetRequiredService<DeviceMessageRoute>());
        services.AddSingleton<CommandCancels>();
        services.AddHostedService<CommandDispatch>();
        return services;
    }
}
