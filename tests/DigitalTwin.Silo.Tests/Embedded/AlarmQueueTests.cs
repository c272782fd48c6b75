using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Embedded;

/// <summary>Where the alarm list falls behind, the senders wait and nothing is lost.</summary>
public sealed class AlarmQueueTests
{
    private const int Signals = 70_000;
    private const int ReadingsPerBatch = 100;

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    private readonly CityGraph _graph = TestCity.Build();

    [Fact]
    public async Task AFullQueueMakesTheSendersWaitAndLosesNothing()
    {
        var queue = new AlarmQueue();
        var engine = new EmbeddedEngine(_graph, new ManualTime(s_noon), partitions: 1, rules: null, queue);
        // A partition takes some batches in before it waits; the rest cannot be accepted while nobody reads.
        var sending = SendAsync(engine, Signals + (PartitionLoop.QueuedMax + 2) * ReadingsPerBatch);
        await UntilAsync(() => queue.Reader.Count == AlarmQueue.WaitingMax);
        Assert.False(sending.IsCompleted);

        var seen = 0;
        var reading = Task.Run(async () =>
        {
            await foreach (var signal in queue.Reader.ReadAllAsync())
            {
                // In the order of the readings: on, off, on, off.
                Assert.Equal(seen % 2 == 0, signal.IsRaised);
                Assert.Equal(s_noon.Plus(TimeSpan.FromMilliseconds(seen)), signal.At);
                seen++;
            }
        });
        await sending.WaitAsync(s_deadline);
        await engine.DisposeAsync();
        queue.Complete();
        await reading.WaitAsync(s_deadline);

        Assert.Equal(Signals + (PartitionLoop.QueuedMax + 2) * ReadingsPerBatch, seen);
        Assert.Equal(seen, engine.Counters.AlarmSignals);
    }

    [Fact]
    public async Task AnEngineEndsThoughNobodyReadsItsFullQueueAnyMore()
    {
        // The partition used to wait for ever: what fills a queue that nobody reads never leaves it.
        var queue = new AlarmQueue();
        var engine = new EmbeddedEngine(_graph, new ManualTime(s_noon), partitions: 1, rules: null, queue);
        await SendAsync(engine, Signals);
        await UntilAsync(() => queue.Reader.Count == AlarmQueue.WaitingMax);

        queue.Complete();

        await engine.DisposeAsync().AsTask().WaitAsync(s_deadline);
        Assert.Equal(Signals, engine.Counters.AlarmSignals);
    }

    [Fact]
    public async Task WhatWaitsIsStillReadAfterTheEnd()
    {
        var queue = new AlarmQueue();
        Assert.True(queue.Write(new AlarmSignal(new TwinHandle(1), 0, true, s_noon, 1)));
        queue.Complete();

        Assert.False(queue.Write(new AlarmSignal(new TwinHandle(2), 0, true, s_noon, 1)));
        Assert.Equal(1, (await queue.Reader.ReadAsync()).Twin.Ordinal);
        Assert.False(await queue.Reader.WaitToReadAsync());
    }

    [Fact]
    public async Task WorkThatFailsTellsItsAskerAndEndsTheLoop()
    {
        // Whoever waited for the very work that failed used to wait for ever, and the engine's end with it.
        var map = new PartitionMap(_graph, partitions: 1);
        var rules = DigitalTwin.Model.Twins.CityRules.BuiltInFor(_graph);
        var loop = new PartitionLoop(new TwinPartition(_graph, rules, map, new CityGroups(_graph), 0, alarms: null));

        var asked = loop.RunAsync<bool>(_ => throw new NotSupportedException(), default).AsTask();

        await Assert.ThrowsAsync<NotSupportedException>(() => asked.WaitAsync(s_deadline));
        await Assert.ThrowsAsync<NotSupportedException>(() => loop.Completion.WaitAsync(s_deadline));
    }

    private async Task SendAsync(EmbeddedEngine engine, int readings)
    {
        await Task.Yield();
        Assert.True(_graph.TryFind("b0-0-e", out var meter));
        var slot = (ushort)_graph.ModelOf(meter).SlotOf("magneticFieldDetected");
        for (var sent = 0; sent < readings;)
        {
            var batch = TelemetryBatch.Rent(s_noon.Plus(TimeSpan.FromMinutes(5)));
            for (var i = 0; i < ReadingsPerBatch && sent < readings; i++, sent++)
                batch.Add(new Reading(
                    meter, slot, Quality.Good, sent % 2 == 0 ? 1 : 0, s_noon.Plus(TimeSpan.FromMilliseconds(sent))));
            batch.MessageCount = 1;
            await engine.AcceptAsync(batch, default);
        }
    }

    private static async Task UntilAsync(Func<bool> isReached)
    {
        var started = System.Diagnostics.Stopwatch.StartNew();
        while (!isReached())
        {
            Assert.True(started.Elapsed < s_deadline, "the queue has not filled");
            await Task.Yield();
        }
    }
}
