using DigitalTwin.Gateway.Azure;

namespace DigitalTwin.Host;

internal static partial class CityWeb
{
    // Before anything is served, and once: there is nothing that this could hold up.
    static partial void AddAzure(IServiceCollection services, IConfiguration settings) =>
        services.AddAzureAsync(AzureSettings.From(settings)).GetAwaiter().GetResult();
}
