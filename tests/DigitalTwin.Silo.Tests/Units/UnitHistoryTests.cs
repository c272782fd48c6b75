using System.Buffers;
using System.Collections.Concurrent;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.History;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Tests.Units;

/// <summary>What units take in reaches a history that their machines share, whatever dies.</summary>
[NeedsPostgres]
public sealed class UnitHistoryTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Power = "activePowerWatts";
    private const int Machines = 3;

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new(s_noon);
    private readonly CityGraph _graph = TestCity.Build();

    [StoreFact]
    public async Task WhatMachinesThatDieHaveAcknowledgedIsInHistoryOnce()
    {
        var database = await server.NewDatabaseAsync();
        var random = new Random(7);
        var plan = Plan();
        var cluster = new LocalCluster(plan, _time, Machines)
        {
            Fate = save => save % 13 == 0 ? (LocalCluster.Death)Draw(1, 3) : LocalCluster.Death.None,
        };
        var histories = await Task.WhenAll(Enumerable.Range(0, Machines).Select(
            machine => OpenAsync(database, $"silo-{machine}")));
        // As at a machine whose death is before, after or without what it was given being stored.
        var isDeadly = true;
        cluster.HistoryOf = machine => new Between(histories[machine], async (values, store) =>
        {
            var fate = Volatile.Read(ref isDeadly) ? Draw(0, 8) : 7;
            if (fate == 0)
                cluster.Kill(machine);
            var isStored = fate != 0 && await store(values);
            if (fate == 1)
                cluster.Kill(machine);
            return fate > 1 ? isStored : await new TaskCompletionSource<bool>().Task;
        });
        await using var engine = UnitCity.Start(plan, cluster, _time);

        var sent = await LoadAsync(engine);

        Assert.True(cluster.Deaths > 10, $"only {cluster.Deaths} machines died");
        Volatile.Write(ref isDeadly, false);
        cluster.Fate = _ => LocalCluster.Death.None;
        // Twice: what the store of states still has is handed out again by who is loaded, and changes nothing.
        for (var turn = 0; turn < 2; turn++)
        {
            cluster.KillAll();
            await UntilAsync(async () => await WaitingAsync(engine) == 0);
            Assert.Equal(sent.Order(), (await ReadAllAsync(database)).Order());
        }

        foreach (var history in histories)
            await history.DisposeAsync();

        int Draw(int from, int to)
        {
            lock (random)
                return random.Next(from, to);
        }
    }

    [Fact]
    public async Task AUnitWhoseHistoryIsAwayTakesNoMoreThanItsBoundAndGoesOnAfterwards()
    {
        const int Batch = 1_024;
        var stored = new ConcurrentQueue<HistoryValue>();
        var isBack = new TaskCompletionSource();
        var plan = Plan();
        var cluster = new LocalCluster(plan, _time, machines: 1)
        {
            HistoryOf = _ => new Between(null, async (values, _) =>
            {
                await isBack.Task;
                foreach (var value in values)
                    stored.Enqueue(value);
                return true;
            }),
        };
        var pauses = 0;
        var isPaused = new TaskCompletionSource();
        await using var engine = new UnitEngine(plan, cluster, _time, source: 1, async (_, _) =>
        {
            if (++pauses == 3)
                isPaused.SetResult();
            await Task.Yield();
        });
        var meter = Handle("b0-0-e");
        for (var i = 0; i < ValueOutbox.ValuesMin / Batch; i++)
            await AcceptAsync(i);

        var beyond = AcceptAsync(ValueOutbox.ValuesMin / Batch);
        await isPaused.Task.WaitAsync(s_deadline);
        Assert.False(beyond.IsCompleted);
        // Questions are answered, and so is what was taken before.
        Assert.Equal(ValueOutbox.ValuesMin - 1, (await engine.GetAsync(meter, default)).Latest[Slot].Value);
        Assert.Equal(default, await cluster.DeliverAsync([new UnitDelivery(
            plan.UnitOf(meter), Source: 1, Sequence: 1, s_noon, [ReadingOf(0)])]));

        isBack.SetResult();
        await beyond.WaitAsync(s_deadline);
        await UntilAsync(() => Task.FromResult(stored.Count == ValueOutbox.ValuesMin + Batch));
        Assert.Equal(
            Enumerable.Range(0, ValueOutbox.ValuesMin + Batch).Select(i => (double)i),
            stored.Select(value => value.Point.Value));

        async Task AcceptAsync(int batch)
        {
            var readings = TelemetryBatch.Rent(s_noon);
            for (var i = 0; i < Batch; i++)
                readings.Add(ReadingOf(batch * Batch + i));
            await engine.AcceptAsync(readings, default);
        }

        Reading ReadingOf(int i) => new(meter, Slot, Quality.Good, i, At(i - 10_000));
    }

    [Fact]
    public void AValueIsHandedOutOnceItIsSavedAndKeptUntilItIsStored()
    {
        var plan = Plan();
        var unit = new TwinUnit(plan, plan.UnitOf(Handle("b0-0")));
        unit.GatherValues();
        Take(unit, 1);
        Assert.NotNull(unit.BeginSettling().Memory);
        // While it is being saved another comes, which is not in what is saved.
        Take(unit, 2);
        Assert.False(unit.Values.HasSaved);
        unit.MarkSaved();
        Assert.Equal([1], unit.Values.Saved().Select(value => value.Point.Value));
        var second = unit.BeginSettling().Memory!;
        unit.Values.Confirm(1);
        unit.MarkSaved();
        Assert.Equal([2], unit.Values.Saved().Select(value => value.Point.Value));

        // Who is loaded from it hands out both: nobody knows any more that one is stored.
        var loaded = new TwinUnit(plan, plan.UnitOf(Handle("b0-0")));
        loaded.Read(second);
        var expected = new[] { 1, 2 }.Select(i => new HistoryValue(
            Handle("b0-0-e"), Slot,
            new HistoryPoint(At(i), s_noon.Plus(TimeSpan.FromMinutes(i)), i, Quality.Good, QualityReason.None)));
        Assert.Equal(expected, loaded.Values.Saved());
    }

    [Fact]
    public void AMemoryFromBeforeUnitsKeptValuesIsRead()
    {
        var plan = Plan();
        var unit = new TwinUnit(plan, plan.UnitOf(Handle("b0-0")));
        Take(unit, 1);
        var without = unit.Write();
        unit.Values.Waiting.Add(new HistoryValue(Handle("b0-0-e"), Slot, default));
        // Where both part is the count of twins; the counts of names and of values, none as well, follow.
        var at = without.AsSpan().CommonPrefixLength(unit.Write());
        byte[] before = [2, .. without[1..at], .. without[(at + 3)..]];

        var read = new TwinUnit(plan, plan.UnitOf(Handle("b0-0")));
        read.Read(before);

        Assert.Equal(without, read.Write());
        Assert.Equal(1, read.SnapshotOf(Handle("b0-0-e")).Latest[Slot].Value);
    }

    [Fact]
    public void AUnitOfACityWithoutHistoryKeepsNothingForIt()
    {
        var plan = Plan();
        var unit = new TwinUnit(plan, plan.UnitOf(Handle("b0-0")));
        Take(unit, 1);
        unit.BeginSettling();
        unit.MarkSaved();
        Assert.Empty(unit.Values.Waiting);
    }

    [Fact]
    public void OfAMemoryFromAnotherCityWhatItHasNotIsLeftOutAndTheRestKept()
    {
        var plan = Plan();
        var outbox = new ValueOutbox(plan, plan.UnitOf(Handle("b0-0")));
        string[] ids = ["b0-0-e", "b0-0-c"];
        foreach (var (id, i) in ids.Select((id, i) => (id, i)))
            outbox.Waiting.Add(new HistoryValue(Handle(id), 0, new HistoryPoint(
                At(-i), At(i), 1.5 * i, (Quality)i, (QualityReason)(2 * i))));
        var bytes = new ArrayBufferWriter<byte>();
        outbox.Write(new MemoryWriter(bytes));
        var smaller = CityGraphBuilder.Build(
            _graph.Catalog, TestCity.Definitions().Where(twin => twin.Id != "b0-0-e"));
        var read = new ValueOutbox(
            new UnitPlan(smaller, CityRules.BuiltInFor(smaller)), Plan().UnitOf(Handle("b0-0")));
        var reader = new MemoryReader(bytes.WrittenSpan);
        read.Read(ref reader);

        Assert.True(reader.IsAtEnd);
        var (id2, value) = (smaller.IdOf(read.Waiting.Single().Twin), read.Waiting.Single());
        Assert.Equal(
            ("b0-0-c", new HistoryPoint(At(-1), At(1), 1.5, (Quality)1, (QualityReason)2)), (id2, value.Point));
    }

    private ushort Slot => (ushort)_graph.ModelOf(Handle("b0-0-e")).SlotOf(Power);

    private void Take(TwinUnit unit, int i) => unit.Take(new UnitDelivery(
        Plan().UnitOf(Handle("b0-0")), Source: 1, Sequence: i, s_noon.Plus(TimeSpan.FromMinutes(i)),
        [new Reading(Handle("b0-0-e"), Slot, Quality.Good, i, At(i))]));

    // Each sender has meters of its own, and every message a time of its own.
    private async Task<List<(string Twin, Instant At, double Value)>> LoadAsync(UnitEngine engine)
    {
        const int Senders = 4;
        const int MessagesEach = 100;
        var meters = _graph.All().Where(twin => _graph.IdOf(twin).EndsWith("-e", StringComparison.Ordinal)).ToArray();
        var sent = new ConcurrentQueue<(string, Instant, double)>();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            var mine = meters.Where((_, index) => index % Senders == sender).ToArray();
            for (var i = 0; i < MessagesEach; i++)
            {
                var batch = TelemetryBatch.Rent(At(i));
                foreach (var meter in mine)
                {
                    batch.Add(new Reading(meter, Slot, Quality.Good, 1_000 * sender + i, At(i)));
                    sent.Enqueue((_graph.IdOf(meter), At(i), 1_000 * sender + i));
                }

                batch.MessageCount = 1;
                await engine.AcceptAsync(batch, default);
            }
        })));
        return [.. sent];
    }

    private async Task<List<(string Twin, Instant At, double Value)>> ReadAllAsync(string database)
    {
        await using var history = await OpenHistoryAsync(database, "gateway");
        var found = new List<(string, Instant, double)>();
        await foreach (var page in history.ReadAsync(
            new HistoryQuery([.. _graph.All()], Power, HistoryBounds.Earliest, HistoryBounds.Latest), default))
            found.AddRange(page.Points.Select(point => (_graph.IdOf(page.Twin), point.MeasuredAt, point.Value)));
        return found;
    }

    // Of all units, when each was asked, which hands out what it has.
    private static async Task<int> WaitingAsync(UnitEngine engine)
    {
        var waiting = 0;
        for (var index = 0; index < engine.Plan.Count; index++)
        {
            var (unit, asked) = (new TwinUnit(engine.Plan, index), engine.Cluster.Unit(index));
            // A machine may still die of what was on its way.
            unit.Read(await engine.AskAsync(asked.MemoryAsync, default));
            waiting += unit.Values.Waiting.Count;
        }

        return waiting;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(s_deadline);
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<UnitHistory> OpenAsync(string database, string writer) =>
        new(await OpenHistoryAsync(database, writer), TimeProvider.System, collectedFor: TimeSpan.Zero);

    private async Task<CityHistory> OpenHistoryAsync(string database, string writer) =>
        await CityHistory.OpenPostgresAsync(
            database, _graph, HistoryPolicy.BuiltIn,
            new HistoryOptions { Writer = writer, ValuesBufferedMax = 2 * HistoryLimits.ValuesPerAppendMax },
            TimeProvider.System, default);

    private UnitPlan Plan() => new(_graph, CityRules.BuiltInFor(_graph));

    private static Instant At(double seconds) => s_noon.Plus(TimeSpan.FromSeconds(seconds));

    private TwinHandle Handle(string id) => _graph.TryFind(id, out var twin) ? twin : throw new KeyNotFoundException(id);

    private delegate Task<bool> Store(IReadOnlyList<HistoryValue> values);

    /// <summary>Between the units of a machine and its history.</summary>
    private sealed class Between(IUnitHistory? history, Func<IReadOnlyList<HistoryValue>, Store, Task<bool>> store)
        : IUnitHistory
    {
        public Task<bool> StoreAsync(IReadOnlyList<HistoryValue> values) =>
            store(values, history is null ? _ => Task.FromResult(false) : history.StoreAsync);
    }
}
