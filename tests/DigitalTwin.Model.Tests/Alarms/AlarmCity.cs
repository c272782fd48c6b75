using System.Buffers;
using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>A small city to raise alarms in, and short words for what is done to its board.</summary>
internal static class AlarmCity
{
    public static readonly Instant Noon = Instant.Utc(2026, 12, 1, 12);

    /// <summary>Two feeders, buildings with meters, cabinets with lamps, and an SOS button.</summary>
    public static CityGraph Graph(int metersPerFeeder = 4, int cabinets = 2, int lampsPerCabinet = 2)
    {
        var twins = new List<TwinDefinition> { Twin("almaty", "City"), Twin("d-1", "District", "almaty") };
        for (var f = 1; f <= 2; f++)
        {
            twins.Add(Twin($"f-{f}", "Feeder", "d-1"));
            twins.Add(Twin($"b-{f}", "Building", "d-1"));
            for (var m = 1; m <= metersPerFeeder; m++)
                twins.Add(Twin($"e:{f}:{m}", "ElectricityMeter", $"b-{f}") with { ServedById = $"f-{f}" });
            twins.Add(Twin($"w-{f}", "ColdWaterMeter", $"b-{f}"));
        }

        for (var c = 1; c <= cabinets; c++)
        {
            twins.Add(Twin($"c-{c}", "LightingCabinet", "d-1") with { ServedById = "f-1" });
            for (var l = 1; l <= lampsPerCabinet; l++)
                twins.Add(Twin($"l-{c}-{l}", "Streetlight", $"c-{c}"));
        }

        twins.Add(Twin("sos-1", "SosButton", "d-1"));
        return CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins);
    }

    public static AlarmBoard Board(CityGraph? graph = null, AlarmNorms? norms = null) =>
        new(graph ?? Graph(), AlarmRuleBook.BuiltIn, norms ?? AlarmNorms.BuiltIn);

    public static Instant At(double seconds) => Noon.Plus(TimeSpan.FromSeconds(seconds));

    public static AlarmOutcome Raise(
        this AlarmBoard board, string twin, string code, double seconds = 0, double? eventSeconds = null) =>
        board.Apply(new AlarmInput.Signal(At(seconds), twin, code, true, At(eventSeconds ?? seconds), 1));

    public static AlarmOutcome Clear(this AlarmBoard board, string twin, string code, double seconds = 0) =>
        board.Apply(new AlarmInput.Signal(At(seconds), twin, code, false, At(seconds), 0));

    public static AlarmOutcome Ack(this AlarmBoard board, string alarm, double seconds = 0) =>
        board.Apply(new AlarmInput.Acknowledge(At(seconds), alarm, "aigerim", null));

    public static AlarmOutcome Tick(this AlarmBoard board, double seconds) =>
        board.Apply(new AlarmInput.Tick(At(seconds)));

    public static AlarmOutcome Shelve(
        this AlarmBoard board, string alarm, double untilSeconds, double seconds = 0, bool isOneShot = false) =>
        board.Apply(new AlarmInput.Shelve(At(seconds), alarm, "aigerim", "works", At(untilSeconds), isOneShot));

    public static IReadOnlyList<AlarmEntry> List(this AlarmBoard board) => board.Annunciated(new AlarmQuery());

    public static byte[] Stored(AlarmBoard board)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            AlarmBoardState.Write(writer, board);
        return buffer.WrittenSpan.ToArray();
    }

    public static AlarmBoard Restored(byte[] json, CityGraph graph, AlarmNorms? norms = null) =>
        AlarmBoardState.Read(json, graph, AlarmRuleBook.BuiltIn, norms ?? AlarmNorms.BuiltIn);

    private static TwinDefinition Twin(string id, string model, string? parent = null) => new()
    {
        Id = id,
        ModelId = $"dtmi:kz:almaty:{model};1",
        ParentId = parent,
        Position = new GeoPoint(76.9, 43.24),
    };
}
