using DigitalTwin.Gateway.Push.MessagePack;
using DigitalTwin.Gateway.Replay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DigitalTwin.Gateway.Push;

/// <summary>Live push: the feed and the hub that views connect to.</summary>
public static class CityPush
{
    // Frames go one way; what a view says is short.
    private const int RequestBytesMax = 16 * 1024;

    // A checksum waits for its frame, and must not hold up the acknowledgement that makes room for it.
    private const int InvocationsAtOnceMax = 4;

    /// <summary>Needs engine, limits, time and <see cref="ServerEpoch"/> in the container.</summary>
    public static IServiceCollection AddCityPush(this IServiceCollection services)
    {
        services.AddSingleton<CityFeed>();
        services.AddHostedService<LivePush>();
        services.AddReplays();
        services.AddSignalR(options =>
        {
            options.MaximumReceiveMessageSize = RequestBytesMax;
            options.MaximumParallelInvocationsPerClient = InvocationsAtOnceMax;
            options.KeepAliveInterval = TimeSpan.FromSeconds(5);
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHubProtocol, MessagePackHubProtocol>());
        return services;
    }

    public static void MapCityHub(this IEndpointRouteBuilder routes) => routes.MapHub<CityHub>(CityHub.Path);
}
