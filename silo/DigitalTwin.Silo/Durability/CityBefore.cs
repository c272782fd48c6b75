using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Durability;

/// <summary>
/// The city as a journal knows it, kept beside that journal: when the definition changes, what the twins remember can
/// still be read, because it can be read only under the definition that it was written with.
/// </summary>
public static class CityBefore
{
    private const string DefinitionFolder = "definition";
    private const string KindsFolder = "kinds";

    /// <summary>Keeps the definition of a data folder beside its journal, where it is not there yet.</summary>
    /// <exception cref="IOException">The disk does not write.</exception>
    public static void Keep(string data)
    {
        var kept = Path.Combine(data, StoredCity.JournalFolder, DefinitionFolder);
        if (Directory.Exists(kept))
            return;
        var unfinished = kept + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        File.Copy(Path.Combine(data, CityFile.Name), Path.Combine(unfinished, CityFile.Name));
        if (Directory.Exists(Path.Combine(data, KindsFolder)))
        {
            Directory.CreateDirectory(Path.Combine(unfinished, KindsFolder));
            foreach (var file in Directory.GetFiles(Path.Combine(data, KindsFolder), "*.json"))
                File.Copy(file, Path.Combine(unfinished, KindsFolder, Path.GetFileName(file)));
        }

        Directory.Move(unfinished, kept);
    }

    /// <summary>
    /// Where the definition has changed, brings the city as it was to its end: the alarm board and history get what the
    /// journal still has for them, and its last state is in a snapshot. False where there is nothing to bring.
    /// </summary>
    /// <param name="openHistory">Opens history for the twins as they were; this disposes it.</param>
    public static async Task<bool> FinishAsync(
        string data, CityGraph graph, CityRules rules, CityReader read, AlarmNorms norms, TimeProvider time,
        Func<CityGraph, ValueTask<IHistory>>? openHistory)
    {
        ArgumentNullException.ThrowIfNull(time);
        var journal = Path.Combine(data, StoredCity.JournalFolder);
        if (EngineManifest.Read(data) is not { } manifest || manifest.City == CityIdentity.Of(graph, rules)
            || ReadFor(journal, manifest.City, read) is not var (graphBefore, rulesBefore))
            return false;
        var history = openHistory is null ? null : await openHistory(graphBefore);
        try
        {
            await using var city = await StoredCity.OpenAsync(
                data, graphBefore, rulesBefore, norms, new StoppedClock(time.GetUtcNow()), manifest.Partitions, history,
                readBefore: read);
            await city.SnapshotAsync(CancellationToken.None);
            return true;
        }
        finally
        {
            if (history is not null)
                await history.DisposeAsync();
        }
    }

    /// <summary>The engine as a journal that was put aside left it; nothing where its definition is not kept.</summary>
    internal static async Task<EmbeddedEngine?> OpenAsync(string journalFolder, EngineManifest after, CityReader read)
    {
        if (!Directory.Exists(journalFolder) || after.CityBefore is not { } identity
            || ReadFor(journalFolder, identity, read) is not var (graph, rules))
            return null;
        var clock = new StoppedClock(DateTimeOffset.UnixEpoch);
        using var files = LockedFolder.Take(journalFolder);
        var snapshots = new SnapshotStore(files, identity);
        await using var journal = SegmentedJournal.Open(
            files, identity, new JournalOptions { SnapshotSequence = await snapshots.NewestWholeAsync() }, clock);
        var (engine, _) = await EmbeddedEngine.RecoverAsync(
            graph, clock, after with { City = identity, Epoch = after.Epoch - 1 }, rules, alarms: null, journal, snapshots,
            history: null);
        return engine;
    }

    // Another program may read another city from the same files: then what it remembers cannot be read.
    private static (CityGraph Graph, CityRules Rules)? ReadFor(string journalFolder, Guid identity, CityReader read)
    {
        var kept = Path.Combine(journalFolder, DefinitionFolder);
        if (!Directory.Exists(kept))
            return null;
        var (graph, rules) = read(kept);
        return CityIdentity.Of(graph, rules) == identity ? (graph, rules) : null;
    }
}
