using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Gateway;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Bench;

/// <summary>
/// MQTT QoS 1 over loopback, end to end into the engine: without a journal against a bare sink on the same server that
/// only finds packets and acknowledges them; and acknowledged when it is on disk, against mosquitto with no subscriber.
/// The generator is a process of its own on the same cores, and the same for all.
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
            var fleet = BenchFleet.OfDemoCity(folder);
            await using var engine = fleet.StartEngine();
            await using var city = await StoredCity.OpenAsync(
                Path.Combine(folder, "city"), fleet.Graph, CityRules.BuiltInFor(fleet.Graph), AlarmNorms.BuiltIn,
                TimeProvider.System, Environment.ProcessorCount);
            var limits = new GatewayLimits { Protection = ProtectionLimits.Unlimited };
            await using var server = await BenchGateway.StartAsync(fleet, engine, limits);
            await using var durable = await BenchGateway.StartAsync(fleet, city.Engine, limits);
            using var mosquitto = Mosquitto.Start(folder);
            Console.WriteLine($"{Environment.ProcessorCount} cores, {Connections} connections, {seconds} s a figure, median of {Rounds}");
            (string Name, int Port, EmbeddedEngine? Engine)[] targets =
            [
                ("bare sink", server.SinkPort, null),
                ("gateway into engine", server.GatewayPort, engine),
                ("mosquitto", mosquitto.Port, null),
                ("gateway, durable", durable.GatewayPort, city.Engine),
            ];
            foreach (var outstanding in (int[])[1, 16])
            {
                var rates = targets.Select(_ => new List<double>()).ToArray();
                foreach (var (_, port, _) in targets)
                    await LoadProcess.RunAsync(fleet.File, port, outstanding, seconds: 2, skip: 0, Connections);
                for (var round = 0; round < Rounds; round++)
                    for (var i = 0; i < targets.Length; i++)
                        rates[i].Add(await RateAsync(fleet.File, targets[i].Port, targets[i].Engine, outstanding, seconds));
                var medians = rates.Select(Median).ToArray();
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                    {outstanding,2} outstanding: {targets[1].Name} {medians[1]:N0}/s, {targets[0].Name} {medians[0]:N0}/s, ratio {medians[1] / medians[0]:N2}
                                    {targets[3].Name} {medians[3]:N0}/s, {targets[2].Name} {medians[2]:N0}/s, ratio {medians[3] / medians[2]:N2}
                    """));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> RateAsync(
        string fleet, int port, EmbeddedEngine? engine, int outstanding, int seconds)
    {
        var before = engine?.Counters.Messages ?? 0;
        var result = await LoadProcess.RunAsync(fleet, port, outstanding, seconds, skip: 0, Connections);
        if (engine is not null)
        {
            // An answer comes after everything that was accepted before the question.
            await engine.QueryAsync(new TwinQuery { Limit = 1 }, CancellationToken.None);
            if (engine.Counters.Messages - before < result.Acknowledged)
                throw new InvalidOperationException(
                    $"{result.Acknowledged} acknowledged, {engine.Counters.Messages - before} applied");
        }

        return result.RatePerSecond;
    }

    private static double Median(List<double> figures) => figures.Order().ElementAt(figures.Count / 2);

    /// <summary>A mosquitto of its own on a free port, which lets everybody in.</summary>
    private sealed class Mosquitto : IDisposable
    {
        private readonly Process _process;

        private Mosquitto(Process process, int port) => (_process, Port) = (process, port);

        public int Port { get; }

        public static Mosquitto Start(string folder)
        {
            var port = HostProcess.FreePort();
            var configuration = Path.Combine(folder, "mosquitto.conf");
            File.WriteAllText(configuration, string.Create(CultureInfo.InvariantCulture, $"""
                listener {port} 127.0.0.1
                allow_anonymous true
                persistence false
                set_tcp_nodelay true
                log_dest none

                """));
            var program = File.Exists("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto";
            return new Mosquitto(Process.Start(program, ["-c", configuration]), port);
        }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
