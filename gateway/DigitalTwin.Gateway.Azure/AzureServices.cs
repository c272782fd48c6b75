using Azure.Core;
using Azure.Storage.Blobs;
using DigitalTwin.Gateway.EventIngest;
using DigitalTwin.Gateway.Fanout;
using DigitalTwin.Gateway.HubCommands;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace DigitalTwin.Gateway.Azure;

/// <summary>What a gateway uses of Azure, as far as its settings name it.</summary>
public static class AzureServices
{
    /// <summary>Comes after everything that the gateway registers itself.</summary>
    public static async Task AddAzureAsync(this IServiceCollection services, AzureSettings settings)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(settings);
        var credential = settings.Credential();
        if (settings.EventHubsNamespace is not null)
            AddEventHubs(services, settings, credential);
        foreach (var host in settings.IotHubHosts)
            services.AddSingleton<IHubService>(_ => new IotHubService(host, credential));
        if (settings.RedisEndpoint is not null)
            await AddRedisAsync(services, settings, credential);
    }

    private static void AddEventHubs(IServiceCollection services, AzureSettings settings, TokenCredential credential)
    {
        var container = new BlobContainerClient(
            settings.CheckpointsUri ?? throw new FormatException("EventHubs__CheckpointsUri is missing"), credential);
        services.AddSingleton<IPoisonStore>(new BlobPoisonStore(container));
        services.AddEventIngest();
        string?[] hubs = [settings.TelemetryHub, settings.LifecycleHub];
        foreach (var hub in hubs.OfType<string>())
            services.AddSingleton<IHostedService>(provider => new EventHubReading(
                hub, settings, container, credential, provider.GetRequiredService<EventDesk>(),
                provider.GetRequiredService<ILogger<EventHubReading>>()));
    }

    private static async Task AddRedisAsync(
        IServiceCollection services, AzureSettings settings, TokenCredential credential)
    {
        var options = ConfigurationOptions.Parse(settings.RedisEndpoint!);
        // A gateway starts without it, and says so by serving no view.
        options.AbortOnConnectFail = false;
        if (settings.RedisByIdentity)
        {
            options.Ssl = true;
            await options.ConfigureForAzureWithTokenCredentialAsync(credential);
        }

        IConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(options);
        services.AddSingleton(redis);
        services.AddStackExchangeRedisCache(cache =>
            cache.ConnectionMultiplexerFactory = () => Task.FromResult(redis));
        services.AddSingleton<IFanoutBus, RedisFanoutBus>();
        services.AddFanoutPublisher();
    }
}
