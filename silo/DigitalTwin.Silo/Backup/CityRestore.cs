using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Silo.Backup;

/// <summary>Looks through a backup, and makes a data folder of it that is the city that was backed up.</summary>
public static class CityRestore
{
    /// <summary>Whether every file of a backup is what it was; nothing is written.</summary>
    /// <exception cref="BackupException">One is not; it is named.</exception>
    public static async Task<BackupManifest> VerifyAsync(string from, CancellationToken cancellationToken)
    {
        var manifest = BackupManifest.Read(from);
        foreach (var file in manifest.Files)
        {
            RefuseMissing(from, file);
            RefuseOther(from, file, await BackupFolder.SumAsync(from, file.Path, cancellationToken));
        }

        return manifest;
    }

    /// <summary>
    /// Copies a backup to where a city is to run, opens what was copied, and lets it have its name only if it is the
    /// city that was backed up.
    /// </summary>
    /// <param name="data">Must be empty or not be there.</param>
    /// <exception cref="BackupException">A file is damaged, or the city is another; nothing is left behind.</exception>
    public static async Task<BackupManifest> RestoreAsync(
        string from, string data, CityReader read, Action<string> tell, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(tell);
        tell("checking the files of the backup");
        var manifest = BackupManifest.Read(from);
        foreach (var file in manifest.Files)
            RefuseMissing(from, file);
        using var folder = BackupFolder.Begin(data);
        foreach (var file in manifest.Files)
            RefuseOther(
                from, file, await folder.CopyAsync(Path.Combine(from, file.Path), file.Path, cancellationToken));

        tell("opening the city");
        var (graph, rules) = read(folder.Path);
        if (CityIdentity.Of(graph, rules) != manifest.City)
            throw new BackupException(
                from, "this program remembers a city in another form than the one that wrote it: restore with that one");
        var found = await ChecksumsAsync(folder.Path, manifest, graph, rules, cancellationToken);
        if (found != manifest.Checksums)
            throw new BackupException(
                from, $"the city that it gives is another: checksums {found} instead of {manifest.Checksums}");
        folder.Finish();
        return manifest;
    }

    private static async Task<CityChecksums> ChecksumsAsync(
        string folder, BackupManifest manifest, CityGraph graph, CityRules rules, CancellationToken cancellationToken)
    {
        var clock = new StoppedClock(manifest.At);
        ulong alarms;
        using (var log = AlarmLog.Open(
            Path.Combine(folder, StoredCity.AlarmsFolder), graph, rules.Book, AlarmNorms.BuiltIn))
            alarms = AlarmBoardState.Checksum(log.Board);
        return new CityChecksums(
            CityChecksums.Text(await EngineChecksumAsync(folder, graph, rules, clock)), CityChecksums.Text(alarms),
            await CityBackup.HistoryChecksumAsync(folder, manifest.History, graph, clock, cancellationToken));
    }

    // As a start does it, but nothing is told to alarms or history: that is left to the first start.
    private static async Task<ulong> EngineChecksumAsync(
        string folder, CityGraph graph, CityRules rules, TimeProvider clock)
    {
        var manifest = EngineManifest.Read(folder)
            ?? throw new BackupException(folder, $"has no {EngineManifest.FileName}");
        using var files = LockedFolder.TakeWithoutTrace(Path.Combine(folder, StoredCity.JournalFolder));
        var snapshots = new SnapshotStore(files, manifest.City);
        await using var journal = SegmentedJournal.Open(
            files, manifest.City, new JournalOptions { SnapshotSequence = await snapshots.NewestWholeAsync() }, clock);
        var (engine, _) = await EmbeddedEngine.RecoverAsync(
            graph, clock, manifest, rules, alarms: null, journal, snapshots, history: null);
        await using (engine)
            return await engine.ChecksumAsync();
    }

    private static void RefuseMissing(string from, BackupFile file)
    {
        if (!File.Exists(Path.Combine(from, file.Path)))
            throw new BackupException(Path.Combine(from, file.Path), "is missing");
    }

    private static void RefuseOther(string from, BackupFile told, BackupFile found)
    {
        if (found != told)
            throw new BackupException(
                Path.Combine(from, told.Path),
                found.Bytes == told.Bytes ? "is damaged" : $"is damaged: {found.Bytes} bytes instead of {told.Bytes}");
    }
}
