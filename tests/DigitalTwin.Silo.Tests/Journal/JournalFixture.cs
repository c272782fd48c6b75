using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Tests.Journal;

internal sealed record Written(long Sequence, byte Kind, string Payload);

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class StandingClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Small journals on a disk in memory.</summary>
internal static class JournalFixture
{
    public static readonly Guid City = new("00112233-4455-6677-8899-aabbccddeeff");

    public static readonly JournalOptions Small = new()
    {
        BufferBytes = 2_000,
        SegmentBytesMax = 600,
        KeepBytesMax = 1 << 20,
        DiskBytesMax = 1 << 20,
    };

    public static FaultyFiles Disk(int seed = 1) => new(new Random(seed));

    /// <summary>A journal whose groups the test commits.</summary>
    public static SegmentedJournal Open(
        IDiskFolder files, JournalOptions? options = null, TimeProvider? clock = null) =>
        SegmentedJournal.OpenUnstarted(files, City, options ?? Small, clock ?? new StandingClock());

    /// <summary>Appends a record of its own group, which is on disk afterwards.</summary>
    public static Written Commit(SegmentedJournal journal, int payloadBytes, byte kind = 7)
    {
        var written = Append(journal, payloadBytes, kind);
        Assert.True(journal.CommitGroup());
        return written;
    }

    public static Written Append(SegmentedJournal journal, int payloadBytes, byte kind = 7)
    {
        var payload = new byte[payloadBytes];
        new Random(payloadBytes + kind).NextBytes(payload);
        Assert.True(journal.TryAppend(kind, payload, out var sequence));
        return new Written(sequence, kind, Convert.ToHexString(payload));
    }

    /// <summary>A disk with records of so many bytes, each in its group, and the records.</summary>
    public static (FaultyFiles Files, List<Written> Records) Filled(JournalOptions options, params int[] payloadBytes)
    {
        var files = Disk();
        var journal = Open(files, options);
        return (files, [.. payloadBytes.Select((bytes, i) => Commit(journal, bytes, (byte)i))]);
    }

    public static List<Written> ReplayAll(SegmentedJournal journal) => Replay(journal, journal.FirstSequence);

    public static List<Written> Replay(SegmentedJournal journal, long from)
    {
        var records = new List<Written>();
        journal.Replay(from, record =>
            records.Add(new Written(record.Sequence, record.Kind, Convert.ToHexString(record.Payload))));
        return records;
    }

    public static JournalException Refused(IDiskFolder files, JournalOptions? options = null) =>
        Assert.Throws<JournalException>(() => Open(files, options));
}
