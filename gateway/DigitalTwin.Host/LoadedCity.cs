using System.Security.Cryptography;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Host;

/// <summary>What is ready before the first connection: the city, its engine and the identities of its devices.</summary>
internal sealed class LoadedCity : IAsyncDisposable
{
    public const string FleetFileName = "fleet.ndjson";

    /// <summary>The connection string of a PostgreSQL server for history; without it history is in the data folder.</summary>
    public const string HistoryVariable = "DIGITALTWIN_HISTORY_POSTGRES";

    private const string HistoryFolder = "history";

    private readonly StoredCity _stored;
    private readonly CityHistory _history;

    private LoadedCity(CityDefinition definition, StoredCity stored, CityHistory history, DeviceRegistry devices)
    {
        Definition = definition;
        _stored = stored;
        _history = history;
        Devices = devices;
    }

    public CityDefinition Definition { get; }

    public EmbeddedEngine Engine => _stored.Engine;

    public AlarmDesk Alarms => _stored.Alarms;

    public ITimeTravel Past => _stored.Past;

    public IHistory History => _history;

    /// <summary>The way back to what the city was.</summary>
    public ITimeTravel Past => _stored.Past;

    public DeviceRegistry Devices { get; }

    /// <summary>What was found in the data folder.</summary>
    public CityRecovery Recovery => _stored.Recovery;

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
        var history = await OpenHistoryAsync(options, graph, time);
        try
        {
            return new LoadedCity(
                definition,
                await StoredCity.OpenAsync(
                    options.DataFolder, graph, CityRules.BuiltInFor(graph, kinds.Alarms), AlarmNorms.BuiltIn, time,
                    Environment.ProcessorCount, history),
                history, devices);
        }
        catch
        {
            await history.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes the state of this moment to disk; the city goes on.</summary>
    /// <exception cref="IOException">The disk does not write.</exception>
    public Task<long> SnapshotAsync(CancellationToken cancellationToken) => _stored.SnapshotAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stored.DisposeAsync();
        await _history.DisposeAsync();
    }

    private static ValueTask<CityHistory> OpenHistoryAsync(HostOptions options, CityGraph graph, TimeProvider time) =>
        Environment.GetEnvironmentVariable(HistoryVariable) is { Length: > 0 } server
            ? CityHistory.OpenPostgresAsync(
                server, graph, HistoryPolicy.BuiltIn, new HistoryOptions(), time, CancellationToken.None)
            : CityHistory.OpenSqliteAsync(
                Path.Combine(options.DataFolder, HistoryFolder), graph, HistoryPolicy.BuiltIn, new HistoryOptions(), time,
                CancellationToken.None);
}
