using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.TimeTravel;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Durability;

/// <summary>A small city with its journal, snapshots and alarm desk in a folder; opened again it is the same city.</summary>
internal sealed class DurableCity : IAsyncDisposable
{
    public static readonly Instant Start = Instant.Utc(2026, 11, 21, 12);

    private readonly StoredCity _stored;

    private DurableCity(StoredCity stored, ManualTime time) => (_stored, Time) = (stored, time);

    public static CityGraph Graph { get; } = TestCity.Build();

    public EmbeddedEngine Engine => _stored.Engine;

    public AlarmDesk Desk => _stored.Alarms;

    public StoredCity Stored => _stored;

    public CityRecovery Recovery => _stored.Recovery;

    public ITimeTravel Past => _stored.Past;

    public ManualTime Time { get; }

    public static async Task<DurableCity> OpenAsync(
        string folder, ManualTime time, CityGraph? graph = null, IHistory? history = null, JournalOptions? options = null,
        PastRetention? retention = null, PastBounds? bounds = null) => new(
        await StoredCity.OpenAsync(
            folder, graph ?? Graph, CityRules.BuiltInFor(graph ?? Graph), AlarmNorms.BuiltIn, time, partitions: 2, history,
            options ?? new JournalOptions { SegmentBytesMax = 1 << 16 }, retention: retention, bounds: bounds),
        time);

    public Task<long> SnapshotAsync() => _stored.SnapshotAsync(default);

    /// <summary>
    /// Everything that ever happened to an alarm, once all that the engine signalled has come to the board; without the
    /// board's own clock, which a quiet second moves and no log tells.
    /// </summary>
    public async Task<string> BoardAsync()
    {
        await Engine.ChecksumAsync();
        await Desk.SettledAsync(default);
        return await Desk.AskAsync(
            board => string.Join('\n', board.TransitionsAfter(0, int.MaxValue).Select(step => step.ToString())), default);
    }

    /// <summary>One batch of readings drawn by chance: meters, lamps and air, some late, some absurd; one at least.</summary>
    public static TelemetryBatch Draw(Random random, Instant now, CityGraph? graph = null)
    {
        graph ??= Graph;
        var batch = TelemetryBatch.Rent(now);
        for (var i = random.Next(1, 6); i > 0 || batch.Count == 0; i--)
        {
            var twin = new TwinHandle(random.Next(graph.Count));
            var slots = graph.ModelOf(twin).Slots.Where(slot => slot.Role == Model.Schema.PropertyRole.Telemetry).ToArray();
            if (slots.Length == 0)
                continue;
            for (var values = random.Next(1, 4); values > 0; values--)
            {
                var late = random.Next(10) == 0 ? TimeSpan.FromMilliseconds(random.Next(360_000_000))
                    : TimeSpan.FromMilliseconds(random.Next(60_000));
                batch.Add(new Reading(
                    twin, (ushort)slots[random.Next(slots.Length)].Slot, (Quality)random.Next(3),
                    random.Next(8) == 0 ? random.Next(-1_000_000, 1_000_000) : random.Next(0, 400), now.Plus(-late)));
            }
        }

        batch.MessageCount = 1;
        return batch;
    }

    public ValueTask DisposeAsync() => _stored.DisposeAsync();
}
