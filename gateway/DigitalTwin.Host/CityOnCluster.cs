using System.Security.Cryptography;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Host;

/// <summary>
/// A city whose twins live on a cluster of silos. Here are its definition, which must be that of the silos, the
/// identities of its devices, and the desks of alarms and commands.
/// </summary>
internal sealed class CityOnCluster : IServedCity
{
    /// <summary>The file that silos load, for a gateway that shares it; otherwise that of the data folder.</summary>
    public const string CityFileVariable = "DigitalTwin__CityFile";

    private const string HistoryWriter = "gateway";

    private readonly ClusterCity _city;
    private readonly IAsyncDisposable _client;

    private CityOnCluster(
        CityDefinition definition, ClusterCity city, IAsyncDisposable client, IHistory history, DeviceRegistry devices) =>
        (Definition, _city, _client, History, Devices) = (definition, city, client, history, devices);

    public CityDefinition Definition { get; }

    public ITwinEngine Engine => _city.Engine;

    public IAlarmDesk Alarms => _city.Alarms;

    public ICommands Commands => _city.Commands;

    /// <summary>What the silos write, where the options name the server; this reads, corrects and retires it.</summary>
    public IHistory History { get; }

    public ITimeTravel? Past => null;

    public DeviceRegistry Devices { get; }

    public ServerEpoch Epoch { get; } = new((uint)RandomNumberGenerator.GetInt32(1, int.MaxValue));

    public string? Problem =>
        _city.Alarms.Completion.IsCompleted || _city.AlarmsFed.IsCompleted ? "the alarm desk has stopped"
        : _city.Commands.Completion.IsCompleted || _city.CommandsWatched.IsCompleted ? "the command desk has stopped"
        : null;

    public Task Completion => Task.WhenAny(_city.Alarms.Completion, _city.AlarmsFed).Unwrap();

    /// <summary>Reads the city, waits for the cluster, and opens what a gateway keeps of it.</summary>
    /// <exception cref="ClusterAccessException">The cluster cannot be used.</exception>
    /// <exception cref="HistoryStoreException">The server of history cannot be used.</exception>
    /// <exception cref="IOException">There is no city: unlike the embedded engine's, it is not made.</exception>
    public static async Task<CityOnCluster> ConnectAsync(
        HostOptions options, IClusterAccess cluster, TextWriter errors, TimeProvider time,
        CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.DataFolder);
        var shared = Environment.GetEnvironmentVariable(CityFileVariable);
        var (definition, graph, rules) = string.IsNullOrEmpty(shared)
            ? CityFolder.Read(options.DataFolder)
            : CityFolder.ReadFile(shared);
        var devices = LoadedCity.OpenDevices(options.DataFolder, graph);
        await errors.WriteLineAsync("Waiting for the cluster …");
        var (engine, client) = await cluster.ConnectAsync(new UnitPlan(graph, rules), time, cancellationToken);
        IHistory history = new NoHistory();
        try
        {
            if (options.History is { } server)
                history = await OpenHistoryAsync(server, graph, time, cancellationToken);
            var city = ClusterCity.Open(options.DataFolder, engine, AlarmNorms.BuiltIn, time);
            if (city.AlarmBytesCut > 0)
                await errors.WriteLineAsync(
                    $"The alarm log ended in a torn line of {city.AlarmBytesCut} bytes; it was never answered and is cut off.");
            return new CityOnCluster(definition, city, client, history, devices);
        }
        catch
        {
            await history.DisposeAsync();
            await engine.DisposeAsync();
            await client.DisposeAsync();
            throw;
        }
    }

    // It takes no values in: the least that history takes is room enough.
    private static async Task<IHistory> OpenHistoryAsync(
        HistoryServer server, CityGraph graph, TimeProvider time, CancellationToken cancellationToken) =>
        await CityHistory.OpenPostgresAsync(
            server, graph, HistoryPolicy.BuiltIn,
            new HistoryOptions { Writer = HistoryWriter, ValuesBufferedMax = 2 * HistoryLimits.ValuesPerAppendMax },
            time, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _city.DisposeAsync();
        await History.DisposeAsync();
        await _client.DisposeAsync();
    }
}
