using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Bench;

/// <summary>
/// How many messages a second the embedded engine applies with a million meters loaded, against one object a twin
/// behind a lock in a concurrent dictionary: what a service without an engine would do.
/// </summary>
internal static class EngineBench
{
    private const int MetersPerBuilding = 25;
    private const int MessagesPerBatch = 64;
    private const int ReadingsPerMessage = 2;

    // A meter that reports every quarter of an hour is what a city has most of; a few seconds of load close hours too.
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(15);

    private static readonly Instant s_start = Instant.From(DateTimeOffset.UtcNow);

    private static long s_sent;

    public static async Task<int> RunAsync(string[] args)
    {
        var twins = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        var before = ManagedBytes();
        var graph = MeteredCity.Graph(
            twins, MetersPerBuilding, "ElectricityMeter", "ColdWaterMeter", "HotWaterMeter", "GasMeter", "HeatMeter");
        await using var engine = new EmbeddedEngine(graph, TimeProvider.System, Math.Max(1, Environment.ProcessorCount));
        var bytesPerTwin = (ManagedBytes() - before) / (double)graph.Count;
        var meters = graph.All().Where(twin => graph.ModelOf(twin).Kind == TwinKind.UtilityMeter).ToArray();

        var registers = new Register[meters.Length];

        await MeasureAsync(engine, meters, registers, seconds: 2);
        var (rate, allocated) = await MeasureAsync(engine, meters, registers, seconds);
        var reference = MeasureReference(graph, meters, seconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            cores                       {Environment.ProcessorCount}
            twins                       {graph.Count:N0} ({meters.Length:N0} meters)
            managed bytes a twin        {bytesPerTwin:N0}   (graph and engine)
            engine, messages/s          {rate:N0}   ({ReadingsPerMessage} readings each, random twins)
            allocated bytes a message   {allocated:N2}
            reference, messages/s       {reference:N0}   (dictionary of locked objects)
            ratio                       {rate / reference:N2}
            """));
        return 0;
    }

    private static async Task<(double PerSecond, double AllocatedPerMessage)> MeasureAsync(
        EmbeddedEngine engine, TwinHandle[] meters, Register[] registers, int seconds)
    {
        await SettleAsync(engine);
        var applied = engine.Counters.Messages;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var clock = Stopwatch.StartNew();
        var random = new Random(1);
        var catalog = engine.Graph;
        var batchesPerInterval = meters.Length / (double)MessagesPerBatch;
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            var now = s_start.Plus(s_interval * (s_sent / batchesPerInterval));
            var batch = TelemetryBatch.Rent(now);
            for (var i = 0; i < MessagesPerBatch; i++)
            {
                var meter = random.Next(meters.Length);
                var (rate, total) = registers[meter].Run(now, 50 + random.Next(400));
                var slots = catalog.ModelOf(meters[meter]).SummarySlots;
                batch.Add(new Reading(meters[meter], (ushort)slots[0], Quality.Good, rate, now));
                batch.Add(new Reading(meters[meter], (ushort)slots[1], Quality.Good, total, now));
            }

            s_sent++;
            batch.MessageCount = MessagesPerBatch;
            await engine.AcceptAsync(batch, default);
        }

        await SettleAsync(engine);
        var messages = engine.Counters.Messages - applied;
        return (messages / clock.Elapsed.TotalSeconds,
            (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)messages);
    }

    private static async Task SettleAsync(EmbeddedEngine engine) =>
        // A question is answered after everything accepted before it, in its partition; one a partition is enough.
        await engine.QueryAsync(new TwinQuery { Limit = 1, ModelId = "none" }, default);

    private static double MeasureReference(CityGraph graph, TwinHandle[] meters, int seconds)
    {
        var twins = new ConcurrentDictionary<string, Dictionary<string, (double Value, long At)>>();
        foreach (var meter in meters)
            twins[graph.IdOf(meter)] = [];
        var senders = Enumerable.Range(0, Environment.ProcessorCount).Select(sender => Task.Factory.StartNew(() =>
        {
            var random = new Random(sender);
            var clock = Stopwatch.StartNew();
            var count = 0L;
            for (; clock.Elapsed.TotalSeconds < seconds; count++)
            {
                var meter = meters[random.Next(meters.Length)];
                var model = graph.ModelOf(meter);
                var twin = twins[graph.IdOf(meter)];
                lock (twin)
                    foreach (var slot in model.SummarySlots[..ReadingsPerMessage])
                        twin[model.Slots[slot].Name] = (count, count);
            }

            return count / clock.Elapsed.TotalSeconds;
        }, TaskCreationOptions.LongRunning));
        return Task.WhenAll(senders).GetAwaiter().GetResult().Sum();
    }

    private static long ManagedBytes() => GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>A meter's count: what an hour at its rate adds.</summary>
    private record struct Register(Instant At, double Total, double Rate)
    {
        public (double Rate, double Total) Run(Instant now, double rate)
        {
            if (At != default)
                Total += Rate * (now - At).TotalHours;
            (At, Rate) = (now, rate);
            return (rate, Total);
        }
    }
}
