using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Gateway;
using DigitalTwin.Model.Graph;

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
            var fleet = BenchFleet.Of(folder, Enumerable.Range(0, connections).Select(number => new TwinDefinition
            {
                Id = $"l-{number:000000}", ModelId = "dtmi:kz:almaty:Streetlight;1", Position = new(76.9, 43.2),
            }));
            await using var engine = fleet.StartEngine();
            await using var server = await BenchGateway.StartAsync(fleet, engine, new GatewayLimits());
            var before = WorkingSet();
            using var clients = Process.Start(new ProcessStartInfo("dotnet",
                [Path.Combine("artifacts", "simulator", "DigitalTwin.Simulator.dll"), "idle",
                 "--fleet", fleet.File,
                 "--port", server.GatewayPort.ToString(CultureInfo.InvariantCulture),
                 "--connections", connections.ToString(CultureInfo.InvariantCulture), "--seconds", "20"])
            { RedirectStandardOutput = true })!;
            var output = clients.StandardOutput.ReadToEndAsync();
            var most = 0L;
            var open = 0L;
            while (!output.IsCompleted)
            {
                await Task.Delay(200);
                open = Math.Max(open, server.Meters.ConnectionsOpen);
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

    private static long WorkingSet()
    {
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
