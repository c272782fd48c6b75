using DigitalTwin.Silo.Journal;
using static DigitalTwin.Silo.Tests.Journal.JournalFixture;

namespace DigitalTwin.Silo.Tests.Journal;

/// <summary>Appending, waiting, replaying and letting go.</summary>
public sealed class JournalTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task ManyWritersGetEverySequenceOnceAndFindTheirRecordsThere()
    {
        const int Writers = 24, Records = 400;
        var files = Disk();
        var own = new byte[Writers * Records + 1][];
        await using (var journal = SegmentedJournal.Open(
            files, City, Small with { SegmentBytesMax = 20_000 }, TimeProvider.System))
        {
            await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
            {
                var random = new Random(writer);
                for (var i = 0; i < Records; i++)
                {
                    var payload = new byte[random.Next(100)];
                    random.NextBytes(payload);
                    var sequence = await journal.AppendAsync((byte)writer, payload);
                    Assert.Null(Interlocked.Exchange(ref own[sequence], [(byte)writer, .. payload]));
                    if (i % 7 != 0)
                        continue;
                    await journal.CommittedAsync(sequence);
                    Assert.True(journal.CommittedSequence >= sequence);
                }
            }))).WaitAsync(s_deadline);
        }

        var again = Open(files, Small);
        Assert.Equal(
            own.Skip(1).Select((bytes, i) => new Written(i + 1, bytes[0], Convert.ToHexString(bytes.AsSpan(1)))),
            ReplayAll(again));
        Assert.True(files.Segments.Count() > 10);
    }

    [Fact]
    public async Task WhatComesWhileTheDiskFlushesGoesOutTogether()
    {
        var files = Disk();
        await using var journal = SegmentedJournal.Open(
            files, City, Small with { SegmentBytesMax = 1 << 20 }, TimeProvider.System);
        files.SyncsReturn.Reset();
        var syncs = files.Syncs;
        Append(journal, 10);
        // The second can only be alone in the buffer once the first has gone to the disk.
        await journal.RoomAsync().AsTask().WaitAsync(s_deadline);
        var waiting = Enumerable.Range(0, 50).Select(i => journal.CommittedAsync(Append(journal, i % 9).Sequence))
            .Select(committed => committed.AsTask()).ToArray();
        Assert.All(waiting, committed => Assert.False(committed.IsCompleted));

        files.SyncsReturn.Set();

        await Task.WhenAll(waiting).WaitAsync(s_deadline);
        Assert.Equal(syncs + 2, files.Syncs);
        Assert.Equal(51, journal.CommittedSequence);
    }

    [Fact]
    public async Task AWriterWaitsForRoomInAFullBuffer()
    {
        var journal = Open(Disk());
        for (var i = 0; i < 4; i++)
            Append(journal, 483);
        Assert.False(journal.TryAppend(1, [], out var none));
        Assert.Equal(0, none);
        using var cancellation = new CancellationTokenSource();
        var patient = journal.AppendAsync(1, new byte[7]).AsTask();
        var impatient = journal.AppendAsync(2, new byte[7], cancellation.Token).AsTask();
        Assert.False(patient.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => impatient.WaitAsync(s_deadline));

        Assert.True(journal.CommitGroup());

        Assert.Equal(5, await patient.WaitAsync(s_deadline));
        Assert.True(journal.CommitGroup());
        Assert.Equal(5, ReplayAll(journal).Count);
        Assert.Throws<ArgumentException>(() => journal.TryAppend(1, new byte[1_984], out _));
        Assert.True(journal.TryAppend(1, new byte[1_983], out _));
    }

    [Fact]
    public async Task CancellingAnAwaitTakesNoRecordBack()
    {
        var journal = Open(Disk());
        using var cancellation = new CancellationTokenSource();
        for (var round = 0; round < 20; round++)
        {
            using var own = new CancellationTokenSource();
            var sequence = Append(journal, 3).Sequence;
            var cancelled = journal.CommittedAsync(sequence, own.Token).AsTask();
            var other = journal.CommittedAsync(sequence, cancellation.Token).AsTask();
            await own.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled.WaitAsync(s_deadline));
            Assert.False(other.IsCompleted);
            Assert.True(journal.CommitGroup());
            await other.WaitAsync(s_deadline);
            // Too late to cancel, and whoever has the waiter next must not feel it.
        }

        var last = journal.CommittedAsync(Append(journal, 3).Sequence);
        await cancellation.CancelAsync();
        Assert.False(last.IsCompleted);
        Assert.True(journal.CommitGroup());
        await last.AsTask().WaitAsync(s_deadline);
        Assert.Equal(21, ReplayAll(journal).Count);
    }

    [Fact]
    public void AnAwaitOfWhatWasNotAppendedIsABug()
    {
        var journal = Open(Disk());
        Commit(journal, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => journal.CommittedAsync(2).GetAwaiter().GetResult());
        Assert.Throws<ArgumentOutOfRangeException>(() => Replay(journal, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Replay(journal, 3));
        Assert.Empty(Replay(journal, 2));
    }

    [Fact]
    public async Task ClosingCommitsWhatWasAppended()
    {
        var files = Disk();
        var journal = SegmentedJournal.Open(files, City, Small, TimeProvider.System);
        var written = Append(journal, 12);
        await journal.DisposeAsync();
        await journal.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => journal.TryAppend(1, [], out _));
        Assert.Equal([written], ReplayAll(Open(files.CutPower())));
    }

    [Fact]
    public void ReplayBeginsAnywhereAndEndsWithWhatIsCommitted()
    {
        var (files, records) = Filled(Small, 200, 0, 30, 200, 200, 5, 200, 250, 300);
        Assert.True(files.Segments.Count() > 2);
        var journal = Open(files);
        Append(journal, 5);
        for (var from = 1; from <= records.Count + 1; from++)
            Assert.Equal(records.Skip(from - 1), Replay(journal, from));
        Assert.Equal(records.Count + 1, journal.Replay(3, _ => { }));
    }

    [Fact]
    public void OnlyWholeSegmentsBehindASnapshotGo()
    {
        var (files, records) = Filled(Small, 200, 200, 200, 200, 200, 200, 200);
        Assert.Equal(["1", "3", "5", "7"], Firsts(files));
        var clock = new StandingClock();
        clock.Now += TimeSpan.FromDays(8);
        var journal = Open(files, clock: clock);
        Assert.Equal(0, journal.RetireBefore(2));
        Assert.Equal(2 * 217 + 48, journal.RetireBefore(4));
        Assert.Equal(["3", "5", "7"], Firsts(files));
        Assert.Equal(3, journal.FirstSequence);
        Assert.Contains("before 3 have been retired, 2 was asked for",
            Assert.Throws<JournalException>(() => Replay(journal, 2)).Message, StringComparison.Ordinal);
        Assert.Equal(records[2..], Replay(journal, 3));
        // The newest stays whatever is asked.
        journal.RetireBefore(long.MaxValue);
        Assert.Equal(["7"], Firsts(files));
        Assert.Equal(records[6..], ReplayAll(Open(files.CutPower(), Small with { SnapshotSequence = 6 })));
    }

    [Fact]
    public void WhatASnapshotContainsStaysAsLongAndAsLargeAsThePolicySays()
    {
        const int Segment = 2 * 217 + 48, Newest = 217 + 48;
        AssertKept(["1", "3", "5", "7"], age: 1, keepMax: 1 << 20, keepMin: 0);
        AssertKept(["7"], age: 8, keepMax: 1 << 20, keepMin: 0);
        AssertKept(["3", "5", "7"], age: 1, keepMax: 2 * Segment + Newest, keepMin: 0);
        AssertKept(["3", "5", "7"], age: 8, keepMax: 1 << 20, keepMin: Segment + Newest + 1);
        AssertKept(["5", "7"], age: 8, keepMax: 1 << 20, keepMin: Segment + Newest);

        static void AssertKept(string[] firsts, int age, long keepMax, long keepMin)
        {
            var (files, _) = Filled(Small, 200, 200, 200, 200, 200, 200, 200);
            var clock = new StandingClock();
            clock.Now += TimeSpan.FromDays(age);
            Open(files, Small with { KeepBytesMax = keepMax, KeepBytesMin = keepMin }, clock).RetireBefore(8);
            Assert.Equal(firsts, Firsts(files));
        }
    }

    [Fact]
    public void AFullJournalRefusesUntilASnapshotLetsRecordsGo()
    {
        var files = Disk();
        var options = Small with { DiskBytesMax = 2_000, KeepBytesMax = 500 };
        var journal = Open(files, options);
        var records = new List<Written>();
        var full = Assert.Throws<JournalFullException>((Action)(() =>
        {
            while (true)
                records.Add(Commit(journal, 100));
        }));
        Assert.Contains("2,000 bytes", full.Message, StringComparison.Ordinal);
        Assert.InRange(journal.DiskBytes, 2_000 - 117 - 48, 2_000);
        Assert.Equal(records, ReplayAll(journal));

        Assert.True(journal.RetireBefore(records[^1].Sequence) > 0);

        records.Add(Commit(journal, 100));
        // Counted alike after a restart, headers included.
        var again = Open(files, options with { SnapshotSequence = records[^2].Sequence - 1 });
        Assert.Equal(journal.DiskBytes, again.DiskBytes);
        Assert.Equal(files.Segments.Sum(name => files[name].Length), again.DiskBytes);
        Assert.Equal(records.Where(record => record.Sequence >= again.FirstSequence), ReplayAll(again));
    }

    [Fact]
    public void ASecondProcessIsKeptOut()
    {
        using var folder = new TemporaryFolder("journal-");
        using (LockedFolder.Take(folder.Path))
            Assert.Contains(folder.Path, Assert.Throws<JournalException>(() => LockedFolder.Take(folder.Path)).Message,
                StringComparison.Ordinal);
        LockedFolder.Take(folder.Path).Dispose();
    }

    [Fact]
    public void AFolderTakenWithoutTraceHasNoLockOnceItIsLetGo()
    {
        using var folder = new TemporaryFolder("journal-");
        using (LockedFolder.TakeWithoutTrace(folder.Path))
        {
            Assert.Throws<JournalException>(() => LockedFolder.TakeWithoutTrace(folder.Path));
            Assert.Throws<JournalException>(() => LockedFolder.Take(folder.Path));
            // Who was refused leaves the lock to the one who has it.
            Assert.Single(Directory.GetFiles(folder.Path));
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void AFolderThatCannotBeMadeIsRefusedByName()
    {
        using var folder = new TemporaryFolder("journal-");
        var file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "");
        Assert.Contains(file, Assert.Throws<JournalException>(() => LockedFolder.Take(file)).Message,
            StringComparison.Ordinal);
    }

    private static IEnumerable<string> Firsts(FaultyFiles files) =>
        files.Segments.Select(name => name[8..^4].TrimStart('0'));
}
