using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;

namespace DigitalTwin.Bench;

/// <summary>
/// How long a city takes from nothing in memory to live: a snapshot of every twin, and inputs of one message each behind
/// it, against reading the same files once with their checksum.
/// </summary>
internal static class StartBench
{
    private const int Lanes = 2_048;

    public static async Task<int> RunAsync(string[] args)
    {
        var twins = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_000_000;
        var inputs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5_000_000;
        var folder = args.Length > 2 ? args[2] : Directory.CreateTempSubdirectory("start-bench-").FullName;
        try
        {
            var graph = MeteredCity.Graph(twins);
            var rules = CityRules.BuiltInFor(graph);
            var snapshot = TimeSpan.Zero;
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
            {
                await using var city = await OpenAsync(folder, graph, rules);
                await FillAsync(city, graph);
                var clock = Stopwatch.StartNew();
                await city.SnapshotAsync(default);
                snapshot = clock.Elapsed;
                await SendAsync(city, graph, inputs);
            }

            var read = Stopwatch.StartNew();
            var bytes = ReadAll(Path.Combine(folder, "journal"));
            read.Stop();
            GC.Collect();
            var start = Stopwatch.StartNew();
            await using var again = await OpenAsync(folder, graph, rules);
            start.Stop();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                cores                 {Environment.ProcessorCount}
                twins                 {graph.Count:N0}
                snapshot written in   {snapshot.TotalSeconds:N2} s
                start                 {start.Elapsed.TotalSeconds:N2} s   ({again.Recovery.RecordsPlayedBack:N0} inputs of one message behind the snapshot)
                reading the files     {read.Elapsed.TotalSeconds:N2} s   ({bytes / 1e6:N0} MB, with CRC-32C)
                ratio                 {start.Elapsed / read.Elapsed:N1}
                """));
            return 0;
        }
        finally
        {
            if (args.Length <= 2)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<StoredCity> OpenAsync(string folder, CityGraph graph, CityRules rules) =>
        StoredCity.OpenAsync(folder, graph, rules, AlarmNorms.BuiltIn, TimeProvider.System, Environment.ProcessorCount);

    private static async Task FillAsync(StoredCity city, CityGraph graph)
    {
        var random = new Random(1);
        var now = Instant.From(DateTimeOffset.UtcNow);
        var meters = graph.All().Where(twin => graph.ModelOf(twin).Kind == TwinKind.UtilityMeter);
        foreach (var group in meters.Chunk(1_000))
        {
            var batch = TelemetryBatch.Rent(now);
            foreach (var meter in group)
                MeteredCity.Report(batch, graph, meter, random);
            batch.MessageCount = group.Length;
            await city.Engine.AcceptAsync(batch, default);
        }
    }

    private static Task SendAsync(StoredCity city, CityGraph graph, int inputs) =>
        Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => Task.Run(async () =>
        {
            var random = new Random(lane);
            for (var i = lane; i < inputs; i += Lanes)
            {
                var batch = TelemetryBatch.Rent(Instant.From(DateTimeOffset.UtcNow));
                MeteredCity.Report(batch, graph, MeteredCity.AnyMeter(graph, random), random);
                batch.MessageCount = 1;
                await city.Engine.AcceptAsync(batch, default);
            }
        })));

    private static long ReadAll(string folder)
    {
        var buffer = new byte[1 << 20];
        var total = 0L;
        var check = 0U;
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            using var file = File.OpenRead(path);
            for (int length; (length = file.Read(buffer)) > 0; total += length)
                check = Crc32C.Continue(check, buffer.AsSpan(0, length));
        }

        return total;
    }
}
