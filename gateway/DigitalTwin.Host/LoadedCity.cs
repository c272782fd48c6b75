using System.Security.Cryptography;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Host;

/// <summary>What is ready before the first connection: the city, its engine and the identities of its devices.</summary>
internal sealed class LoadedCity : IAsyncDisposable
{
    public const string FleetFileName = "fleet.ndjson";

    private LoadedCity(CityDefinition definition, EmbeddedEngine engine, DeviceRegistry devices)
    {
        Definition = definition;
        Engine = engine;
        Devices = devices;
    }

    public CityDefinition Definition { get; }

    public EmbeddedEngine Engine { get; }

    public DeviceRegistry Devices { get; }

    /// <summary>Never 0, and never that of the start before.</summary>
    public ServerEpoch Epoch { get; } = new((uint)RandomNumberGenerator.GetInt32(1, int.MaxValue));

    /// <summary>Reads the city of the data folder; in an empty folder, makes the demo city first.</summary>
    public static LoadedCity Load(HostOptions options, TimeProvider time)
    {
        var path = Path.Combine(options.DataFolder, CityFile.Name);
        CityDefinition definition;
        if (File.Exists(path))
        {
            definition = CityFile.Read(path);
        }
        else
        {
            definition = DemoCity.Generate(options.Seed, options.Scale);
            CityFile.Write(path, definition);
        }

        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, definition.Twins);
        var devices = DeviceRegistry.Open(options.DataFolder);
        devices.EnsureAll(FleetExport.DeviceIdsOf(graph));
        FleetExport.Write(Path.Combine(options.DataFolder, FleetFileName), graph, devices);
        return new LoadedCity(
            definition, new EmbeddedEngine(graph, time, Environment.ProcessorCount), devices);
    }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
