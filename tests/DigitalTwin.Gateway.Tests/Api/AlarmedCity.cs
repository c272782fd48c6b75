using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Embedded;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>A real engine and a real alarm desk with a log in a folder of its own, as the host wires them.</summary>
internal sealed class AlarmedCity : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new("alarmed-city-");
    private readonly AlarmQueue _signals = new();
    private readonly EmbeddedEngine _engine;

    public AlarmedCity(CityGraph graph, TimeProvider time)
    {
        Graph = graph;
        _engine = new EmbeddedEngine(graph, time, partitions: 2, CityRules.BuiltInFor(graph), _signals);
        Desk = new AlarmDesk(
            graph, AlarmRuleBook.BuiltIn, _signals,
            AlarmLog.Open(_folder.Path, graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn), time);
    }

    public CityGraph Graph { get; }

    public ITwinEngine Engine => _engine;

    public AlarmDesk Desk { get; }

    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton(Engine);
        services.AddSingleton(Graph);
        services.AddSingleton<IAlarmDesk>(Desk);
    }

    /// <summary>The board that another process would read from a copy of the log as it lies there now.</summary>
    public AlarmBoard BoardOnDisk()
    {
        using var copy = new TemporaryFolder("alarmed-city-");
        foreach (var file in Directory.GetFiles(_folder.Path))
            File.Copy(file, Path.Combine(copy.Path, Path.GetFileName(file)));
        using var log = AlarmLog.Open(copy.Path, Graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn);
        return log.Board;
    }

    /// <summary>
    /// Everything that was given is done, and with it the round of the clock's last step: where one still waits for its
    /// place, the next step has none.
    /// </summary>
    public async Task SettleAsync() => await _engine.QueryAsync(new TwinQuery { Limit = 1 }, CancellationToken.None);

    public TwinHandle Twin(string id) =>
        Graph.TryFind(id, out var twin) ? twin : throw new ArgumentException($"no twin '{id}'");

    public ValueTask ReportAsync(Instant at, string id, params (string Name, double Value)[] values)
    {
        var twin = Twin(id);
        var batch = TelemetryBatch.Rent(at);
        foreach (var (name, value) in values)
            batch.Add(new Reading(twin, (ushort)Graph.ModelOf(twin).SlotOf(name), Quality.Good, value, at));
        return _engine.AcceptAsync(batch, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await Desk.DisposeAsync();
        _folder.Dispose();
    }
}
