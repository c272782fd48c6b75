using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Commands;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.History;

namespace DigitalTwin.Bench;

/// <summary>
/// What it costs to answer only when the input is on disk: messages a second with the journal against the same city
/// without one, how long an acknowledgement takes at a steady load, and how long a start takes.
/// </summary>
internal static class DurableBench
{
    // Connections that wait for their answers: what they have on its way must outlast a flush, as a city's thousands do.
    private const int Lanes = 512;
    private const int MessagesPerBatch = 16;
    private const int OfferedPerSecond = 20_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var twins = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        var folder = args.Length > 2 ? args[2] : Directory.CreateTempSubdirectory("durable-bench-").FullName;
        try
        {
            var graph = MeteredCity.Graph(twins);
            var rules = CityRules.BuiltInFor(graph);
            double bare, durable, p50, p99, snapshot;
            long signals;
            await using (var city = await OpenAsync(folder, graph, rules))
            {
                await using (var without = new CityWithoutJournal(Path.Combine(folder, "without"), graph, rules))
                    (bare, durable) = await InTurnAsync(without.Engine, city.Engine, seconds);
                (p50, p99) = await LatencyAsync(city.Engine, seconds);
                var clock = Stopwatch.StartNew();
                await city.SnapshotAsync(default);
                snapshot = clock.Elapsed.TotalSeconds;
                await RateAsync(city.Engine, seconds);
                signals = city.Engine.Counters.AlarmSignals;
            }

            double kept;
            var values = Path.Combine(folder, "with-history");
            await using (var history = await CityHistory.OpenSqliteAsync(
                Path.Combine(values, "history"), graph, HistoryPolicy.BuiltIn, new HistoryOptions(), TimeProvider.System, default))
            await using (var city = await OpenAsync(values, graph, rules, history))
            {
                await RateAsync(city.Engine, seconds: 2);
                kept = await RateAsync(city.Engine, seconds);
            }

            var start = Stopwatch.StartNew();
            await using var again = await OpenAsync(folder, graph, rules);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                cores                            {Environment.ProcessorCount}
                twins                            {graph.Count:N0}
                without a journal, messages/s    {bare:N0}   ({Lanes} senders, {MessagesPerBatch} messages each time)
                durable, messages/s              {durable:N0}
                ratio                            {durable / bare:N2}   (a second each, in turn, {seconds} times)
                with history, messages/s         {kept:N0}   (2 values a message, SQLite)
                alarm signals meanwhile          {signals:N0}
                acknowledged at {OfferedPerSecond:N0}/s       p50 {p50:N1} ms, p99 {p99:N1} ms
                snapshot                         {snapshot:N2} s
                start                            {start.Elapsed.TotalSeconds:N2} s   (snapshot and {again.Recovery.RecordsPlayedBack:N0} inputs of {MessagesPerBatch} messages behind it)
                """));
            return 0;
        }
        finally
        {
            if (args.Length <= 2)
                Directory.Delete(folder, recursive: true);
        }
    }

    // A second each, in turn: the machine's own pace changes meanwhile.
    private static async Task<(double Bare, double Durable)> InTurnAsync(
        EmbeddedEngine bare, EmbeddedEngine durable, int seconds)
    {
        await RateAsync(bare, seconds: 2);
        await RateAsync(durable, seconds: 2);
        var (without, with) = (0.0, 0.0);
        for (var second = 0; second < seconds; second++)
        {
            without += await RateAsync(bare, seconds: 1) / seconds;
            with += await RateAsync(durable, seconds: 1) / seconds;
        }

        return (without, with);
    }

    private static Task<StoredCity> OpenAsync(string folder, CityGraph graph, CityRules rules, IHistory? history = null) =>
        StoredCity.OpenAsync(
            folder, graph, rules, AlarmNorms.BuiltIn, TimeProvider.System, Environment.ProcessorCount, history);

    // Each sender waits for its answer before it sends again, as a connection does.
    private static async Task<double> RateAsync(EmbeddedEngine engine, int seconds)
    {
        var counted = engine.Counters.Messages;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => Task.Run(async () =>
        {
            var random = new Random(lane);
            while (clock.Elapsed.TotalSeconds < seconds)
                await engine.AcceptAsync(Batch(engine.Graph, random, MessagesPerBatch), default);
        })));
        await engine.QueryAsync(new TwinQuery { Limit = 1, ModelId = "none" }, default);
        return (engine.Counters.Messages - counted) / clock.Elapsed.TotalSeconds;
    }

    private static async Task<(double P50, double P99)> LatencyAsync(EmbeddedEngine engine, int seconds)
    {
        var random = new Random(7);
        var took = new double[OfferedPerSecond * seconds];
        var waiting = new List<Task>(took.Length);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < took.Length; i++)
        {
            while (clock.Elapsed.TotalSeconds < i / (double)OfferedPerSecond)
                await Task.Yield();
            waiting.Add(SendAsync(i, clock.Elapsed));
        }

        await Task.WhenAll(waiting);
        Array.Sort(took);
        return (took[took.Length / 2], took[(int)(took.Length * 0.99)]);

        async Task SendAsync(int message, TimeSpan sentAt)
        {
            await engine.AcceptAsync(Batch(engine.Graph, random, messages: 1), default);
            took[message] = (clock.Elapsed - sentAt).TotalMilliseconds;
        }
    }

    private static TelemetryBatch Batch(CityGraph graph, Random random, int messages)
    {
        var batch = TelemetryBatch.Rent(Instant.From(DateTimeOffset.UtcNow));
        for (var i = 0; i < messages; i++)
            MeteredCity.Report(batch, graph, MeteredCity.AnyMeter(graph, random), random);

        batch.MessageCount = messages;
        return batch;
    }

    /// <summary>The same city, its alarms and commands too; only inputs are not written down.</summary>
    private sealed class CityWithoutJournal : IAsyncDisposable
    {
        private readonly AlarmDesk _alarms;
        private readonly CommandDesk _commands;
        private readonly CommandWatch _watch;

        public CityWithoutJournal(string folder, CityGraph graph, CityRules rules)
        {
            var signals = new AlarmQueue();
            _alarms = new AlarmDesk(
                graph, rules.Book, signals,
                AlarmLog.Open(Path.Combine(folder, "alarms"), graph, rules.Book, AlarmNorms.BuiltIn), TimeProvider.System);
            Engine = new EmbeddedEngine(graph, TimeProvider.System, Environment.ProcessorCount, rules, signals);
            _commands = new CommandDesk(CommandLog.Open(Path.Combine(folder, "commands")), TimeProvider.System);
            _watch = new CommandWatch(Engine, _commands, TimeProvider.System);
        }

        public EmbeddedEngine Engine { get; }

        public async ValueTask DisposeAsync()
        {
            await _watch.DisposeAsync();
            await _commands.DisposeAsync();
            await Engine.DisposeAsync();
            await _alarms.DisposeAsync();
        }
    }
}
