using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Bench;

/// <summary>A city, its devices with their keys, and the file that the clients have them from.</summary>
internal sealed record BenchFleet(CityGraph Graph, DeviceRegistry Devices, string File)
{
    public static BenchFleet OfDemoCity(string folder) => Of(folder, DemoCity.Generate(seed: 1, scale: 1).Twins);

    public static BenchFleet Of(string folder, IEnumerable<TwinDefinition> twins)
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins);
        var devices = DeviceRegistry.Open(folder);
        devices.EnsureAll(FleetExport.DeviceIdsOf(graph));
        var file = Path.Combine(folder, "fleet.ndjson");
        FleetExport.Write(file, graph, devices);
        return new BenchFleet(graph, devices, file);
    }

    /// <summary>An engine without a journal.</summary>
    public EmbeddedEngine StartEngine() => new(Graph, TimeProvider.System, Environment.ProcessorCount);
}
