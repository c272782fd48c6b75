namespace DigitalTwin.Silo.Journal;

/// <summary>The bounds of a journal. Bytes are bytes on disk, headers included.</summary>
public sealed record JournalOptions
{
    /// <summary>
    /// What one group, and what waits behind it in memory, may hold; twice this is allocated. Writers wait at it.
    /// </summary>
    public int BufferBytes { get; init; } = 4 << 20;

    /// <summary>A segment that a group would carry beyond this is closed first.</summary>
    public long SegmentBytesMax { get; init; } = 64L << 20;

    /// <summary>So many of the newest bytes stay, even where a snapshot contains them.</summary>
    public long KeepBytesMin { get; init; }

    /// <summary>Beyond this the oldest segments that a snapshot contains go.</summary>
    public long KeepBytesMax { get; init; } = 4L << 30;

    /// <summary>Segments that a snapshot contains go when they are older than this.</summary>
    public TimeSpan KeepAgeMax { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Appends are refused beyond this; what comes between snapshots must fit above the rest.</summary>
    public long DiskBytesMax { get; init; } = 16L << 30;

    /// <summary>A disk with less free space is full when the journal is opened.</summary>
    public long FreeBytesMin { get; init; } = 128L << 20;

    /// <summary>
    /// The last sequence that the newest valid snapshot contains, 0 without one. A journal that ends before it or
    /// begins after what follows it is refused; records up to it are not checked when the journal is opened.
    /// </summary>
    public long SnapshotSequence { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferBytes, SegmentFormat.RecordOverheadBytes + 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentBytesMax, SegmentFormat.HeaderBytes + 1L);
        ArgumentOutOfRangeException.ThrowIfNegative(KeepBytesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepBytesMax, KeepBytesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(DiskBytesMax, KeepBytesMax);
        ArgumentOutOfRangeException.ThrowIfNegative(SnapshotSequence);
    }
}
