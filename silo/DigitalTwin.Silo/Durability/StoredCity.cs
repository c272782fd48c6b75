using System.Globalization;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.Commands;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.TimeTravel;

namespace DigitalTwin.Silo.Durability;

/// <summary>
/// A running city and the folder that it outlives its process in: the engine with its journal and snapshots, and the
/// alarm desk with its log. Opened again it is the same city.
/// </summary>
public sealed class StoredCity : IAsyncDisposable
{
    internal const string JournalFolder = "journal";
    internal const string AlarmsFolder = "alarms";
    internal const string CommandsFolder = "commands";

    private readonly LockedFolder _files;
    private readonly SegmentedJournal _journal;
    private readonly SnapshotStore _snapshots;
    private readonly PastRetention _retention;
    private readonly CityPasts _pasts;
    private readonly CommandWatch _watch;

    private StoredCity(
        EmbeddedEngine engine, AlarmDesk alarms, CommandDesk commands, LockedFolder files, SegmentedJournal journal, SnapshotStore snapshots,
        CityRecovery recovery, PastRetention retention, CityPasts pasts, TimeProvider time)
    {
        (Engine, Alarms, _files, _journal, _snapshots, Recovery) = (engine, alarms, files, journal, snapshots, recovery);
        (_retention, _pasts) = (retention, pasts);
        (Commands, _watch) = (commands, new CommandWatch(engine, commands, time));
    }

    public EmbeddedEngine Engine { get; }

    public AlarmDesk Alarms { get; }

    public CommandDesk Commands { get; }

    /// <summary>Ends where telemetry is not shown to the commands any more; faulted where that failed.</summary>
    public Task CommandsWatched => _watch.Completion;

    /// <summary>The city as it was.</summary>
    public ITimeTravel Past => _pasts;

    /// <summary>What was found at the start.</summary>
    public CityRecovery Recovery { get; }

    internal SegmentedJournal Journal => _journal;

    /// <param name="folder">The data folder; nobody else may have it open.</param>
    /// <param name="partitions">For a new journal; one that is there goes on with as many as it was begun with.</param>
    /// <param name="history">Where values go; the caller disposes it after the city. None keeps none.</param>
    /// <param name="retention">How long it can be returned to what it was; two days where none is given.</param>
    /// <param name="bounds">How much of that at once.</param>
    /// <param name="readBefore">How the definition of the city as it was is read; without it, states begin anew with
    /// every other definition.</param>
    /// <exception cref="JournalException">Journal or snapshot are damaged other than at their torn end.</exception>
    /// <exception cref="InputLogException">The log of alarms or of commands is.</exception>
    public static async Task<StoredCity> OpenAsync(
        string folder, CityGraph graph, CityRules rules, AlarmNorms norms, TimeProvider time, int partitions,
        IHistory? history = null, JournalOptions? options = null, CityReader? readBefore = null,
        PastRetention? retention = null, PastBounds? bounds = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(time);
        retention ??= new PastRetention();
        var identity = CityIdentity.Of(graph, rules);
        var (manifest, retiredTo) = ManifestFor(folder, identity, partitions, time);
        var files = LockedFolder.Take(Directory.CreateDirectory(Path.Combine(folder, JournalFolder)).FullName);
        SegmentedJournal? journal = null;
        AlarmDesk? desk = null;
        CommandDesk? commands = null;
        try
        {
            var snapshots = new SnapshotStore(files, identity);
            journal = SegmentedJournal.Open(
                files, identity, (options ?? new JournalOptions()) with { SnapshotSequence = await snapshots.NewestWholeAsync() }, time);
            var alarms = Path.Combine(folder, AlarmsFolder);
            var log = AlarmLog.Open(alarms, graph, rules.Book, norms, retention);
            var standing = log.Board.ActiveAlarms().ToArray();
            var signals = new AlarmQueue();
            // Alarms come again while the journal is played back: somebody must take them.
            desk = new AlarmDesk(graph, rules.Book, signals, log, time, journal);
            var (engine, recovery) = await EmbeddedEngine.RecoverAsync(
                graph, time, manifest, rules, signals, journal, snapshots, history,
                readBefore is not null && manifest.MovedFrom is { } moved
                    ? () => CityBefore.OpenAsync(Path.Combine(folder, moved), manifest, readBefore)
                    : null);
            if (recovery is { SnapshotSequence: 0, RecordsPlayedBack: 0 })
                await engine.RestoreAlarmsAsync(standing);
            commands = new CommandDesk(CommandLog.Open(Path.Combine(folder, CommandsFolder)), time);
            var city = new StoredCity(engine, desk, commands, files, journal, snapshots, new CityRecovery(
                recovery.SnapshotSequence, recovery.RecordsPlayedBack, recovery.DamagedSnapshots,
                journal.Recovery.BytesCut, log.BytesCut, retiredTo, recovery.Carried),
                retention, new CityPasts(
                    engine, desk, journal, snapshots, alarms, norms, manifest.Epoch, retention,
                    bounds ?? new PastBounds()), time);
            // From here on the city as it was is not needed any more.
            if (recovery.Carried is not null)
                await city.SnapshotAsync(CancellationToken.None);
            return city;
        }
        catch
        {
            if (commands is not null)
                await commands.DisposeAsync();
            if (desk is not null)
                await desk.DisposeAsync();
            if (journal is not null)
                await journal.DisposeAsync();
            files.Dispose();
            throw;
        }
    }

    /// <summary>Writes the state of this moment beside the journal, so that the next start is quick. The city goes on.</summary>
    /// <exception cref="IOException">The disk does not write; the city goes on with its journal.</exception>
    public Task<long> SnapshotAsync(CancellationToken cancellationToken) =>
        Engine.SnapshotAsync(_snapshots, _retention, Alarms.SettledAsync, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _pasts.DisposeAsync();
        await _watch.DisposeAsync();
        await Commands.DisposeAsync();
        await Engine.DisposeAsync();
        await Alarms.DisposeAsync();
        await _journal.DisposeAsync();
        _files.Dispose();
    }

    // Another city, other kinds or rules, another form of memory: what was remembered does not fit, and is put aside.
    private static (EngineManifest Manifest, string? RetiredTo) ManifestFor(
        string folder, Guid city, int partitions, TimeProvider time)
    {
        Directory.CreateDirectory(folder);
        var known = EngineManifest.Read(folder);
        if (known?.City == city)
            return (known, null);
        string? retiredTo = null;
        var journal = Path.Combine(folder, JournalFolder);
        // Put aside already by a start that was killed before it had written so.
        if (known is not null && !Directory.Exists(journal))
            retiredTo = Directory.GetDirectories(folder, $"{JournalFolder}-until-*-{known.Epoch}").Order().LastOrDefault();
        if (known is not null && Directory.Exists(journal))
        {
            retiredTo = string.Create(
                CultureInfo.InvariantCulture, $"{journal}-until-{time.GetUtcNow():yyyyMMdd-HHmmss}-{known.Epoch}");
            Directory.Move(journal, retiredTo);
        }

        // With as many partitions as before: what they remember beside their twins is carried over one to one.
        var manifest = retiredTo is null
            ? new EngineManifest(city, partitions, (known?.Epoch ?? -1) + 1)
            : new EngineManifest(city, known!.Partitions, known.Epoch + 1, Path.GetFileName(retiredTo), known.City);
        manifest.Write(folder);
        return (manifest, retiredTo);
    }
}

/// <summary>What a city was made from at its start.</summary>
/// <param name="SnapshotSequence">What the snapshot contained; 0 where there was none.</param>
/// <param name="RecordsPlayedBack">Inputs of the journal behind it.</param>
/// <param name="DamagedSnapshots">Files that were passed over.</param>
/// <param name="JournalBytesCut">Of a torn end of the journal, never answered; 0 after an orderly end.</param>
/// <param name="AlarmBytesCut">Of a torn last line of the alarm log; 0 after an orderly end.</param>
/// <param name="RetiredTo">Where the journal of the city as it was before was put aside; nothing where the city is the same.</param>
/// <param name="Carried">What was taken over from it; nothing where the city is the same, or where it could not be read.</param>
public sealed record CityRecovery(
    long SnapshotSequence, long RecordsPlayedBack, IReadOnlyList<string> DamagedSnapshots, long JournalBytesCut,
    long AlarmBytesCut, string? RetiredTo, CarriedOver? Carried);
