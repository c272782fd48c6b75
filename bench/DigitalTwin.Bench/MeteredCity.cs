using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Bench;

/// <summary>
/// Buildings with meters in a row; where nothing else is said nine each, so that a meter's handle can be computed.
/// </summary>
internal static class MeteredCity
{
    private const int BuildingWithMeters = 10;

    public static CityGraph Graph(int twins) => Graph(twins, BuildingWithMeters - 1, "ElectricityMeter");

    /// <param name="twins">Buildings and meters together, at least.</param>
    /// <param name="models">Of a building's meters, in turn.</param>
    public static CityGraph Graph(int twins, int metersPerBuilding, params string[] models)
    {
        var builder = new CityGraphBuilder(ModelCatalog.BuiltIn);
        for (var building = 0; building * (metersPerBuilding + 1) < twins; building++)
        {
            var at = new GeoPoint(76.7 + building % 400 * 0.001, 43.1 + building / 400 * 0.001);
            builder.Add(new TwinDefinition { Id = $"b-{building}", ModelId = "dtmi:kz:almaty:Building;1", Position = at });
            for (var i = 0; i < metersPerBuilding; i++)
                builder.Add(new TwinDefinition
                {
                    Id = $"m-{building}-{i}",
                    ModelId = $"dtmi:kz:almaty:{models[i % models.Length]};1",
                    ParentId = $"b-{building}",
                    DeviceId = $"gw-{building / 4}",
                    Position = at,
                });
        }

        return builder.Build();
    }

    public static TwinHandle AnyMeter(CityGraph graph, Random random) => new(
        random.Next(graph.Count / BuildingWithMeters) * BuildingWithMeters + random.Next(1, BuildingWithMeters));

    /// <summary>Adds a value of each summary slot: of a meter that nobody need be alarmed about.</summary>
    public static void Report(TelemetryBatch batch, CityGraph graph, TwinHandle meter, Random random)
    {
        var model = graph.ModelOf(meter);
        foreach (var slot in model.SummarySlots)
        {
            var isVoltage = model.Slots[slot].Name.EndsWith("Volts", StringComparison.Ordinal);
            batch.Add(new Reading(
                meter, (ushort)slot, Quality.Good, isVoltage ? 225 + random.Next(10) : 50 + random.Next(400),
                batch.ReceivedAt));
        }
    }
}
