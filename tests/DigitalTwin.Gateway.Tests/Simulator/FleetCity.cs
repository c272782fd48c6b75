using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Gateway.Tests.Simulator;

/// <summary>A small city of every kind, and its fleet as the gateway exports it.</summary>
internal sealed class FleetCity
{
    private static readonly (string Suffix, string Model, string Medium)[] s_media =
    [
        ("e", "ElectricityMeter", "electricity"), ("c", "ColdWaterMeter", "coldWater"), ("h", "HotWaterMeter", "hotWater"),
        ("g", "GasMeter", "gas"), ("t", "HeatMeter", "heat"),
    ];

    private FleetCity(CityGraph graph, IReadOnlyList<FleetDevice> fleet)
    {
        Graph = graph;
        Fleet = fleet;
    }

    /// <summary>Made once: nothing in it changes.</summary>
    public static FleetCity Shared { get; } = Make(buildings: 9, lights: 6);

    public CityGraph Graph { get; }

    public IReadOnlyList<FleetDevice> Fleet { get; }

    public FleetDevice Device(string id) => Fleet.Single(device => device.Id == id);

    public static FleetCity Make(int buildings, int lights)
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, Definitions(buildings, lights));
        var folder = Directory.CreateTempSubdirectory("fleet-");
        try
        {
            var registry = DeviceRegistry.Open(folder.FullName);
            registry.EnsureAll(FleetExport.DeviceIdsOf(graph));
            var path = Path.Combine(folder.FullName, "fleet.ndjson");
            FleetExport.Write(path, graph, registry);
            return new FleetCity(graph, FleetFile.Read(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<TwinDefinition> Definitions(int buildings, int lights)
    {
        yield return Twin("almaty", "City", null);
        yield return Twin("d", "District", "almaty");
        foreach (var (suffix, _, medium) in s_media)
            yield return Twin($"fd-{suffix}", "Feeder", "d") with { Attributes = Attributes(("medium", medium)) };
        for (var i = 0; i < buildings; i++)
        {
            yield return Twin($"b-{i}", "Building", "d");
            foreach (var (suffix, model, _) in s_media)
                yield return Twin($"m-{i}-{suffix}", model, $"b-{i}") with { ServedById = $"fd-{suffix}", DeviceId = "gw-0" };
        }

        yield return Twin("cab-0", "LightingCabinet", "d") with { ServedById = "fd-e" };
        for (var i = 0; i < lights; i++)
            yield return Twin($"l-{i}", "Streetlight", "cab-0") with { DeviceId = "cab-0" };
        foreach (var number in new[] { 1, 2, 3, 4, 5, 6, 27, 28, 29, 30, 31 })
            yield return Twin($"post-{number:00}", "AirQualitySensor", "d") with
            {
                Attributes = Attributes(("grade", "official"), ("name.en", $"PCP #{number}")),
            };
        yield return Twin("air-001", "AirQualitySensor", "d") with { Attributes = Attributes(("grade", "indicative")) };
        foreach (var service in Services())
            yield return service;
    }

    private static IEnumerable<TwinDefinition> Services()
    {
        yield return Twin("eq-1", "SeismicStation", "d");
        // Some 24 km to the east.
        yield return Twin("eq-2", "SeismicStation", "d") with { Position = new GeoPoint(77.2, 43.25) };
        yield return Twin("sos-1", "SosButton", "d");
        yield return Twin("cam-1", "Camera", "d");
        yield return Twin("wi-river", "WaterIntake", "d") with { Attributes = Attributes(("source", "river")) };
        yield return Twin("wi-well", "WaterIntake", "d") with { Attributes = Attributes(("source", "well")) };
        yield return Twin("ps-1", "PumpStation", "d") with { Attributes = Attributes(("pumpCount", "3")) };
        yield return Twin("ga-1", "GreenArea", "d") with { Attributes = Attributes(("areaSquareMetres", "30000")) };
        yield return Twin("ts-1", "TransportStop", "d");
        yield return Twin("ws-low", "WeatherStation", "d") with { Attributes = Attributes(("heightMetres", "700")) };
        yield return Twin("ws-high", "WeatherStation", "d") with { Attributes = Attributes(("heightMetres", "1300")) };
    }

    private static Dictionary<string, string> Attributes(params (string Name, string Value)[] attributes) =>
        attributes.ToDictionary(attribute => attribute.Name, attribute => attribute.Value);

    private static TwinDefinition Twin(string id, string model, string? parent) => new()
    {
        Id = id,
        ModelId = $"dtmi:kz:almaty:{model};1",
        ParentId = parent,
        Position = new GeoPoint(76.9, 43.25),
    };
}
