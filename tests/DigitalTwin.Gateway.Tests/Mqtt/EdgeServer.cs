using System.Net;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Embedded;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>The devices' side of the gateway over a real engine: MQTT, MQTT over TLS, the HTTPS device API and operations.</summary>
public sealed class EdgeServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-").FullName;
    private WebApplication _app = null!;

    /// <summary>Goes on by itself, and further where a test pushes it.</summary>
    internal PushedTime Time { get; } = new();

    internal CityGraph Graph { get; private init; } = null!;

    internal ITwinEngine Engine => _app.Services.GetRequiredService<ITwinEngine>();

    internal DeviceRegistry Devices => _app.Services.GetRequiredService<DeviceRegistry>();

    internal RejectList Rejects => _app.Services.GetRequiredService<RejectList>();

    internal MqttServices MqttServices => _app.Services.GetRequiredService<MqttServices>();

    internal DeviceSessions Sessions => _app.Services.GetRequiredService<DeviceSessions>();

    internal IServiceProvider Services => _app.Services;

    internal T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    internal IngestMeters Meters => _app.Services.GetRequiredService<IngestMeters>();

    public int MqttPort { get; private set; }

    public int HttpPort => Http.BaseAddress!.Port;

    public int TlsPort { get; private set; }

    public int HttpsPort { get; private set; }

    public string CertificateFile => Path.Combine(_folder, GatewayCertificate.CertificateFile);

    public string DataFolder => _folder;

    public HttpClient Http { get; private set; } = null!;

    public static async Task<EdgeServer> StartAsync(
        bool allowAnonymous = false, GatewayLimits? limits = null, string? problem = null, string? sessionFolder = null,
        Action<IServiceCollection>? services = null, Action<WebApplication>? map = null,
        IEnumerable<TwinDefinition>? twins = null)
    {
        var server = new EdgeServer
        {
            Graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins ?? ApiCity.Twins()),
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => sockets.MaxReadBufferSize = new GatewayLimits().TransportBytesMax);
        var certificate = GatewayCertificate.LoadOrCreate(server._folder, TimeProvider.System);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Protect(limits ?? new GatewayLimits());
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Guard();
                listen.GuardSecured();
                listen.UseConnectionHandler<MqttConnectionHandler>();
            });
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Guard();
                listen.UseHttps(certificate, DeviceAuthorities.AskForCertificate);
                listen.GuardSecured();
                listen.UseConnectionHandler<MqttConnectionHandler>();
            });
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Guard();
                listen.GuardRequests();
            });
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Guard();
                listen.UseHttps(certificate);
                listen.GuardRequests();
            });
        });
        var devices = DeviceRegistry.Open(server._folder);
        devices.EnsureAll(FleetExport.DeviceIdsOf(server.Graph));
        builder.Services.AddSingleton<ITwinEngine>(new EmbeddedEngine(server.Graph, server.Time, partitions: 2));
        builder.Services.AddSingleton(server.Graph);
        builder.Services.AddSingleton(limits ?? new GatewayLimits());
        builder.Services.AddSingleton<TimeProvider>(server.Time);
        builder.Services.AddSingleton(devices);
        builder.Services.AddSingleton(new ServerEpoch(7));
        builder.Services.AddSingleton(new EngineReadiness(() => problem));
        builder.Services.AddSingleton<CityFeed>();
        builder.Services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        builder.Services.AddWirelessMBus(server._folder, "Asia/Almaty");
        builder.Services.AddMqttEdge(new MqttEdgeOptions
        {
            AllowAnonymous = allowAnonymous,
            DataFolder = sessionFolder ?? server._folder,
        });
        services?.Invoke(builder.Services);
        builder.Services.AddIotHub(sessionFolder ?? server._folder);
        builder.Services.AddSingleton(new HubAddress(() => server.TlsPort));
        builder.Services.AddProvisioning(sessionFolder ?? server._folder, mqttsPort: 0);
        server._app = builder.Build();
        server._app.UseConnectionGate();
        server._app.MapDeviceApi();
        server._app.MapIotHub();
        server._app.MapProvisioning();
        server._app.MapMqttWebSockets();
        server._app.MapWmbusApi();
        server._app.MapDevicesApi();
        server._app.MapOperationsApi();
        map?.Invoke(server._app);
        await server._app.StartAsync();
        var ports = server._app.Urls.Select(url => new Uri(url).Port).ToArray();
        (server.MqttPort, server.TlsPort) = (ports[0], ports[1]);
        server.HttpsPort = ports[3];
        server.Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports[2]}") };
        return server;
    }

    internal string TokenOf(string deviceId, TimeSpan? lasts = null)
    {
        Assert.True(Devices.TryGet(deviceId, out var identity));
        return SasToken.Create("localhost", deviceId, identity.PrimaryKey, Time.GetUtcNow() + (lasts ?? TimeSpan.FromHours(1)));
    }

    internal async Task<double?> ValueOfAsync(string twinId, string property)
    {
        Assert.True(Graph.TryFind(twinId, out var twin));
        var snapshot = await Engine.GetAsync(twin, CancellationToken.None);
        var latest = snapshot.Latest[Graph.ModelOf(twin).SlotOf(property)];
        return latest.HasValue ? latest.Value : null;
    }

    /// <summary>The newest refusal as <c>/api/v1/ingest/rejects</c> lists it.</summary>
    internal async Task<JsonElement> NewestRejectAsync(string reason)
    {
        await Deadline.UntilAsync(() => Rejects.Recent().Count > 0, $"nothing was refused as {reason}");
        using var rejects = JsonDocument.Parse(await Http.GetStringAsync("/api/v1/ingest/rejects"));
        Assert.True(rejects.RootElement.GetProperty("byReason").GetProperty(reason).GetInt64() > 0, $"{reason} is not counted");
        return rejects.RootElement.GetProperty("recent")[0].Clone();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>The system's clock, which a test can push forward.</summary>
internal sealed class PushedTime : TimeProvider
{
    private long _pushedTicks;

    public void Push(TimeSpan span) => Interlocked.Add(ref _pushedTicks, span.Ticks);

    public override DateTimeOffset GetUtcNow() =>
        DateTimeOffset.UtcNow + TimeSpan.FromTicks(Interlocked.Read(ref _pushedTicks));

    public override long GetTimestamp() => base.GetTimestamp()
        + (long)(Interlocked.Read(ref _pushedTicks) / (double)TimeSpan.TicksPerSecond * TimestampFrequency);
}
