using System.Security.Cryptography;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Demo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Host;

/// <summary>What is ready before the first connection: the city, its engine and the identities of its devices.</summary>
internal sealed class LoadedCity : IServedCity
{
    public const string FleetFileName = "fleet.ndjson";

    private const string HistoryFolder = "history";

    private readonly StoredCity _stored;
    private readonly CityHistory _history;
    private readonly string _folder;
    private readonly TimeProvider _time;

    private LoadedCity(
        CityDefinition definition, StoredCity stored, CityHistory history, DeviceRegistry devices, string folder,
        TimeProvider time)
    {
        (_folder, _time) = (folder, time);
        Definition = definition;
        _stored = stored;
        _history = history;
        Devices = devices;
    }

    public CityDefinition Definition { get; }

    public ITwinEngine Engine => _stored.Engine;

    public IAlarmDesk Alarms => _stored.Alarms;

    public ICommands Commands => _stored.Commands;

    public IHistory History => _history;

    public ITimeTravel? Past => _stored.Past;

    public DeviceRegistry Devices { get; }

    /// <summary>What was found in the data folder.</summary>
    public CityRecovery Recovery => _stored.Recovery;

    public ServerEpoch Epoch { get; } = new((uint)RandomNumberGenerator.GetInt32(1, int.MaxValue));

    public string? Problem =>
        _stored.Engine.Completion.IsCompleted ? "the engine has stopped"
        : _stored.Alarms.Completion.IsCompleted ? "the alarm desk has stopped"
        : _stored.Commands.Completion.IsCompleted || _stored.CommandsWatched.IsCompleted ? "the command desk has stopped"
        : null;

    public Task Completion => Task.WhenAny(_stored.Engine.Completion, _stored.Alarms.Completion).Unwrap();

    /// <summary>Reads the city of the data folder; in an empty folder, makes the demo city first.</summary>
    /// <exception cref="IOException">The city's twins live on a cluster: here it would begin with none of their states.
    /// </exception>
    public static async Task<LoadedCity> LoadAsync(HostOptions options, TimeProvider time)
    {
        if (ClusterCity.IsIn(options.DataFolder))
            throw new IOException(
                $"The twins of the city in {options.DataFolder} live on a cluster: --engine orleans serves it, and its "
                + "store of states is backed up with its own tools.");
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

        var (_, graph, rules) = CityFolder.Of(options.DataFolder, definition);
        var devices = OpenDevices(options.DataFolder, graph);
        await CityBefore.FinishAsync(
            options.DataFolder, graph, rules, BackupCommands.ReadCity, AlarmNorms.BuiltIn, time,
            async before => await OpenHistoryAsync(options, before, time));
        var history = await OpenHistoryAsync(options, graph, time);
        try
        {
            var stored = await StoredCity.OpenAsync(
                options.DataFolder, graph, rules, AlarmNorms.BuiltIn, time, Environment.ProcessorCount, history,
                readBefore: BackupCommands.ReadCity);
            CityBefore.Keep(options.DataFolder);
            return new LoadedCity(definition, stored, history, devices, options.DataFolder, time);
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

    /// <summary>Copies the city as it is into an empty folder; it goes on.</summary>
    /// <exception cref="BackupException">It cannot be copied there; nothing is left behind.</exception>
    public Task<BackupManifest> BackUpAsync(string target, Action<string> tell, CancellationToken cancellationToken) =>
        CityBackup.WriteAsync(
            _stored, _history, _folder, target, BackupCommands.ReadCity, _time, tell, cancellationToken);

    /// <summary>Writes everything of the city as lines of JSON; it goes on.</summary>
    /// <param name="withKeys">Also the files of the gateway that hold secrets.</param>
    public Task ExportAsync(Stream into, bool withKeys, CancellationToken cancellationToken)
    {
        var devices = Devices.List().Select(device => new ExportedDevice(
            device.Id, device.Status == DeviceStatus.Enabled ? "enabled" : "disabled"));
        return CityExport.WriteAsync(
            into, _folder, _stored, _history, withKeys ? [] : devices,
            withKeys ? CityBackup.FilesBeside(_folder) : FleetExport.FilesWithoutSecrets, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stored.DisposeAsync();
        await _history.DisposeAsync();
    }

    /// <summary>The identities of a folder, with one for each device of the city, and the file that fleets have them from.</summary>
    /// <exception cref="ArgumentException">There is no room for so many devices.</exception>
    internal static DeviceRegistry OpenDevices(string folder, CityGraph graph)
    {
        var devices = DeviceRegistry.Open(folder);
        devices.EnsureAll(FleetExport.DeviceIdsOf(graph));
        FleetExport.Write(Path.Combine(folder, FleetFileName), graph, devices);
        return devices;
    }

    /// <summary>History on the server that the options name, or else in the folder.</summary>
    internal static ValueTask<CityHistory> OpenHistoryAsync(HostOptions options, CityGraph graph, TimeProvider time) =>
        options.History is { } server
            ? CityHistory.OpenPostgresAsync(
                server, graph, HistoryPolicy.BuiltIn, new HistoryOptions(), time, CancellationToken.None)
            : CityHistory.OpenSqliteAsync(
                Path.Combine(options.DataFolder, HistoryFolder), graph, HistoryPolicy.BuiltIn, new HistoryOptions(), time,
                CancellationToken.None);
}
