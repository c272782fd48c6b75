using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Silo.Tests.Journal;

/// <summary>Alone, because it counts what the whole process allocates.</summary>
[CollectionDefinition(nameof(JournalAllocationTests), DisableParallelization = true)]
public sealed class JournalAllocationCollection;

[Collection(nameof(JournalAllocationTests))]
public sealed class JournalAllocationTests
{
    [Fact]
    public async Task ARecordAppendedAndAwaitedAllocatesNothing()
    {
        const int Records = 20_000;
        using var folder = new TemporaryFolder("journal-");
        using var files = LockedFolder.Take(folder.Path);
        await using var journal = SegmentedJournal.Open(
            files, JournalFixture.City, new JournalOptions { FreeBytesMin = 0 }, TimeProvider.System);
        using var cancellation = new CancellationTokenSource();
        var payload = new byte[150];
        await AppendAsync(journal, payload, Records, cancellation.Token);
        // The runner reports the tests before this one meanwhile; what it allocates only adds to a round.
        var least = double.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await AppendAsync(journal, payload, Records, cancellation.Token);
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Records);
        }

        Assert.True(least < 4, $"{least:N2} bytes a record");

        var replayed = 0;
        var own = GC.GetAllocatedBytesForCurrentThread();
        journal.Replay(1, _ => replayed++);
        own = GC.GetAllocatedBytesForCurrentThread() - own;
        Assert.Equal(4 * Records, replayed);
        // One buffer of 1 MiB a segment, whatever is in it, and the segment's few objects.
        Assert.InRange(own, 0, (1 << 20) + 4_096);
    }

    // A hundred wait together, so that the disk is not what is measured.
    private static async Task AppendAsync(
        SegmentedJournal journal, ReadOnlyMemory<byte> payload, int records, CancellationToken cancellation)
    {
        const int Together = 100;
        var waiting = new ValueTask[Together];
        for (var i = 0; i < records; i += Together)
        {
            for (var j = 0; j < Together; j++)
                waiting[j] = journal.CommittedAsync(await journal.AppendAsync(1, payload, cancellation), cancellation);
            foreach (var committed in waiting)
                await committed;
        }
    }
}
