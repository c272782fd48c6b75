using DigitalTwin.Model.Memory;
using DigitalTwin.Silo.Journal;
using static DigitalTwin.Silo.Tests.Journal.JournalFixture;

namespace DigitalTwin.Silo.Tests.Journal;

/// <summary>The recovery table of docs/journal.md, a test a row.</summary>
public sealed class JournalRecoveryTests
{
    private const string FirstName = "journal-00000000000000000001.log";
    private static readonly DateTimeOffset s_noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly JournalOptions s_oneSegment = Small with { SegmentBytesMax = 1 << 20 };
    private static readonly int[] s_sizes = [0, 1, 40, 7, 0, 126, 127, 128, 3];

    // RFC 3720 §B.4: 32 bytes of zeros, of ones, ascending; and the check value of the algorithm's catalogue.
    [Fact]
    public void TheChecksumIsCrc32C()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0xE3069283u, Crc32C.Continue(Crc32C.Of("1234"u8), "56789"u8));
    }

    [Fact]
    public void ASegmentIsWhatTheFormatSays()
    {
        var header = SegmentBytes.Header(1, City, s_noon);
        var files = Disk();
        var journal = Open(files);
        Assert.Equal(header, files[FirstName]);
        journal.TryAppend(200, [1, 2, 3], out _);
        journal.TryAppend(0, [], out _);
        journal.CommitGroup();
        byte[] expected =
        [
            .. header, .. SegmentBytes.Record(header, 1, 200, 1, 2, 3), .. SegmentBytes.Record(header, 2, 0),
        ];
        Assert.Equal(expected, files[FirstName]);

        var written = Disk();
        written[FirstName] = expected;
        Assert.Equal([new(1, 200, "010203"), new(2, 0, "")], ReplayAll(Open(written)));
    }

    [Fact]
    public void AnEmptyFolderBeginsWithRecordOne()
    {
        var journal = Open(Disk());
        Assert.Equal(new JournalRecovery(1, 0, 0, null), journal.Recovery);
        Assert.Empty(ReplayAll(journal));
        Assert.Equal(1, Commit(journal, 5).Sequence);
    }

    [Fact]
    public void CutAtAnyByteTheLastSegmentEndsWithItsLastWholeRecord()
    {
        var (files, records) = Filled(s_oneSegment, s_sizes);
        var bytes = files[FirstName];
        var ends = Ends();
        Assert.Equal(bytes.Length, ends[^1]);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var torn = Disk();
            torn[FirstName] = bytes[..cut];
            var journal = Open(torn, s_oneSegment);
            var whole = Math.Max(0, ends.FindLastIndex(end => end <= cut));
            Assert.Equal(records.Take(whole), ReplayAll(journal));
            var bytesCut = cut < ends[0] ? cut : cut - ends[whole];
            Assert.Equal(new JournalRecovery(1, whole, bytesCut, bytesCut > 0 ? $"/faulty/{FirstName}" : null),
                journal.Recovery);
            // It goes on behind, and the next start finds both.
            var next = Commit(journal, 9);
            Assert.Equal(whole + 1, next.Sequence);
            var again = Open(torn.CutPower(), s_oneSegment);
            Assert.Equal([.. records.Take(whole), next], ReplayAll(again));
            Assert.Equal(0, again.Recovery.BytesCut);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xFF)]
    public void ATornEndThatTheFileSystemFilledIsCut(byte filling)
    {
        var (files, records) = Filled(s_oneSegment, s_sizes);
        var bytes = files[FirstName];
        for (var cut = 48; cut <= bytes.Length; cut++)
        {
            var torn = Disk();
            torn[FirstName] = [.. bytes[..cut], .. Enumerable.Repeat(filling, 1_000)];
            // The filling may happen to be the byte that was missing.
            var left = torn[FirstName];
            var whole = Ends().FindLastIndex(end => left.AsSpan(0, end).SequenceEqual(bytes.AsSpan(0, end)));
            var journal = Open(torn, s_oneSegment);
            Assert.Equal(records.Take(whole), ReplayAll(journal));
            Assert.Equal(left.Length - Ends()[whole], journal.Recovery.BytesCut);
        }
    }

    [Fact]
    public void AFlippedBitIsRefusedOrCutAndNeverReadAsData()
    {
        var (files, records) = Filled(s_oneSegment, s_sizes);
        var bytes = files[FirstName];
        var ends = Ends();
        for (var at = 0; at < bytes.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var damaged = Disk();
                var flipped = bytes.ToArray();
                flipped[at] ^= (byte)(1 << bit);
                damaged[FirstName] = flipped;
                if (at < ends[^2])
                {
                    var refusal = Refused(damaged, s_oneSegment).Message;
                    Assert.Contains(FirstName, refusal, StringComparison.Ordinal);
                    Assert.Contains(at < 48 ? "bytes 0 to 47" : $"at byte {ends.FindLast(end => end <= at)} ",
                        refusal, StringComparison.Ordinal);
                    Assert.Equal(flipped, damaged[FirstName]);
                    continue;
                }

                // Nothing tells a flipped bit of the last record from a write that power cut short.
                var journal = Open(damaged, s_oneSegment);
                Assert.Equal(records[..^1], ReplayAll(journal));
                Assert.Equal(bytes.Length - ends[^2], journal.Recovery.BytesCut);
            }
        }
    }

    [Fact]
    public void AFlippedBitInAClosedSegmentIsRefusedEvenInItsLastRecord()
    {
        var (files, _) = Filled(Small, 200, 200, 200, 200, 200);
        Assert.True(files.Segments.Count() >= 3);
        foreach (var name in files.Segments.SkipLast(1))
        {
            for (var at = 0; at < files[name].Length; at++)
            {
                var damaged = files.Copy();
                var bytes = damaged[name];
                bytes[at] ^= 0x10;
                damaged[name] = bytes;
                Assert.Contains(name, Refused(damaged).Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void AClosedSegmentCutShortIsRefused()
    {
        var (files, _) = Filled(Small, 200, 200, 200, 200, 200);
        var whole = files[FirstName];
        for (var cut = 0; cut < whole.Length; cut++)
        {
            files[FirstName] = whole[..cut];
            Assert.Contains(FirstName, Refused(files).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AMissingSegmentIsRefusedByName()
    {
        var (files, _) = Filled(Small, 200, 200, 200, 200, 200);
        var names = files.Segments.ToArray();
        Assert.Equal(3, names.Length);
        var middle = files.Copy();
        middle.Remove(names[1]);
        var gap = Refused(middle).Message;
        Assert.Contains(names[0], gap, StringComparison.Ordinal);
        Assert.Contains("record 3, and the next segment begins with 5", gap, StringComparison.Ordinal);
        var first = files.Copy();
        first.Remove(names[0]);
        Assert.Contains("begins with record 3, and 1 is needed", Refused(first).Message, StringComparison.Ordinal);
        // The last one: only a snapshot can tell.
        var last = files.Copy();
        last.Remove(names[2]);
        Assert.Contains("ends with record 4, and the snapshot contains 5",
            Refused(last, Small with { SnapshotSequence = 5 }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHeaderCutShortByTheRollOverIsWrittenAgain()
    {
        var (files, records) = Filled(Small, 200, 200);
        var name = "journal-00000000000000000003.log";
        for (var length = 0; length <= 48; length++)
        {
            var torn = files.Copy();
            // 48 bytes of zeros: the length was on disk before the bytes.
            torn[name] = length == 48 ? new byte[48] : SegmentBytes.Header(3, City, s_noon)[..length];
            var journal = Open(torn);
            Assert.Equal(records, ReplayAll(journal));
            Assert.Equal(length, journal.Recovery.BytesCut);
            var next = Commit(journal, 30);
            Assert.Equal([.. records, next], ReplayAll(Open(torn.CutPower())));
            Assert.Contains(name, torn.Segments);
        }
    }

    [Fact]
    public void AnotherCityAnotherVersionAndAnotherNameAreRefused()
    {
        var stranger = Guid.NewGuid();
        AssertRefused(SegmentBytes.Header(1, stranger, s_noon), FirstName, $"belongs to the city {stranger}");
        AssertRefused(SegmentBytes.Header(1, City, s_noon, version: 0), FirstName, "format version 0");
        AssertRefused(SegmentBytes.Header(1, City, s_noon, version: 2), FirstName, "format version 2");
        AssertRefused(SegmentBytes.Header(2, City, s_noon), FirstName, "begins with record 2");
        AssertRefused(SegmentBytes.Header(5, City, s_noon), "journal-5.log", "not the name of a segment");
        AssertRefused(
            [.. SegmentBytes.Header(1, City, s_noon, magic: "SOMETHIN"), 1], FirstName, "bytes 0 to 47");
    }

    [Fact]
    public void AReadOnlyFolderAndAFullDiskAreRefused()
    {
        foreach (var files in new[] { Disk(), Filled(Small, 1, 2).Files })
        {
            files.ReadOnly = true;
            Assert.Contains("/faulty", Refused(files).Message, StringComparison.Ordinal);
            files.ReadOnly = false;
            files.FreeBytes = 999;
            Assert.Contains("999 bytes are free, 1,000 are needed",
                Refused(files, Small with { FreeBytesMin = 1_000 }).Message, StringComparison.Ordinal);
            files.FreeBytes = 1_000;
            Open(files, Small with { FreeBytesMin = 1_000 });
        }
    }

    [Fact]
    public void ASnapshotWithoutAJournalIsRefusedUntilOneIsBegunBehindIt()
    {
        var files = Disk();
        var behind = Small with { SnapshotSequence = 41 };
        Assert.Contains("up to 41", Refused(files, behind).Message, StringComparison.Ordinal);
        Assert.Empty(files.List());
        SegmentedJournal.BeginBehind(files, City, 41, new StandingClock());
        var journal = Open(files, behind);
        Assert.Equal(42, Commit(journal, 3).Sequence);
        Assert.Throws<JournalException>(() => SegmentedJournal.BeginBehind(files, City, 50, new StandingClock()));
        Assert.Contains("42, and 41 is needed",
            Refused(files, Small with { SnapshotSequence = 40 }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARefusedJournalIsLeftAsItWasItsTornEndIncluded()
    {
        foreach (var length in new[] { 30, 48 + 217, 48 + 217 + 100 })
        {
            var files = Disk();
            var torn = Filled(Small, 200, 200).Files[FirstName][..length];
            files[FirstName] = torn;
            Assert.Contains("the snapshot contains 2", Refused(files, Small with { SnapshotSequence = 2 }).Message,
                StringComparison.Ordinal);
            Assert.Equal(torn, files[FirstName]);
        }
    }

    [Fact]
    public void DamageThatTheSnapshotHasReplacedDoesNotStopTheStart()
    {
        var (files, records) = Filled(Small, 200, 200, 200, 200, 200);
        var bytes = files[FirstName];
        bytes[100] ^= 1;
        files[FirstName] = bytes;
        Assert.Contains(FirstName, Refused(files, Small with { SnapshotSequence = 1 }).Message,
            StringComparison.Ordinal);
        var journal = Open(files, Small with { SnapshotSequence = 2 });
        Assert.Equal(records[2..], Replay(journal, 3));
        Assert.Contains("record 1 at byte 48", Assert.Throws<JournalException>(() => Replay(journal, 1)).Message,
            StringComparison.Ordinal);
    }

    private static List<int> Ends() =>
        [.. s_sizes.Aggregate(new List<int> { 48 }, (ends, size) => [.. ends, ends[^1] + 17 + size])];

    private static void AssertRefused(byte[] bytes, string name, string reason)
    {
        var files = Disk();
        files[name] = bytes;
        var refusal = Refused(files).Message;
        Assert.Contains(name, refusal, StringComparison.Ordinal);
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
        Assert.Equal(bytes, files[name]);
    }
}
