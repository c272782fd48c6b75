using System.Diagnostics;
using System.Globalization;
using System.Net;
using DigitalTwin.Gateway;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Embedded;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Bench;

/// <summary>What connected, idle devices cost the server in memory; the clients are a process of their own.</summary>
internal static class IdleBench
{
    public static async Task<int> RunAsync(string[] args)
    {
        var connections = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 15_000;
        var folder = Directory.CreateTempSubdirectory("city-bench-").FullName;
        try
        {
            await using var app = await StartAsync(folder, connections);
            var meters = app.Services.GetRequiredService<IngestMeters>();
            var before = WorkingSet();
            using var clients = Process.Start(new ProcessStartInfo("dotnet",
                [Path.Combine("artifacts", "simulator", "DigitalTwin.Simulator.dll"), "idle",
                 "--fleet", Path.Combine(folder, "fleet.ndjson"),
                 "--port", new Uri(app.Urls.Single()).Port.ToString(CultureInfo.InvariantCulture),
                 "--connections", connections.ToString(CultureInfo.InvariantCulture), "--seconds", "20"])
            { RedirectStandardOutput = true })!;
            var output = clients.StandardOutput.ReadToEndAsync();
            var most = 0L;
            var open = 0L;
            while (!output.IsCompleted)
            {
                await Task.Delay(200);
                open = Math.Max(open, meters.ConnectionsOpen);
                most = Math.Max(most, WorkingSet());
            }

            var clientsSaid = (await output).Trim();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                {open:N0} connections open at once; working set before {before / 1e6:N0} MB, at most {most / 1e6:N0} MB with them
                ({(most - before) / 1e3 / Math.Max(1, open):N1} kB a connection)
                clients: {clientsSaid}
                """));
            return open >= connections ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<WebApplication> StartAsync(string folder, int connections)
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, Enumerable.Range(0, connections).Select(number =>
            new TwinDefinition
            {
                Id = $"l-{number:000000}", ModelId = "dtmi:kz:almaty:Streetlight;1", Position = new(76.9, 43.2),
            }));
        var devices = DeviceRegistry.Open(folder);
        devices.EnsureAll(FleetExport.DeviceIdsOf(graph));
        FleetExport.Write(Path.Combine(folder, "fleet.ndjson"), graph, devices);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new GatewayLimits());
        builder.Services.AddSingleton<ITwinEngine>(
            new EmbeddedEngine(graph, TimeProvider.System, Environment.ProcessorCount));
        builder.Services.AddSingleton(graph);
        builder.Services.AddSingleton(devices);
        builder.Services.AddMqttEdge(new MqttEdgeOptions());
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseConnectionHandler<MqttConnectionHandler>()));
        var app = builder.Build();
        await app.StartAsync();
        return app;
    }

    private static long WorkingSet()
    {
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
