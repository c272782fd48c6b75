using System.Security.Cryptography;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Host;

/// <summary>What is ready before the first connection: the city, its engine and the identities of its devices.</summary>
internal sealed class LoadedCity : IAsyncDisposable
{
    public const string FleetFileName = "fleet.ndjson";

    private const string AlarmsFolder = "alarms";

    private LoadedCity(CityDefinition definition, EmbeddedEngine engine, AlarmDesk alarms, DeviceRegistry devices)
    {
        Definition = definition;
        Engine = engine;
        Alarms = alarms;
        Devices = devices;
    }

    public CityDefinition Definition { get; }

    public EmbeddedEngine Engine { get; }

    public AlarmDesk Alarms { get; }

    public DeviceRegistry Devices { get; }

    /// <summary>Of a torn last line of the alarm log; 0 after an orderly end.</summary>
    public long AlarmBytesCut { get; private init; }

    /// <summary>Never 0, and never that of the start before.</summary>
    public ServerEpoch Epoch { get; } = new((uint)RandomNumberGenerator.GetInt32(1, int.MaxValue));

    /// <summary>Reads the city of the data folder; in an empty folder, makes the demo city first.</summary>
    public static async Task<LoadedCity> LoadAsync(HostOptions options, TimeProvider time)
    {
        var kinds = KindFolder.Read(Path.Combine(options.DataFolder, KindFolder.Name));
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

        var graph = CityGraphBuilder.Build(kinds.Catalog, definition.Twins);
        var devices = DeviceRegistry.Open(options.DataFolder);
        devices.EnsureAll(FleetExport.DeviceIdsOf(graph));
        FleetExport.Write(Path.Combine(options.DataFolder, FleetFileName), graph, devices);
        var log = AlarmLog.Open(Path.Combine(options.DataFolder, AlarmsFolder), graph, kinds.Alarms, AlarmNorms.BuiltIn);
        var signals = new AlarmQueue();
        var engine = new EmbeddedEngine(
            graph, time, Environment.ProcessorCount, CityRules.BuiltInFor(graph, kinds.Alarms), signals);
        // What was on before is on still, until its twin says otherwise; so nothing is raised twice.
        await engine.RestoreAlarmsAsync(log.Board.ActiveAlarms());
        return new LoadedCity(
            definition, engine, new AlarmDesk(graph, kinds.Alarms, signals, log, time), devices)
        {
            AlarmBytesCut = log.BytesCut,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await Alarms.DisposeAsync();
    }
}
