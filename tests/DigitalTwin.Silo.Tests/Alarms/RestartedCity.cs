using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Alarms;

/// <summary>
/// An engine and its alarm desk over one folder, put together as the host does it, and killed as a power cut does.
/// </summary>
internal sealed class RestartedCity : IAsyncDisposable
{
    private readonly int _partitions;
    private readonly AlarmRuleBook _book;
    private readonly List<AlarmFolder> _folders = [];
    private readonly List<(EmbeddedEngine Engine, AlarmDesk Desk)> _running = [];

    private RestartedCity(CityGraph graph, Instant start, int partitions, AlarmRuleBook book)
    {
        Graph = graph;
        Time = new ManualTime(start);
        _partitions = partitions;
        _book = book;
    }

    public CityGraph Graph { get; }

    public ManualTime Time { get; private set; }

    public EmbeddedEngine Engine => _running[^1].Engine;

    public IAlarmDesk Desk => _running[^1].Desk;

    public static async Task<RestartedCity> StartAsync(
        CityGraph graph, Instant start, int partitions = 2, AlarmRuleBook? book = null)
    {
        var city = new RestartedCity(graph, start, partitions, book ?? AlarmRuleBook.BuiltIn);
        city._folders.Add(new AlarmFolder());
        await city.BeginAsync();
        return city;
    }

    /// <summary>What is on disk at this instant goes on with twins that know nothing, after some time.</summary>
    public async Task KillAndRestartAsync(TimeSpan downFor = default)
    {
        _folders.Add(_folders[^1].Killed());
        // A clock of its own: what was killed does not go on beside it.
        Time = new ManualTime(Time.Now.Plus(downFor));
        await BeginAsync();
    }

    public async Task ReportAsync(string id, string name, double value, Instant? at = null)
    {
        var twin = Handle(id);
        var batch = TelemetryBatch.Rent(at is { } later && later > Time.Now ? later : Time.Now);
        batch.Add(new Reading(twin, (ushort)Graph.ModelOf(twin).SlotOf(name), Quality.Good, value, at ?? Time.Now));
        batch.MessageCount = 1;
        await Engine.AcceptAsync(batch, default);
    }

    /// <summary>Looks at the board after everything that was reported and every second that has passed.</summary>
    public async Task<T> AskAsync<T>(Func<AlarmBoard, T> question)
    {
        await SettleAsync();
        await _running[^1].Desk.SettledAsync(default);
        return await Desk.AskAsync(question, default);
    }

    /// <summary>
    /// Every partition has done what it was given up to this second, so that its signals wait for the desk. The engine's
    /// own clock leaves a second out while the one before waits for its place.
    /// </summary>
    public async Task SettleAsync() => await Engine.RoundAsync(Time.Now, atEnd: null);

    public TwinHandle Handle(string id) =>
        Graph.TryFind(id, out var twin) ? twin : throw new KeyNotFoundException(id);

    public async ValueTask DisposeAsync()
    {
        foreach (var (engine, desk) in _running)
        {
            await engine.DisposeAsync();
            await desk.DisposeAsync();
        }

        _folders.ForEach(folder => folder.Dispose());
    }

    private async Task BeginAsync()
    {
        var log = AlarmLog.Open(_folders[^1].Path, Graph, _book, AlarmNorms.BuiltIn);
        var signals = new AlarmQueue();
        var engine = new EmbeddedEngine(Graph, Time, _partitions, CityRules.BuiltInFor(Graph, _book), signals);
        await engine.RestoreAlarmsAsync(log.Board.ActiveAlarms());
        _running.Add((engine, new AlarmDesk(Graph, _book, signals, log, Time)));
    }
}
