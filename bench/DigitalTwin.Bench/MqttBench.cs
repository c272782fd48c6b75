using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Simulator.Load;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Bench;

/// <summary>
/// MQTT QoS 1 over loopback, end to end into the engine, against a bare sink on the same server that only finds
/// packets and acknowledges them. The generator is a process of its own on the same cores.
/// </summary>
internal static class MqttBench
{
    private const int Connections = 100;
    private const int Rounds = 3;

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var folder = Directory.CreateTempSubdirectory("city-bench-").FullName;
        try
        {
            await using var server = await Server.StartAsync(folder);
            Console.WriteLine($"{Environment.ProcessorCount} cores, {Connections} connections, {seconds} s a figure, median of {Rounds}");
            foreach (var outstanding in (int[])[1, 16])
            {
                var sink = new List<double>();
                var gateway = new List<double>();
                await GenerateAsync(server, server.SinkPort, outstanding, seconds: 2);
                await GenerateAsync(server, server.GatewayPort, outstanding, seconds: 2);
                for (var round = 0; round < Rounds; round++)
                {
                    sink.Add((await GenerateAsync(server, server.SinkPort, outstanding, seconds)).RatePerSecond);
                    var before = server.Engine.Counters.Messages;
                    var result = await GenerateAsync(server, server.GatewayPort, outstanding, seconds);
                    gateway.Add(result.RatePerSecond);
                    var applied = server.Engine.Counters.Messages - before;
                    if (applied < result.Acknowledged)
                        throw new InvalidOperationException($"{result.Acknowledged} acknowledged, {applied} applied");
                }

                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                    {outstanding,2} outstanding: gateway into engine {Median(gateway):N0}/s, bare sink {Median(sink):N0}/s, ratio {Median(gateway) / Median(sink):N2}
                    """));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The generator's process: connects, sends, prints its result as JSON.</summary>
    public static async Task<int> GenerateAsync(string[] args)
    {
        var fleet = FleetLines(args[0]).Take(Connections).ToArray();
        var plan = new LoadPlan
        {
            Port = int.Parse(args[1], CultureInfo.InvariantCulture),
            Outstanding = int.Parse(args[2], CultureInfo.InvariantCulture),
            Duration = TimeSpan.FromSeconds(int.Parse(args[3], CultureInfo.InvariantCulture)),
            Identities = fleet,
            Payload = static (body, device, number) =>
            {
                var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
                var span = body.GetSpan(160);
                Encoding.UTF8.TryGetBytes(
                    string.Create(CultureInfo.InvariantCulture,
                        $$"""{"twin":"{{device.TwinIds[0]}}","ts":{{now}},"dimLevelPercent":{{number % 100}},"activePowerWatts":{{number % 100}}.5}"""),
                    span, out var written);
                body.Advance(written);
            },
        };
        Console.WriteLine(JsonSerializer.Serialize(await LoadGenerator.RunAsync(plan)));
        return 0;
    }

    private static async Task<LoadResult> GenerateAsync(Server server, int port, int outstanding, int seconds)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!,
            [Environment.GetCommandLineArgs()[0], "mqtt-generator", server.FleetFile,
             port.ToString(CultureInfo.InvariantCulture), outstanding.ToString(CultureInfo.InvariantCulture),
             seconds.ToString(CultureInfo.InvariantCulture)])
        { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var result = JsonSerializer.Deserialize<LoadResult>(output)!;
        return result.Problem is null && result.ConnectionsLost == 0
            ? result
            : throw new InvalidOperationException($"the load broke off: {output}");
    }

    // Devices of one light each: a message is as small as a device of the field makes it.
    private static IEnumerable<LoadIdentity> FleetLines(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            using var device = JsonDocument.Parse(line);
            var root = device.RootElement;
            string[] twins = [.. root.GetProperty("twins").EnumerateArray()
                .Select(twin => twin.GetProperty("id").GetString()!).Where(id => id.StartsWith("l-", StringComparison.Ordinal))];
            if (twins.Length > 0)
                yield return new LoadIdentity(
                    root.GetProperty("deviceId").GetString()!,
                    Convert.FromBase64String(root.GetProperty("primaryKey").GetString()!), twins);
        }
    }

    private static double Median(List<double> figures) => figures.Order().ElementAt(figures.Count / 2);

    /// <summary>Gateway and sink side by side in one Kestrel.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Server(WebApplication app, EmbeddedEngine engine, string fleetFile)
        {
            _app = app;
            Engine = engine;
            FleetFile = fleetFile;
            var ports = app.Urls.Select(url => new Uri(url).Port).ToArray();
            (GatewayPort, SinkPort) = (ports[0], ports[1]);
        }

        public EmbeddedEngine Engine { get; }

        public string FleetFile { get; }

        public int GatewayPort { get; }

        public int SinkPort { get; }

        public static async Task<Server> StartAsync(string folder)
        {
            var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, DemoCity.Generate(seed: 1, scale: 1).Twins);
            var engine = new EmbeddedEngine(graph, TimeProvider.System, Environment.ProcessorCount);
            var devices = DeviceRegistry.Open(folder);
            devices.EnsureAll(FleetExport.DeviceIdsOf(graph));
            var fleet = Path.Combine(folder, "fleet.ndjson");
            FleetExport.Write(fleet, graph, devices);
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(TimeProvider.System);
            builder.Services.AddSingleton(new GatewayLimits());
            builder.Services.AddSingleton<ITwinEngine>(engine);
            builder.Services.AddSingleton(graph);
            builder.Services.AddSingleton(devices);
            builder.Services.AddMqttEdge(new MqttEdgeOptions());
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<MqttConnectionHandler>());
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<BareSinkConnectionHandler>());
            });
            var app = builder.Build();
            await app.StartAsync();
            return new Server(app, engine, fleet);
        }

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            await Engine.DisposeAsync();
        }
    }
}
