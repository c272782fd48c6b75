namespace DigitalTwin.Silo.History;

/// <summary>One day of one twin, both by number.</summary>
internal readonly record struct DayKey(int Day, int Twin);

/// <summary>One day of one twin as bytes; the store does not look into them.</summary>
internal readonly record struct StoredDay(DayKey Key, byte[] Body)
{
    /// <summary>What it was made from, where it is written; none where nothing was there.</summary>
    public byte[]? Before { get; init; }
}

/// <summary>What a store knows when it is opened.</summary>
/// <param name="Twins">Ids; a twin's number is its index.</param>
/// <param name="Properties">Names; a property's number is its index.</param>
/// <param name="Days">The days of which something is kept, and the age in days at which each was last retired; −1 for
/// never.</param>
internal sealed record StoreCatalog(
    List<string> Twins, List<string> Properties, SortedDictionary<int, int> Days, ulong Sequence);

/// <summary>What is written together.</summary>
internal sealed class StoreChanges
{
    /// <summary>New ids, which get the next numbers.</summary>
    public List<(int Number, string Id)> Twins { get; } = [];

    public List<(int Number, string Name)> Properties { get; } = [];

    public List<StoredDay> Days { get; } = [];

    public List<DayKey> Dropped { get; } = [];

    /// <summary>At which age a day was retired; −1 where it must be looked at again.</summary>
    public Dictionary<int, int> RetiredAges { get; } = [];

    /// <summary>Days of which nothing is left.</summary>
    public List<int> EmptyDays { get; } = [];

    public ulong? Sequence { get; set; }

    /// <summary>Values that found no room in their days.</summary>
    public int ValuesOverBound { get; set; }

    public bool IsEmpty => Twins.Count + Properties.Count + Days.Count + Dropped.Count + RetiredAges.Count
        + EmptyDays.Count == 0 && Sequence is null;
}

/// <summary>
/// Where the days lie. In a process one writer, any number of readers. Every failure is a
/// <see cref="DigitalTwin.Model.Ports.HistoryStoreException"/>; writing the same again after one is safe.
/// </summary>
internal interface IDayStore : IAsyncDisposable
{
    /// <summary>What a message calls this store: a folder, or a server.</summary>
    string Name { get; }

    /// <summary>Opens the store, makes it where there is none, and refuses what it does not know.</summary>
    ValueTask<StoreCatalog> OpenAsync(CancellationToken cancellationToken);

    /// <summary>The bodies of days, in the order of the keys; null where there is none.</summary>
    ValueTask<byte[]?[]> LoadAsync(IReadOnlyList<DayKey> keys, CancellationToken cancellationToken);

    /// <summary>Some of a day's twins, by number, above one.</summary>
    ValueTask<IReadOnlyList<StoredDay>> ScanAsync(int day, int aboveTwin, int max, CancellationToken cancellationToken);

    /// <summary>
    /// On disk on return. The sequence never is without everything else; but a crash may leave days of several months
    /// without it.
    /// </summary>
    /// <returns>False where another process has written one of the days since it was loaded: nothing is written.</returns>
    ValueTask<bool> CommitAsync(StoreChanges changes, CancellationToken cancellationToken);

    /// <summary>The catalog's days by now; none where no other process writes and they are known.</summary>
    ValueTask<SortedDictionary<int, int>?> DaysAsync(CancellationToken cancellationToken);

    /// <summary>A consistent copy in a folder.</summary>
    ValueTask BackupAsync(string folder, CancellationToken cancellationToken);
}
