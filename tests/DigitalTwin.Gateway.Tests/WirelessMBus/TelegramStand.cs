using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.WirelessMBus;

/// <summary>
/// A city of meters behind the concentrator <c>con-1</c>, and everything that reads telegrams, without a network.
/// </summary>
internal sealed class TelegramStand : IDisposable
{
    public const string Concentrator = "con-1";

    private readonly string _folder = Directory.CreateTempSubdirectory("wmbus-").FullName;

    public TelegramStand(params TwinDefinition[] meters)
    {
        Graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, [.. meters]);
        Meters = WmbusMeters.Open(_folder, Limits);
        Rejects = new RejectList(GatewayLimits, TimeProvider.System);
        Unread = new UnreadTelegrams(Limits);
        Ingest = new WmbusIngest(
            Graph, Meters, new MeterDirectory(Graph, Meters), new CompactFormats(Limits.CompactFormatsMax),
            new SentTelegrams(Limits), Unread, Rejects, GatewayLimits,
            new MeterClock(GatewayLimits, Limits, TimeZoneInfo.FindSystemTimeZoneById("Asia/Almaty")));
    }

    /// <summary>Noon of a day on which Almaty was five hours ahead of UTC.</summary>
    public static Instant Now { get; } = Instant.Utc(2026, 11, 21).Plus(TimeSpan.FromHours(12));

    public static WmbusLimits Limits { get; } = new();

    public static GatewayLimits GatewayLimits { get; } = new();

    public CityGraph Graph { get; }

    public WmbusMeters Meters { get; }

    public RejectList Rejects { get; }

    public UnreadTelegrams Unread { get; }

    public WmbusIngest Ingest { get; }

    public TelemetryBatch Batch { get; } = TelemetryBatch.Rent(Now);

    public string KeyFile => Path.Combine(_folder, WmbusMeters.FileName);

    /// <summary>The meter's twin, and its key where the vector has one.</summary>
    public static TelegramStand For(TelegramVector vector)
    {
        var stand = new TelegramStand(Meter("m-1", vector.Model, vector.Meter));
        if (vector.Key is not null)
        {
            Assert.True(MeterAddress.TryParse(vector.Meter, out var address));
            Assert.True(MeterKey.TryParse(vector.Key, out var key));
            stand.Meters.SetKey(address, key);
        }

        return stand;
    }

    public static TwinDefinition Meter(string id, string model, string wmbusId, string? device = Concentrator) => new()
    {
        Id = id,
        ModelId = $"dtmi:kz:almaty:{model};1",
        DeviceId = device,
        Position = new GeoPoint(76.93, 43.25),
        Attributes = new Dictionary<string, string> { ["wmbusId"] = wmbusId },
    };

    public TelegramOutcome Take(byte[] telegram, string device = Concentrator, Instant? receivedAt = null) =>
        Ingest.Take(
            telegram, new Hearing(device, IngestTransport.Mqtt, receivedAt ?? Now, IsTimed: receivedAt is not null),
            Batch);

    /// <summary>What the batch holds, by property; the newest where there are several.</summary>
    public Dictionary<string, double> Values()
    {
        var values = new Dictionary<string, double>();
        foreach (var reading in Batch.Readings)
            values[Graph.ModelOf(reading.Twin).Slots[reading.Slot].Name] = reading.Value;
        return values;
    }

    public void Dispose()
    {
        Batch.Return();
        Directory.Delete(_folder, recursive: true);
    }
}
