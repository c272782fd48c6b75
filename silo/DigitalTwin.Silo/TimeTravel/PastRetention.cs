using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Durability;

namespace DigitalTwin.Silo.TimeTravel;

/// <summary>
/// How far back the city can be returned to, and what disk that may take. The bound of the disk comes first: where it
/// is reached, the oldest past goes, and never what a start needs.
/// </summary>
public sealed record PastRetention
{
    /// <summary>Nothing is kept for the way back beside what a start needs.</summary>
    public static readonly PastRetention None = new() { Span = TimeSpan.Zero, SnapshotBytesMax = 0, AlarmBytesMax = 0 };

    /// <summary>Snapshots and alarm logs that are older go.</summary>
    public TimeSpan Span { get; init; } = TimeSpan.FromHours(48);

    /// <summary>So far back every snapshot is kept; behind it the first of each <see cref="Spacing"/>.</summary>
    public TimeSpan EverySnapshot { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan Spacing { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Of all snapshots but those that a start needs.</summary>
    public long SnapshotBytesMax { get; init; } = 20L << 30;

    /// <summary>A disk with less free space keeps no snapshot but those that a start needs.</summary>
    public long FreeBytesMin { get; init; } = 2L << 30;

    /// <summary>Of all generations of the alarm log before the one that is written to.</summary>
    public long AlarmBytesMax { get; init; } = 1L << 30;

    /// <summary>The sequences of the snapshots that stay.</summary>
    /// <param name="older">All that no start needs, newest first.</param>
    /// <param name="journalFrom">The oldest input that can still be played back.</param>
    internal IReadOnlySet<long> Choose(
        IReadOnlyList<StoredSnapshot> older, Instant now, long journalFrom, long freeBytes)
    {
        var kept = new HashSet<long>();
        if (freeBytes < FreeBytesMin || Span == TimeSpan.Zero)
            return kept;
        var bytes = 0L;
        for (var i = 0; i < older.Count; i++)
        {
            var snapshot = older[i];
            // Nothing can be played back behind it, or nobody knows when it was.
            if (snapshot.Sequence + 1 < journalFrom || snapshot.At.IsNever)
                continue;
            // One from before the span is what its first hour is made from.
            var isBefore = now - snapshot.At > Span;
            if (!isBefore && now - snapshot.At > EverySnapshot && !IsFirstOfItsSpace(older, i))
                continue;
            bytes += snapshot.Bytes;
            if (bytes > SnapshotBytesMax)
                break;
            kept.Add(snapshot.Sequence);
            if (isBefore)
                break;
        }

        return kept;
    }

    private bool IsFirstOfItsSpace(IReadOnlyList<StoredSnapshot> snapshots, int index) =>
        index + 1 == snapshots.Count || SpaceOf(snapshots[index + 1]) != SpaceOf(snapshots[index]);

    private long SpaceOf(StoredSnapshot snapshot) => snapshot.At.UnixMilliseconds / (long)Spacing.TotalMilliseconds;
}

/// <summary>How many pasts may be open at once; each costs as much memory as the twins it has.</summary>
public sealed record PastBounds
{
    public int OpenMax { get; init; } = 4;

    public int TwinsMax { get; init; } = 4_000_000;
}
