using DigitalTwin.Model.Alarms;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Commands;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// A city on a cluster as its gateway has it: the engine, and beside it the desks of alarms and commands, whose logs are
/// in the gateway's data folder. One gateway of a cluster keeps them.
/// </summary>
public sealed class ClusterCity : IAsyncDisposable
{
    // Not where the embedded engine has them: origins of signals are of other partitions there.
    private const string Folder = "cluster";

    private readonly UnitAlarmFeed _feed;
    private readonly CommandWatch _watch;

    private ClusterCity(UnitEngine engine, AlarmDesk alarms, CommandDesk commands, AlarmQueue signals, TimeProvider time)
    {
        (Engine, Alarms, Commands) = (engine, alarms, commands);
        _feed = new UnitAlarmFeed(engine, signals, alarms, time);
        _watch = new CommandWatch(engine, commands, time);
    }

    public UnitEngine Engine { get; }

    public AlarmDesk Alarms { get; }

    public CommandDesk Commands { get; }

    /// <summary>The length of a torn last line of the alarm log, which was cut off.</summary>
    public long AlarmBytesCut { get; private init; }

    /// <summary>Ends where telemetry is not shown to the commands any more; faulted where that failed.</summary>
    public Task CommandsWatched => _watch.Completion;

    /// <summary>Ends where signals are not fetched any more; faulted where that failed.</summary>
    public Task AlarmsFed => _feed.Completion;

    /// <summary>Everything that the engine accepted before the call is on the alarm board, and its causes saved.</summary>
    internal Task FeedAlarmsAsync(CancellationToken cancellationToken) => _feed.RoundAsync(cancellationToken);

    /// <summary>Whether a data folder is a cluster's gateway's, and no embedded engine has ever had its states there.</summary>
    public static bool IsIn(string folder) =>
        Directory.Exists(Path.Combine(folder, Folder)) && !File.Exists(Path.Combine(folder, EngineManifest.FileName));

    /// <param name="folder">The data folder; nobody else may have it open.</param>
    /// <param name="engine">The city's from here on.</param>
    /// <exception cref="InputLogException">The log of alarms or of commands is damaged other than at its torn end.</exception>
    public static ClusterCity Open(string folder, UnitEngine engine, AlarmNorms norms, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var own = Path.Combine(folder, Folder);
        var log = AlarmLog.Open(Path.Combine(own, StoredCity.AlarmsFolder), engine.Graph, engine.Rules.Book, norms);
        CommandLog orders;
        try
        {
            orders = CommandLog.Open(Path.Combine(own, StoredCity.CommandsFolder));
        }
        catch
        {
            log.Dispose();
            throw;
        }

        var signals = new AlarmQueue();
        return new ClusterCity(
            engine, new AlarmDesk(engine.Graph, engine.Rules.Book, signals, log, time), new CommandDesk(orders, time),
            signals, time) { AlarmBytesCut = log.BytesCut };
    }

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        await _feed.DisposeAsync();
        await Commands.DisposeAsync();
        await Alarms.DisposeAsync();
        await Engine.DisposeAsync();
    }
}
