using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.EventIngest;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigitalTwin.Gateway.Tests.EventIngest;

/// <summary>Events of a partition on their way to the engine: refusals, failures, crashes and what is checkpointed.</summary>
public sealed class EventPartitionTests
{
    private static readonly CityGraph s_graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());
    private static readonly EventPlace s_place = new("telemetry", "3");
    private static readonly EventLimits s_atOnce = new()
    {
        CheckpointEvery = TimeSpan.Zero, AgainAfter = TimeSpan.FromMilliseconds(1), AgainAfterMax = TimeSpan.FromMilliseconds(1),
    };

    private readonly RecordingPoisonStore _poison = new();
    private readonly IngestMeters _meters = new();
    private readonly RejectList _rejects = new(new GatewayLimits(), TimeProvider.System);
    private long _checkpoint = -1;

    [Fact]
    public async Task WhatIsRefusedIsListedAndKeptAndDoesNotHoldUpTheOthers()
    {
        await using var engine = NewEngine();
        await using (var partition = Open(engine))
        {
            await OfferAsync(partition, RecordedEvents.All);
            await Deadline.UntilAsync(() => Checkpoint == 9, "not all were checkpointed");
        }

        Assert.Equal(300, await ValueAsync(engine, "b-1-e", "activePowerWatts"));
        Assert.Equal(12.5, await ValueAsync(engine, "l-002", "dimLevelPercent"));
        Assert.Equal(6, _rejects.Total);
        Assert.Equal(1, _rejects.CountOf(RejectReason.OutOfRange));
        Assert.Equal((4L, 7L, 6L), (_meters.EventHubsMessages, _meters.Readings, _meters.Events.Poison));
        var kept = _poison.Kept["telemetry/3/2026/11/21/0000000000000000002.json"];
        using var document = JsonDocument.Parse(kept);
        var refused = document.RootElement;
        using var documented = JsonDocument.Parse(Checkout.JsonExamples("docs/contracts.md", "### 1.10")[1]);
        foreach (var member in documented.RootElement.EnumerateObject())
        {
            var written = refused.GetProperty(member.Name);
            Assert.Equal(member.Value.ValueKind, written.ValueKind);
            // What is long is shortened there.
            if (member.Name is not ("body" or "systemProperties"))
                Assert.Equal(member.Value.ToString(), written.ToString());
        }

        Assert.Equal(
            documented.RootElement.EnumerateObject().Select(member => member.Name),
            refused.EnumerateObject().Select(member => member.Name));
        Assert.Equal("dimLevelPercent: 0 to 100", refused.GetProperty("detail").GetString());
        Assert.Equal("cab-1", refused.GetProperty("deviceId").GetString());
        Assert.Equal(
            """[{"twin":"l-003","dimLevelPercent":140}]""",
            Encoding.UTF8.GetString(refused.GetProperty("body").GetBytesFromBase64()));
        Assert.Equal(
            "cab-1", refused.GetProperty("systemProperties").GetProperty("iothub-connection-device-id").GetString());
    }

    [Fact]
    public async Task NothingIsCheckpointedBeforeTheEngineHasIt()
    {
        await using var engine = new ReluctantEngine(NewEngine());
        engine.Hold();
        await using var partition = Open(engine);
        await OfferAsync(partition, RecordedEvents.All);
        await Deadline.UntilAsync(() => engine.Asked > 0, "the engine was not asked");
        Assert.Equal(-1, Checkpoint);
        engine.Release();
        await Deadline.UntilAsync(() => Checkpoint == 9, "not checkpointed");
    }

    [Fact]
    public async Task AnEngineThatFailsIsAskedAgainAndNothingIsCheckpointedMeanwhile()
    {
        await using var engine = new ReluctantEngine(NewEngine());
        engine.FailNext(3);
        await using var partition = Open(engine);
        await OfferAsync(partition, [RecordedEvents.All[RecordedEvents.Lights]]);
        await Deadline.UntilAsync(() => Checkpoint == 0, "not checkpointed");
        Assert.Equal((4, 3L), (engine.Asked, _meters.Events.AcceptFailures));
        Assert.Equal(37, await ValueAsync(engine, "l-000", "dimLevelPercent"));
        Assert.Equal((1L, 2L), (_meters.EventHubsMessages, _meters.Readings));
    }

    [Fact]
    public async Task AStoreThatFailsOrIsFullHoldsUpNobody()
    {
        _poison.IsBroken = true;
        await using var engine = NewEngine();
        await using var partition = Open(engine, s_atOnce with { PoisonPerMinuteMax = 4 });
        await OfferAsync(partition, RecordedEvents.All);
        await Deadline.UntilAsync(() => Checkpoint == 9, "not checkpointed");
        Assert.Empty(_poison.Kept);
        Assert.Equal((0L, 6L), (_meters.Events.Poison, _meters.Events.PoisonNotKept));
        Assert.Equal(6, _rejects.Total);
    }

    [Fact]
    public async Task ADeviceInALoopFillsNoStore()
    {
        var time = new SteppedTime(Instant.From(RecordedEvents.Start));
        await using var engine = NewEngine();
        await using var partition = Open(engine, s_atOnce with { PoisonPerMinuteMax = 5 }, time);
        var refused = Enumerable.Range(0, 20).Select(i =>
            RecordedEvents.All[RecordedEvents.NotJson] with { SequenceNumber = i }).ToArray();
        await OfferAsync(partition, refused);
        await Deadline.UntilAsync(() => Checkpoint == 19, "not checkpointed");
        Assert.Equal((5, 15L), (_poison.Kept.Count, _meters.Events.PoisonNotKept));
        time.Pass(TimeSpan.FromMinutes(1));
        await OfferAsync(partition, [refused[0] with { SequenceNumber = 20 }]);
        await Deadline.UntilAsync(() => Checkpoint == 20, "not checkpointed");
        Assert.Equal(6, _poison.Kept.Count);
    }

    [Fact]
    public async Task AHubIsReadNoFasterThanTheEngineTakes()
    {
        await using var engine = new ReluctantEngine(NewEngine());
        engine.Hold();
        await using var partition = Open(engine, s_atOnce with { EventsWaitingMax = 2, EventsTogetherMax = 1 });
        var offers = Enumerable.Range(0, 6).Select(i => OfferAsync(
            partition, [RecordedEvents.All[RecordedEvents.Lights] with { SequenceNumber = i }])).ToArray();
        await Deadline.UntilAsync(() => engine.Asked > 0, "the engine was not asked");
        // One is with the engine and two wait; the others are not taken.
        await Deadline.UntilAsync(() => offers.Count(offer => offer.IsCompleted) >= 3, "too few were taken");
        Assert.Equal(3, offers.Count(offer => offer.IsCompleted));
        engine.Release();
        await Task.WhenAll(offers);
        await Deadline.UntilAsync(() => Checkpoint == 5, "not checkpointed");
    }

    [Fact]
    public async Task CheckpointsAreWrittenWhenTheirTimeHasComeAndAtTheEnd()
    {
        var time = new SteppedTime(Instant.From(RecordedEvents.Start));
        await using var engine = NewEngine();
        await using (var partition = Open(engine, new EventLimits(), time))
        {
            await OfferAsync(partition, [RecordedEvents.All[0]]);
            await Deadline.UntilAsync(() => _meters.Events.Events == 1, "not dealt with");
            Assert.Equal(-1, Checkpoint);
            time.Pass(TimeSpan.FromMinutes(1));
            await OfferAsync(partition, [RecordedEvents.All[1]]);
            await Deadline.UntilAsync(() => Checkpoint == 1, "not checkpointed after a minute");
            await OfferAsync(partition, [RecordedEvents.All[7]]);
            await Deadline.UntilAsync(() => _meters.Events.Events == 3, "not dealt with");
            Assert.Equal(1, Checkpoint);
        }

        Assert.Equal(7, Checkpoint);
    }

    // The disk as a kill would leave it is copied at some moment; the next life begins there, and at the checkpoint.
    [Fact]
    public async Task AfterACrashNothingCheckpointedIsMissingAndWhatComesAgainChangesNothing()
    {
        var root = Directory.CreateTempSubdirectory("event-crash-");
        try
        {
            for (var seed = 0; seed < 4; seed++)
                await CrashAsync(new Random(seed), Path.Combine(root.FullName, $"{seed}"));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private async Task CrashAsync(Random random, string folder)
    {
        var events = Enumerable.Range(0, 400).Select(i => Light(random, i)).ToArray();
        var limits = s_atOnce with { EventsTogetherMax = 16, EventsPerCheckpointMax = 48, CheckpointEvery = TimeSpan.FromDays(1) };
        _checkpoint = -1;
        var next = 0;
        for (var life = 0; life < 4; life++)
        {
            await using var city = await StoredCity.OpenAsync(
                $"{folder}-{life}", s_graph, CityRules.BuiltInFor(s_graph), AlarmNorms.BuiltIn, TimeProvider.System,
                partitions: 2);
            var taken = _meters.Events.Events;
            var partition = Open(city.Engine, limits);
            var until = life == 3 ? events.Length : Math.Min(events.Length, next + 60 + random.Next(80));
            await OfferAsync(partition, events[next..until]);
            var atLeast = life == 3 ? until - next : random.Next(until - next);
            await Deadline.UntilAsync(
                () => _meters.Events.Events - taken >= atLeast, $"life {life}: not dealt with");
            // First what is checkpointed, then the disk: the other order would make losing look like keeping.
            var checkpoint = Checkpoint;
            if (life < 3)
                Copy($"{folder}-{life}", $"{folder}-{life + 1}");
            else
                Assert.Equal(await StatesAsync(await OnceAsync(events)), await StatesAsync(city.Engine));
            await partition.DisposeAsync();
            _checkpoint = checkpoint;
            next = (int)checkpoint + 1;
        }
    }

    private static async Task<ITwinEngine> OnceAsync(HubEvent[] events)
    {
        var engine = NewEngine();
        var reader = new EventReader(new TelemetryReader(s_graph, new GatewayLimits()), new GatewayLimits());
        foreach (var happened in events)
        {
            var batch = Model.Telemetry.TelemetryBatch.Rent(EventReader.ReceivedAt(happened));
            Assert.Equal(EventKind.Telemetry, reader.Read(happened, batch).Kind);
            await engine.AcceptAsync(batch, default);
        }

        return engine;
    }

    // What every light says and when it said so; freshness and alarms go by the clock and are not compared.
    private static async Task<string> StatesAsync(ITwinEngine engine)
    {
        var states = new StringBuilder();
        for (var i = 0; i < ApiCity.Lights; i++)
        {
            Assert.True(s_graph.TryFind($"l-{i:000}", out var twin));
            var snapshot = await engine.GetAsync(twin, default);
            var latest = snapshot.Latest[s_graph.ModelOf(twin).SlotOf("dimLevelPercent")];
            states.Append(latest.HasValue ? $"{i} {latest.Value} {latest.MeasuredAt} " : $"{i} ");
        }

        return states.ToString();
    }

    private static HubEvent Light(Random random, int sequence)
    {
        var body = FormattableString.Invariant(
            $$"""[{"twin":"l-{{random.Next(ApiCity.Lights):000}}","dimLevelPercent":{{random.Next(101)}}}]""");
        return RecordedEvents.Of(
            "cab-1", Encoding.UTF8.GetBytes(body), sequence, RecordedEvents.Start.AddSeconds(sequence));
    }

    // Files of a running city are written to while they are read: that is what a kill leaves.
    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).ToArray())
        {
            if (file.EndsWith(".lock", StringComparison.Ordinal))
                continue;
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = File.Create(target);
            source.CopyTo(copy);
        }
    }

    private long Checkpoint => Volatile.Read(ref _checkpoint);

    private async Task OfferAsync(EventPartition partition, IEnumerable<HubEvent> events)
    {
        foreach (var happened in events)
            await partition.OfferAsync(
                happened,
                _ =>
                {
                    Volatile.Write(ref _checkpoint, happened.SequenceNumber);
                    return Task.CompletedTask;
                },
                default);
    }

    private static EmbeddedEngine NewEngine() => new(s_graph, TimeProvider.System, partitions: 2);

    private EventPartition Open(ITwinEngine engine, EventLimits? limits = null, TimeProvider? time = null) => new(
        s_place,
        new EventServices(
            engine, new EventReader(new TelemetryReader(s_graph, new GatewayLimits()), new GatewayLimits()), _poison,
            _rejects, _meters, new GatewayLimits(), limits ?? s_atOnce, time ?? TimeProvider.System, NullLogger.Instance));

    private static async Task<double> ValueAsync(ITwinEngine engine, string id, string property)
    {
        Assert.True(s_graph.TryFind(id, out var twin));
        return (await engine.GetAsync(twin, default)).Latest[s_graph.ModelOf(twin).SlotOf(property)].ValueOrNaN;
    }
}
