using System.Net;
using Microsoft.Extensions.Configuration;

namespace DigitalTwin.Silo.Orleans.Hosting;

/// <summary>Where the membership of the cluster is.</summary>
public enum Clustering
{
    /// <summary>Nowhere: a silo alone on this machine, for trying out.</summary>
    Local,
    AzureStorage,
    Postgres,
    Redis,
}

/// <summary>Where the states of units are.</summary>
public enum GrainStorage
{
    /// <summary>Nowhere: gone with the silos, for trying out.</summary>
    Memory,
    Postgres,
    Redis,
}

/// <summary>
/// What a silo or a client of the cluster is told by its environment: addresses and names, never a secret. The table
/// is in docs/operations.md.
/// </summary>
public sealed record SiloSettings
{
    public string ClusterId { get; init; } = "city";

    public string ServiceId { get; init; } = "city-digital-twin";

    public Clustering Clustering { get; init; }

    public GrainStorage GrainStorage { get; init; }

    public Uri? TableEndpoint { get; init; }

    public string MembershipTable { get; init; } = "OrleansSiloInstances";

    public string? SiloName { get; init; }

    public IPAddress AdvertisedAddress { get; init; } = IPAddress.Loopback;

    public int SiloPort { get; init; } = 11_111;

    public int GatewayPort { get; init; } = 30_000;

    public int AdvertisedSiloPort { get; init; }

    public int AdvertisedGatewayPort { get; init; }

    public string PostgresHosts { get; init; } = "localhost";

    public string PostgresDatabase { get; init; } = "city";

    public string? PostgresUser { get; init; }

    /// <summary>A token of the process's identity as password; otherwise none.</summary>
    public bool PostgresByIdentity { get; init; }

    public string RedisEndpoint { get; init; } = "localhost:6379";

    public bool RedisByIdentity { get; init; }

    /// <summary>Which user-assigned identity; the system's where none is named.</summary>
    public string? IdentityClientId { get; init; }

    /// <summary>Port of health checks on every address; 0 for none.</summary>
    public int HealthPort { get; init; }

    /// <summary>Loopback port of <c>/metrics</c>; 0 for none.</summary>
    public int MetricsPort { get; init; }

    /// <summary>Loopback port of the Orleans dashboard; 0 for none.</summary>
    public int DashboardPort { get; init; }

    /// <summary>The city that all silos and clients load.</summary>
    public string CityFile { get; init; } = "data/city.ndjson";

    /// <exception cref="FormatException">A setting does not fit; says which.</exception>
    public static SiloSettings From(IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var read = new SiloSettings();
        return read with
        {
            ClusterId = settings["Orleans:ClusterId"] ?? read.ClusterId,
            ServiceId = settings["Orleans:ServiceId"] ?? read.ServiceId,
            Clustering = ClusteringOf(settings["Orleans:Clustering"]),
            GrainStorage = GrainStorageOf(settings["Orleans:GrainStorage"]),
            TableEndpoint = UriOf(settings, "Orleans:TableEndpoint"),
            MembershipTable = settings["Orleans:MembershipTable"] ?? read.MembershipTable,
            SiloName = settings["Orleans:SiloName"],
            AdvertisedAddress = settings["Orleans:AdvertisedIPAddress"] is { Length: > 0 } address
                ? IPAddress.TryParse(address, out var parsed) ? parsed : throw Refusal("Orleans:AdvertisedIPAddress", address)
                : read.AdvertisedAddress,
            SiloPort = PortOf(settings, "Orleans:SiloPort", read.SiloPort),
            GatewayPort = PortOf(settings, "Orleans:GatewayPort", read.GatewayPort),
            AdvertisedSiloPort = PortOf(settings, "Orleans:AdvertisedSiloPort", 0),
            AdvertisedGatewayPort = PortOf(settings, "Orleans:AdvertisedGatewayPort", 0),
            PostgresHosts = settings["Postgres:Hosts"] ?? read.PostgresHosts,
            PostgresDatabase = settings["Postgres:Database"] ?? read.PostgresDatabase,
            PostgresUser = settings["Postgres:User"],
            PostgresByIdentity = IsByIdentity(settings, "Postgres:Authentication"),
            RedisEndpoint = settings["Redis:Endpoint"] ?? read.RedisEndpoint,
            RedisByIdentity = IsByIdentity(settings, "Redis:Authentication"),
            IdentityClientId = settings["AZURE_CLIENT_ID"],
            HealthPort = PortOf(settings, "DigitalTwin:HealthPort", 0),
            MetricsPort = PortOf(settings, "DigitalTwin:MetricsPort", 0),
            DashboardPort = PortOf(settings, "DigitalTwin:DashboardPort", 0),
            CityFile = settings["DigitalTwin:CityFile"] ?? read.CityFile,
        };
    }

    /// <summary>
    /// Keeps the setting from Orleans, which reads a section of the same name by itself and takes its value for the name
    /// of a provider.
    /// </summary>
    internal static void HideFromOrleans(IConfigurationManager settings) =>
        settings.AddInMemoryCollection([new KeyValuePair<string, string?>("Orleans:Clustering", null)]);

    private static Clustering ClusteringOf(string? text) => text switch
    {
        null or "" or "local" => Clustering.Local,
        "azure-storage" => Clustering.AzureStorage,
        "postgres" => Clustering.Postgres,
        "redis" => Clustering.Redis,
        _ => throw Refusal("Orleans:Clustering", text),
    };

    private static GrainStorage GrainStorageOf(string? text) => text switch
    {
        null or "" or "memory" => GrainStorage.Memory,
        "postgres" => GrainStorage.Postgres,
        "redis" => GrainStorage.Redis,
        _ => throw Refusal("Orleans:GrainStorage", text),
    };

    private static bool IsByIdentity(IConfiguration settings, string name) => settings[name] switch
    {
        null or "" or "none" => false,
        "entra" => true,
        var text => throw Refusal(name, text),
    };

    private static Uri? UriOf(IConfiguration settings, string name) => settings[name] switch
    {
        null or "" => null,
        var text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : throw Refusal(name, text),
    };

    private static int PortOf(IConfiguration settings, string name, int otherwise) => settings[name] switch
    {
        null or "" => otherwise,
        var text => ushort.TryParse(text, out var port) ? port : throw Refusal(name, text),
    };

    private static FormatException Refusal(string name, string text) =>
        new($"{name.Replace(":", "__", StringComparison.Ordinal)} cannot be {text}");
}
