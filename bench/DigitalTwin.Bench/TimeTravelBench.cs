using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;

namespace DigitalTwin.Bench;

/// <summary>
/// How long it takes to have the city as it was ten minutes behind a snapshot, whole and one district of eight, against
/// reading the same files with their checksums and doing nothing with them; and how fast it plays on from there.
/// </summary>
internal static class TimeTravelBench
{
    private const int Districts = 8;
    private const int Seconds = 600;
    private const int MessagesPerSecond = 3_000;
    private const int MessagesPerBatch = 16;

    public static async Task<int> RunAsync(string[] args)
    {
        var twins = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200_000;
        var folder = Directory.CreateTempSubdirectory("time-travel-bench-").FullName;
        try
        {
            var graph = Graph(twins);
            var rules = CityRules.BuiltInFor(graph);
            // The rounds are fired by hand: ten minutes are lived as fast as they can be.
            var clock = new SteppedClock(DateTimeOffset.UtcNow);
            await using var city = await StoredCity.OpenAsync(
                folder, graph, rules, AlarmNorms.BuiltIn, clock, Environment.ProcessorCount);
            await LiveAsync(city, clock);
            graph.TryFind("d3", out var district);
            var reading = Median(() => Timed(() => ReadFiles(folder)));
            var at = city.Past.Span!.Value.To;
            var whole = await OpenAsync(city, at, TwinHandle.None);
            var one = await OpenAsync(city, at, district);
            var bytes = Directory.GetFiles(Path.Combine(folder, "journal")).Sum(path => new FileInfo(path).Length);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                cores                            {Environment.ProcessorCount}
                twins                            {graph.Count:N0} in {Districts} districts
                snapshot and journal             {bytes / 1e6:N0} MB, {Seconds * MessagesPerSecond:N0} messages of them
                read with checksums alone        {reading:N2} s
                city, ten minutes behind it      {whole.Seconds:N2} s   ratio {whole.Seconds / reading:N1}   ({whole.Processor:N2} s of processors)
                city, at the snapshot            {whole.Loading:N2} s of processors
                one district of it               {one.Seconds:N2} s   ratio {one.Seconds / reading:N1}   ({one.Processor:N2} s of processors)
                one district, at the snapshot    {one.Loading:N2} s of processors
                playing on, whole city           {whole.Speed:N0} times as fast as it was, for each core that is free
                playing on, one district         {one.Speed:N0} times as fast as it was, for each core that is free
                """));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Opened> OpenAsync(StoredCity city, Instant at, TwinHandle district)
    {
        var took = new List<(double Seconds, double Processor)>();
        for (var i = 0; i < 3; i++)
        {
            var (started, used) = (Stopwatch.GetTimestamp(), Used());
            await using var past = await city.Past.OpenAsync(at, district, null, default);
            took.Add((Stopwatch.GetElapsedTime(started).TotalSeconds, Used() - used));
        }

        // A minute of it, from the middle.
        var before = Used();
        await using var playing = await city.Past.OpenAsync(at.Plus(TimeSpan.FromSeconds(-Seconds)), district, null, default);
        var loading = Used() - before;
        await playing.AdvanceAsync(playing.Now.Plus(TimeSpan.FromMinutes(4)), default);
        before = Used();
        await playing.AdvanceAsync(playing.Now.Plus(TimeSpan.FromMinutes(1)), default);
        var (seconds, processor) = took.Order().ElementAt(1);
        return new Opened(seconds, processor, loading, 60 / (Used() - before));
    }

    // What a machine that does other things at the same time tells better than the time on the wall.
    private static double Used() => Environment.CpuUsage.TotalTime.TotalSeconds;

    private static async Task LiveAsync(StoredCity city, SteppedClock clock)
    {
        var (random, meters) = (new Random(1), city.Engine.Graph.All()
            .Where(twin => city.Engine.Graph.ModelOf(twin).Kind == TwinKind.UtilityMeter).ToArray());
        // Everybody has reported before the snapshot.
        for (var first = 0; first < meters.Length; first += 1_000)
        {
            var some = meters.AsSpan(first..Math.Min(first + 1_000, meters.Length));
            await city.Engine.AcceptAsync(Batch(city.Engine.Graph, some, random, clock.Now), default);
        }

        clock.Step(TimeSpan.FromSeconds(1));
        await city.SnapshotAsync(default);
        for (var second = 0; second < Seconds; second++)
        {
            var sent = new List<Task>();
            for (var i = 0; i < MessagesPerSecond; i += MessagesPerBatch)
            {
                var some = new TwinHandle[Math.Min(MessagesPerBatch, MessagesPerSecond - i)];
                for (var j = 0; j < some.Length; j++)
                    some[j] = meters[random.Next(meters.Length)];
                sent.Add(city.Engine.AcceptAsync(Batch(city.Engine.Graph, some, random, clock.Now), default).AsTask());
            }

            await Task.WhenAll(sent);
            clock.Step(TimeSpan.FromSeconds(1));
        }

        var settled = clock.Now;
        while (city.Past.Span is not { } span || span.To < settled)
            await Task.Delay(10);
    }

    private static TelemetryBatch Batch(CityGraph graph, ReadOnlySpan<TwinHandle> meters, Random random, Instant now)
    {
        var batch = TelemetryBatch.Rent(now);
        foreach (var meter in meters)
            foreach (var slot in graph.ModelOf(meter).SummarySlots)
                batch.Add(new Reading(meter, (ushort)slot, Quality.Good, 50 + random.Next(400), now));
        batch.MessageCount = meters.Length;
        return batch;
    }

    private static CityGraph Graph(int twins)
    {
        var builder = new CityGraphBuilder(ModelCatalog.BuiltIn);
        var centre = new GeoPoint(76.9, 43.24);
        builder.Add(new TwinDefinition { Id = "almaty", ModelId = "dtmi:kz:almaty:City;1", Position = centre });
        for (var district = 0; district < Districts; district++)
        {
            builder.Add(new TwinDefinition
            {
                Id = $"d{district}", ModelId = "dtmi:kz:almaty:District;1", ParentId = "almaty", Position = centre,
            });
            for (var building = 0; building * 10 * Districts < twins; building++)
            {
                var id = $"b{district}-{building}";
                var at = new GeoPoint(76.7 + building % 400 * 0.001, 43.1 + building / 400 * 0.001);
                builder.Add(new TwinDefinition
                {
                    Id = id, ModelId = "dtmi:kz:almaty:Building;1", ParentId = $"d{district}", Position = at,
                });
                for (var i = 0; i < 9; i++)
                    builder.Add(new TwinDefinition
                    {
                        Id = $"{id}-{i}", ModelId = "dtmi:kz:almaty:ElectricityMeter;1", ParentId = id, Position = at,
                    });
            }
        }

        return builder.Build();
    }

    // What nobody who returns can do without: every byte once, with its checksum.
    private static uint ReadFiles(string folder)
    {
        var (check, buffer) = (0u, new byte[2 << 20]);
        foreach (var path in Directory.GetFiles(Path.Combine(folder, "journal"), "*-*"))
        {
            using var file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            for (int read; (read = file.Read(buffer)) > 0;)
                check = Crc32C.Continue(check, buffer.AsSpan(0, read));
        }

        return check;
    }

    private static double Timed(Func<uint> work)
    {
        var started = Stopwatch.GetTimestamp();
        GC.KeepAlive(work());
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(Func<double> measure) =>
        Enumerable.Range(0, 3).Select(_ => measure()).Order().ElementAt(1);

    /// <param name="Processor">Seconds of all cores.</param>
    /// <param name="Loading">Of these, at the snapshot itself.</param>
    /// <param name="Speed">Seconds that were lived, a second of one core.</param>
    private readonly record struct Opened(double Seconds, double Processor, double Loading, double Speed);

    private sealed class SteppedClock(DateTimeOffset start) : TimeProvider
    {
        private readonly List<(TimerCallback Callback, object? State)> _timers = [];
        private DateTimeOffset _now = start;

        public Instant Now => Instant.From(_now);

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add((callback, state));
            return new NoTimer();
        }

        public void Step(TimeSpan by)
        {
            _now += by;
            foreach (var (callback, state) in _timers)
                callback(state);
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
