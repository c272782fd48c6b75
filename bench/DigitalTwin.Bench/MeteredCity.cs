using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Bench;

/// <summary>Buildings of nine electricity meters each, in a row, so that a meter's handle can be computed.</summary>
internal static class MeteredCity
{
    private const int BuildingWithMeters = 10;

    public static CityGraph Graph(int twins)
    {
        var builder = new CityGraphBuilder(ModelCatalog.BuiltIn);
        for (var building = 0; building * BuildingWithMeters < twins; building++)
        {
            var at = new GeoPoint(76.7 + building % 400 * 0.001, 43.1 + building / 400 * 0.001);
            builder.Add(new TwinDefinition { Id = $"b-{building}", ModelId = "dtmi:kz:almaty:Building;1", Position = at });
            for (var i = 1; i < BuildingWithMeters; i++)
                builder.Add(new TwinDefinition
                {
                    Id = $"m-{building}-{i}",
                    ModelId = "dtmi:kz:almaty:ElectricityMeter;1",
                    ParentId = $"b-{building}",
                    Position = at,
                });
        }

        return builder.Build();
    }

    public static TwinHandle AnyMeter(CityGraph graph, Random random) => new(
        random.Next(graph.Count / BuildingWithMeters) * BuildingWithMeters + random.Next(1, BuildingWithMeters));

    /// <summary>Adds a value of each summary slot.</summary>
    public static void Report(TelemetryBatch batch, CityGraph graph, TwinHandle meter, Random random)
    {
        foreach (var slot in graph.ModelOf(meter).SummarySlots)
            batch.Add(new Reading(meter, (ushort)slot, Quality.Good, 50 + random.Next(400), batch.ReceivedAt));
    }
}
