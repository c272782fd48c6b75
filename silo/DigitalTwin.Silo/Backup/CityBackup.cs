using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Commands;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Backup;

/// <summary>Reads the city's definition, its kinds and its rules from a data folder.</summary>
public delegate (CityGraph Graph, CityRules Rules) CityReader(string folder);

/// <summary>
/// Copies a running city into a folder: a snapshot, history, the alarm board, the command book, every other file of the data folder, and
/// last the journal from the snapshot to the moment of the backup, which is after all of these. What was answered before
/// the backup began is in it; the city goes on, and stands still for no longer than a round of its clock.
/// </summary>
public static class CityBackup
{
    internal const string HistoryFolder = "history";

    // What is copied otherwise, is made anew at each start, or is of one process.
    private static readonly string[] s_foldersLeftOut =
        [StoredCity.JournalFolder, StoredCity.AlarmsFolder, StoredCity.CommandsFolder, HistoryFolder];
    private static readonly string[] s_filesLeftOut = ["fleet.ndjson", "operations.json", BackupManifest.FileName];
    private static readonly string[] s_suffixesLeftOut = [".lock", ".new", ".tmp"];

    /// <param name="history">The city's, where it keeps any.</param>
    /// <param name="data">The data folder that it runs in.</param>
    /// <param name="target">Must be empty or not be there; it is there when the backup is whole.</param>
    /// <param name="read">How the definition in a folder becomes a city.</param>
    /// <param name="tell">What is being done.</param>
    /// <exception cref="BackupException">It cannot be made; nothing is left behind.</exception>
    public static async Task<BackupManifest> WriteAsync(
        StoredCity city, IHistory? history, string data, string target, CityReader read, TimeProvider time,
        Action<string> tell, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(city);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(tell);
        RefuseInside(data, target);
        using var folder = BackupFolder.Begin(target);
        var at = time.GetUtcNow();

        tell("a snapshot of the state");
        var from = await city.SnapshotAsync(cancellationToken);
        var snapshot = $"{StoredCity.JournalFolder}/{SnapshotStore.NameOf(from)}";
        await folder.CopyAsync(Path.Combine(data, snapshot), snapshot, cancellationToken);

        tell("history");
        var historyIs = await CopyHistoryAsync(history, Path.Combine(folder.Path, HistoryFolder), cancellationToken);

        tell("alarms");
        var alarms = await city.Alarms.AskAsync(
            board =>
            {
                AlarmLog.Write(Path.Combine(folder.Path, StoredCity.AlarmsFolder), board);
                return AlarmBoardState.Checksum(board);
            },
            cancellationToken);

        tell("commands");
        await city.Commands.AskAsync(
            book =>
            {
                CommandLog.Write(Path.Combine(folder.Path, StoredCity.CommandsFolder), book);
                return true;
            },
            cancellationToken);

        tell("definition, kinds, devices and keys");
        foreach (var path in OtherFilesOf(data))
            await folder.CopyAsync(Path.Combine(data, path), path, cancellationToken);
        var manifest = EngineManifest.Read(folder.Path)
            ?? throw new BackupException(data, $"has no {EngineManifest.FileName}");
        var (graph, rules) = read(folder.Path);
        if (CityIdentity.Of(graph, rules) != manifest.City)
            throw new BackupException(
                data, "its definition or its kinds have changed since the city was started; start it again first");

        tell("the journal");
        var (sequence, checksum) = await city.Engine.ChecksumOfAMomentAsync(cancellationToken);
        await city.Journal.CommittedAsync(sequence, cancellationToken);
        await CopyJournalAsync(city.Journal, folder, manifest.City, from, sequence, time);

        tell("checksums");
        var clock = new StoppedClock(at);
        var checksums = new CityChecksums(
            CityChecksums.Text(checksum), CityChecksums.Text(alarms),
            await HistoryChecksumAsync(folder.Path, historyIs, graph, clock, cancellationToken));
        var files = new List<BackupFile>();
        foreach (var path in BackupFolder.FilesBelow(folder.Path))
            files.Add(await BackupFolder.SumAsync(folder.Path, path, cancellationToken));
        var backup = new BackupManifest(
            BackupManifest.FormatName, BackupManifest.CurrentVersion, at, manifest.City, from, sequence, historyIs,
            checksums, files);
        await folder.WriteAsync(BackupManifest.FileName, backup.Write(), cancellationToken);
        folder.Finish();
        return backup;
    }

    /// <summary>The files beside the city's own in a data folder: its devices, their keys, certificates.</summary>
    public static IEnumerable<string> FilesBeside(string data) => OtherFilesOf(data).Where(path =>
        !path.Contains('/', StringComparison.Ordinal) && path is not (CityFile.Name or EngineManifest.FileName));

    /// <summary>The checksum of the history in a folder, or nothing where it keeps none there.</summary>
    internal static async Task<string?> HistoryChecksumAsync(
        string folder, string historyIs, CityGraph graph, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (historyIs != BackupManifest.InFiles)
            return null;
        await using var history = await CityHistory.OpenSqliteAsync(
            Path.Combine(folder, HistoryFolder), graph, HistoryPolicy.BuiltIn, new HistoryOptions(), clock,
            cancellationToken);
        return await HistoryChecksum.OfAsync(history, cancellationToken);
    }

    private static async Task<string> CopyHistoryAsync(
        IHistory? history, string into, CancellationToken cancellationToken)
    {
        if (history is null)
            return BackupManifest.None;
        try
        {
            await history.BackupAsync(into, cancellationToken);
            return BackupManifest.InFiles;
        }
        catch (NotSupportedException)
        {
            // A server, which has its own tools.
            return BackupManifest.Elsewhere;
        }
    }

    private static async Task CopyJournalAsync(
        SegmentedJournal journal, BackupFolder folder, Guid city, long from, long until, TimeProvider time)
    {
        var path = Path.Combine(folder.Path, StoredCity.JournalFolder);
        using var files = LockedFolder.TakeWithoutTrace(path);
        SegmentedJournal.BeginBehind(files, city, from, time);
        await using var copy = SegmentedJournal.Open(
            files, city, new JournalOptions { SnapshotSequence = from }, time);
        await Task.Run(() => journal.Replay(from + 1, record => Append(copy, record, until)));
        if (copy.AppendedSequence != until)
            throw new BackupException(path, $"ends with {copy.AppendedSequence} and not with {until}");
        await copy.CommittedAsync(until);
    }

    private static void Append(SegmentedJournal copy, JournalRecord record, long until)
    {
        if (record.Sequence > until)
            return;
        while (!copy.TryAppend(record.Kind, record.Payload, out _))
            copy.RoomAsync().AsTask().GetAwaiter().GetResult();
    }

    private static IEnumerable<string> OtherFilesOf(string data) => Directory.EnumerateFileSystemEntries(data)
        .Select(path => Path.GetFileName(path))
        .SelectMany(name => File.Exists(Path.Combine(data, name)) ? [name]
            : IsLeftOut(name) ? []
            : BackupFolder.FilesBelow(Path.Combine(data, name)).Select(path => $"{name}/{path}"))
        .Where(path => !s_filesLeftOut.Contains(path)
            && !s_suffixesLeftOut.Any(suffix => path.EndsWith(suffix, StringComparison.Ordinal)));

    // Journals of the city as it was before stay where they are.
    private static bool IsLeftOut(string folder) => s_foldersLeftOut.Contains(folder)
        || folder.StartsWith($"{StoredCity.JournalFolder}-", StringComparison.Ordinal);

    private static void RefuseInside(string data, string target)
    {
        var (outer, inner) = (Path.GetFullPath(data), Path.GetFullPath(target));
        if (inner == outer
            || inner.StartsWith(Path.TrimEndingDirectorySeparator(outer) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new BackupException(target, "is inside the data folder that is backed up");
    }
}
