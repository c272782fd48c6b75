using DigitalTwin.Gateway.IotHub;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>Devices that register by themselves or come in bulk, and the models that they say they are of.</summary>
public static class ProvisioningServices
{
    /// <summary>Needs what <see cref="HubServices.AddIotHub"/> registers.</summary>
    /// <param name="mqttsPort">Where devices connect to once they are registered.</param>
    public static IServiceCollection AddProvisioning(this IServiceCollection services, string dataFolder, int mqttsPort)
    {
        services.TryAddSingleton<ProvisioningLimits>();
        services.TryAddSingleton(new HubAddress(() => mqttsPort));
        services.AddSingleton(provider => new EnrolmentGroups(
            dataFolder, provider.GetRequiredService<ProvisioningLimits>(), provider.GetRequiredService<HubLimits>()));
        services.AddSingleton<DeviceModels>();
        services.AddSingleton<Registrations>();
        services.AddSingleton<ProvisioningDesk>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<DeviceImport>(provider, dataFolder));
        services.AddHostedService<ProvisioningStart>();
        return services;
    }

    /// <summary>Enrolment groups, registration over HTTPS, and import and export of devices; contracts §1.9.</summary>
    public static void MapProvisioning(this IEndpointRouteBuilder routes)
    {
        routes.MapEnrolmentApi();
        routes.MapRegistrationApi();
        routes.MapDeviceImportApi();
    }

    /// <summary>Whether the devices' port serves it: every request there brings a token.</summary>
    internal static bool IsProvisioning(PathString path) =>
        path.StartsWithSegments("/enrollmentGroups", StringComparison.OrdinalIgnoreCase)
        || path.StartsWithSegments("/registrations", StringComparison.Ordinal)
        || RegistrationApi.IsRegistration(path);

    // Files are read, and refused, at the start; an import that a crash interrupted is brought to its end.
    private sealed class ProvisioningStart(EnrolmentGroups groups, DeviceImport import) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(groups);
            return import.FinishAsync();
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
