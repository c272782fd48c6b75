using System.Net;
using DigitalTwin.Gateway;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Commands;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Replay;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Upkeep;
using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DigitalTwin.Host;

/// <summary>Wires the gateway around a loaded city, top to bottom: services, listeners, then the request pipeline.</summary>
internal static partial class CityWeb
{
    public static WebApplication Build(HostOptions options, IServedCity city)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = "DigitalTwin.Host",
            // The page is served from its own folder, below; the working folder is nobody's web root.
            WebRootPath = Path.GetFullPath(options.WebFolder),
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // A port in use is told in one line by the command; the feed tells of itself.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        AddServices(builder.Services, options, city);
        AddAzure(builder.Services, builder.Configuration);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => sockets.MaxReadBufferSize = new GatewayLimits().TransportBytesMax);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        var app = builder.Build();
        Map(app, options);
        var address = OperationsAddress.Create(options.Port);
        if (city is LoadedCity stored)
            app.MapBackup(stored, address);
        else
            app.MapNoBackup(address);
        app.Lifetime.ApplicationStarted.Register(() => address.Write(options.DataFolder));
        return app;
    }

    private static void AddServices(IServiceCollection services, HostOptions options, IServedCity city)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(options.Limits);
        services.AddSingleton(city.Engine);
        services.AddSingleton(city.Engine.Graph);
        services.AddSingleton(city.Alarms);
        services.AddSingleton(city.Commands);
        services.AddSingleton(city.History);
        if (city.Past is { } past)
            services.AddSingleton(past);
        services.AddSingleton(city.Definition);
        services.AddSingleton(city.Devices);
        if (city is LoadedCity stored)
            services.AddHostedService(provider => new SnapshotSchedule(
                stored, options.SnapshotInterval, TimeProvider.System,
                provider.GetRequiredService<ILogger<SnapshotSchedule>>()));
        if (city.History is not NoHistory)
            services.AddHostedService<RetentionSchedule>();
        services.AddSingleton(city.Epoch);
        services.AddWirelessMBus(options.DataFolder, "Asia/Almaty");
        services.AddMqttEdge(new MqttEdgeOptions { AllowAnonymous = options.Dev, DataFolder = options.DataFolder });
        services.AddIotHub(options.DataFolder);
        services.AddProvisioning(options.DataFolder, options.MqttsPort);
        services.AddLoRaWan(NetworkServerFile.Load(options.DataFolder));
        services.AddCityApi(new CityApiOptions
        {
            TimeZone = "Asia/Almaty",
            IonToken = options.IonToken,
            TilesUrl = options.TilesUrl,
            ImageryUrl = options.ImageryUrl,
        });
        services.AddCommands();
        services.AddCityPush();
        services.AddSingleton(new EngineReadiness(() => city.Problem));
    }

    // What the settings name of Event Hubs, IoT Hub and Redis; only the Azure build has it.
    static partial void AddAzure(IServiceCollection services, IConfiguration settings);

    private static void Listen(KestrelServerOptions kestrel, HostOptions options)
    {
        var limits = kestrel.ApplicationServices.GetRequiredService<GatewayLimits>();
        var certificate = GatewayCertificate.LoadOrCreate(options.DataFolder, TimeProvider.System);
        kestrel.Protect(limits);
        kestrel.Listen(IPAddress.Loopback, options.Port);
        kestrel.Listen(IPAddress.Loopback, options.MqttPort, listen => listen.UseConnectionHandler<MqttConnectionHandler>());
        kestrel.Listen(options.DeviceAddress, options.MqttsPort, listen =>
        {
            listen.Guard();
            listen.UseHttps(certificate, DeviceAuthorities.AskForCertificate);
            listen.GuardSecured();
            listen.UseConnectionHandler<MqttConnectionHandler>();
        });
        kestrel.Listen(options.DeviceAddress, options.HttpsPort, listen =>
        {
            listen.Guard();
            listen.UseHttps(certificate);
            listen.GuardRequests();
        });
        if (options.HealthPort is { } healthPort)
            kestrel.ListenAnyIP(healthPort, listen =>
            {
                listen.Guard();
                listen.GuardRequests();
            });
    }

    private static void Map(WebApplication app, HostOptions options)
    {
        app.UseConnectionGate();
        app.UseLoopbackGuard(options.Port, options.HealthPort);
        app.UsePage(options);
        app.UseReplays();
        app.MapDeviceApi();
        app.MapIotHub();
        app.MapProvisioning();
        app.MapLoRaWan();
        app.MapWmbusApi();
        app.MapMqttWebSockets();
        app.MapCityApi();
        app.MapAlarmsApi();
        app.MapLightingApi();
        app.MapInsightsApi();
        app.MapCommandsApi();
        app.MapHistoryApi();
        app.MapDevicesApi();
        app.MapReplaysApi();
        app.MapOperationsApi();
        app.MapCityHub();
    }
}
