using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Embedded;

/// <summary>Counts the bytes of the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(EngineAllocationTests), DisableParallelization = true)]
[Collection(nameof(EngineAllocationTests))]
public sealed class EngineAllocationTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    // What is left are the senders' waits when the queue is full, one message a batch; one object a message would be 24
    // bytes at least.
    private const double BytesMax = 16;

    [Fact]
    public async Task TheSteadyStateAllocatesNothingPerMessage()
    {
        const int Messages = 50_000;
        var graph = TestCity.Build(buildingsPerDistrict: 50);
        await using var engine = new EmbeddedEngine(graph, new ManualTime(s_noon), partitions: 2);
        var meters = graph.All().Where(twin => graph.IdOf(twin).EndsWith("-e", StringComparison.Ordinal)).ToArray();
        var slot = (ushort)graph.ModelOf(meters[0]).SlotOf("activePowerWatts");
        await SendAsync(Messages);

        var perMessage = await LeastAsync(() => SendAsync(Messages)) / (double)Messages;

        Assert.True(perMessage < BytesMax, $"{perMessage:F1} bytes a message");

        async Task SendAsync(int messages)
        {
            for (var i = 0; i < messages; i++)
                {
                var batch = TelemetryBatch.Rent(s_noon);
                batch.Add(new Reading(meters[i % meters.Length], slot, Quality.Good, i, s_noon));
                batch.MessageCount = 1;
                await engine.AcceptAsync(batch, default);
            }

            await engine.GetAsync(meters[0], default);
            await engine.GetAsync(meters[1], default);
        }
    }

    [Fact]
    public async Task WholeMessagesUnderAllRulesAllocateNextToNothing()
    {
        // A day of messages with every value of a meter and a lamp: hours end, habits are learned, sums and alarms
        // move.
        const int Rounds = 96;
        var graph = TestCity.Build(buildingsPerDistrict: 40, lightsPerCabinet: 100);
        var queue = new AlarmQueue();
        var time = new ManualTime(s_noon);
        await using var engine = new EmbeddedEngine(graph, time, partitions: 2, rules: null, queue);
        var meters = graph.All().Where(twin => graph.IdOf(twin).EndsWith("-e", StringComparison.Ordinal)).ToArray();
        var lamps = graph.All().Where(twin => graph.IdOf(twin)[0] == 'l').ToArray();
        var meterSlots = Slots(graph, meters[0], "activePowerWatts", "activeEnergyImportWattHours", "voltageL1Volts",
            "voltageL2Volts",
            "voltageL3Volts", "frequencyHertz", "magneticFieldDetected", "coverOpen");
        var lampSlots = Slots(graph, lamps[0], "dimLevelPercent", "activePowerWatts", "lampFailure",
            "supplyVoltageVolts");
        double[] lampValues = [0, 0, 0, 225];
        var round = 0;
        await PlayAsync();

        var perMessage = await LeastAsync(PlayAsync) / (double)(Rounds * (meters.Length + lamps.Length));

        Assert.True(perMessage < BytesMax, $"{perMessage:F1} bytes a message");

        async Task PlayAsync()
        {
            for (var last = round + Rounds; round < last; round++)
            {
                var at = s_noon.Plus(TimeSpan.FromMinutes(15 * round));
                foreach (var meter in meters)
                {
                    var batch = TelemetryBatch.Rent(at);
                    for (var i = 0; i < meterSlots.Length; i++)
                        batch.Add(new Reading(meter, meterSlots[i], Quality.Good, MeterValue(i), at));
                    batch.MessageCount = 1;
                    await engine.AcceptAsync(batch, default);
                }

                foreach (var lamp in lamps)
                {
                    var batch = TelemetryBatch.Rent(at);
                    for (var i = 0; i < lampSlots.Length; i++)
                        batch.Add(new Reading(lamp, lampSlots[i], Quality.Good, lampValues[i], at));
                    batch.MessageCount = 1;
                    await engine.AcceptAsync(batch, default);
                }

                // Half the lamps' night is spent dark: their alarms are raised and cleared.
                while (queue.Reader.TryRead(out _))
                {
                }
            }

            await engine.GetAsync(meters[0], default);
            await engine.GetAsync(meters[1], default);
        }

        double MeterValue(int slot) => slot switch
        {
            0 => 400 + round % 7,
            1 => 100_000.0 + 101 * round,
            <= 4 => 220 + round % 5,
            5 => 50,
            _ => 0,
        };
    }

    private static ushort[] Slots(CityGraph graph, TwinHandle twin, params string[] names) =>
        [.. names.Select(name => (ushort)graph.ModelOf(twin).SlotOf(name))];

    // The figure is of the whole process: what others allocate meanwhile is not in every round.
    private static async Task<long> LeastAsync(Func<Task> play)
    {
        var least = long.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await play();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return least;
    }
}
