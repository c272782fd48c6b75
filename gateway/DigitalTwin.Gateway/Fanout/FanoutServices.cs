using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DigitalTwin.Gateway.Fanout;

/// <summary>
/// The fan-out between gateways: one that has the engine says what changes, others show it. Without either call a gateway
/// shows its own engine's city, and nothing leaves the process.
/// </summary>
public static class FanoutServices
{
    /// <summary>
    /// This gateway has the city and says so. Needs live push, an <see cref="IFanoutBus"/> and a distributed cache; comes
    /// after what registers the epoch.
    /// </summary>
    public static IServiceCollection AddFanoutPublisher(this IServiceCollection services)
    {
        AddShared(services);
        services.AddSingleton(provider => new FeedStart(
            SharedCity.FirstRound(provider.GetRequiredService<TimeProvider>().GetUtcNow()), IsCurrent: true));
        services.AddHostedService<FanoutPublisher>();
        return services;
    }

    /// <summary>This gateway shows what another one says. As the publisher, but live push has no rounds of its own.</summary>
    public static IServiceCollection AddFanoutFollower(this IServiceCollection services)
    {
        AddShared(services);
        services.AddSingleton(new FeedStart(FirstRound: 1, IsCurrent: false));
        services.AddHostedService<FanoutFollower>();
        return services;
    }

    private static void AddShared(IServiceCollection services)
    {
        services.TryAddSingleton<FanoutLimits>();
        services.AddSingleton(provider => new SharedCity(provider.GetRequiredService<CityGraph>()));
        services.Replace(ServiceDescriptor.Singleton(provider => provider.GetRequiredService<SharedCity>().Epoch));
    }
}
