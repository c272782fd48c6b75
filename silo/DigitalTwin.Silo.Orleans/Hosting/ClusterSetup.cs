using System.Net;
using Azure.Data.Tables;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Units;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Orleans.Configuration;
using Orleans.Storage;
using StackExchange.Redis;

namespace DigitalTwin.Silo.Orleans.Hosting;

/// <summary>Binds a silo or a client to the stores that its settings name.</summary>
internal static class ClusterSetup
{
    private const string PostgresProvider = "Npgsql";

    // Of a silo, to its states; a unit that finds none free for 15 s is asked again. Some silos fit a small server.
    private const int PostgresConnectionsMax = 30;

    /// <summary>Everything that the grains of a city need, whatever store the silo has.</summary>
    public static ISiloBuilder AddCity(
        this ISiloBuilder silo, UnitPlan plan, TimeProvider time, IUnitHistory? history = null)
    {
        silo.Services.AddSingleton(
            services => new SiloCity(plan, time, history, services.GetRequiredService<IGrainFactory>()));
        return silo;
    }

    public static void Configure(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) =
            (settings.ClusterId, settings.ServiceId));
        if (settings.SiloName is { } name)
            silo.Configure<SiloOptions>(options => options.SiloName = name);
        silo.Configure<EndpointOptions>(options => SetEndpoints(options, settings));
        // A silo that is asked to stop ends its calls and hands over its part of the grain directory.
        silo.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(60));
        switch (settings.Clustering)
        {
            case Clustering.Local:
                silo.UseLocalhostClustering(settings.SiloPort, settings.GatewayPort, null, settings.ServiceId,
                    settings.ClusterId);
                break;
            case Clustering.AzureStorage:
                silo.UseAzureStorageClustering(options =>
                    (options.TableServiceClient, options.TableName) = (Tables(settings), settings.MembershipTable));
                break;
            case Clustering.Postgres:
                silo.UseAdoNetClustering(options =>
                    (options.Invariant, options.ConnectionString) = (PostgresProvider, ConnectionString(settings)));
                break;
            case Clustering.Redis:
                silo.UseRedisClustering(options => (options.ConfigurationOptions, options.CreateMultiplexer) =
                    (Redis(settings), _ => ConnectAsync(settings)));
                break;
        }

        switch (settings.GrainStorage)
        {
            case GrainStorage.Memory:
                silo.AddMemoryGrainStorage(SiloCity.Storage);
                break;
            case GrainStorage.Postgres:
                silo.Services.AddSingleton(_ => Postgres(settings));
                silo.Services.AddKeyedSingleton<IGrainStorage>(SiloCity.Storage, (services, _) =>
                    new PostgresGrainStorage(services.GetRequiredService<NpgsqlDataSource>(), settings.ServiceId));
                break;
            case GrainStorage.Redis:
                silo.AddRedisGrainStorage(SiloCity.Storage, options =>
                    (options.ConfigurationOptions, options.CreateMultiplexer) =
                    (Redis(settings), _ => ConnectAsync(settings)));
                break;
        }
    }

    public static void Configure(this IClientBuilder client, SiloSettings settings)
    {
        client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) =
            (settings.ClusterId, settings.ServiceId));
        switch (settings.Clustering)
        {
            case Clustering.Local:
                client.UseLocalhostClustering(settings.GatewayPort, settings.ServiceId, settings.ClusterId);
                break;
            case Clustering.AzureStorage:
                client.UseAzureStorageClustering(options =>
                    (options.TableServiceClient, options.TableName) = (Tables(settings), settings.MembershipTable));
                break;
            case Clustering.Postgres:
                client.UseAdoNetClustering(options =>
                    (options.Invariant, options.ConnectionString) = (PostgresProvider, ConnectionString(settings)));
                break;
            case Clustering.Redis:
                client.UseRedisClustering(options => (options.ConfigurationOptions, options.CreateMultiplexer) =
                    (Redis(settings), _ => ConnectAsync(settings)));
                break;
        }
    }

    /// <summary>Connections to the states; on Azure with a token as password.</summary>
    internal static NpgsqlDataSource Postgres(SiloSettings settings) => PostgresSource.Open(
        ConnectionString(settings),
        settings.PostgresByIdentity ? AzureIdentity.PostgresPassword(settings.IdentityClientId) : null);

    private static string ConnectionString(SiloSettings settings)
    {
        var text = new NpgsqlConnectionStringBuilder
        {
            Host = settings.PostgresHosts,
            Database = settings.PostgresDatabase,
            Username = settings.PostgresUser,
            MaxPoolSize = PostgresConnectionsMax,
            ApplicationName = settings.SiloName ?? "city",
        };
        if (settings.PostgresByIdentity)
            text.SslMode = SslMode.VerifyFull;
        return text.ConnectionString;
    }

    private static void SetEndpoints(EndpointOptions options, SiloSettings settings)
    {
        options.AdvertisedIPAddress = settings.AdvertisedAddress;
        options.SiloPort = settings.AdvertisedSiloPort > 0 ? settings.AdvertisedSiloPort : settings.SiloPort;
        options.GatewayPort = settings.AdvertisedGatewayPort > 0 ? settings.AdvertisedGatewayPort : settings.GatewayPort;
        var listen = IPAddress.IsLoopback(settings.AdvertisedAddress) ? IPAddress.Loopback : IPAddress.Any;
        options.SiloListeningEndpoint = new IPEndPoint(listen, settings.SiloPort);
        options.GatewayListeningEndpoint = new IPEndPoint(listen, settings.GatewayPort);
    }

    private static TableServiceClient Tables(SiloSettings settings) => new(
        settings.TableEndpoint ?? throw new FormatException("Orleans__TableEndpoint is missing"),
        AzureIdentity.Of(settings.IdentityClientId));

    private static ConfigurationOptions Redis(SiloSettings settings)
    {
        var options = ConfigurationOptions.Parse(settings.RedisEndpoint);
        options.Ssl = settings.RedisByIdentity;
        return options;
    }

    // A connection of the provider that asked for it, which also ends it.
    private static async Task<(IConnectionMultiplexer Multiplexer, bool IsShared)> ConnectAsync(SiloSettings settings)
    {
        var options = Redis(settings);
        if (settings.RedisByIdentity)
            await options.ConfigureForAzureWithTokenCredentialAsync(AzureIdentity.Of(settings.IdentityClientId));
        return (await ConnectionMultiplexer.ConnectAsync(options), false);
    }
}
