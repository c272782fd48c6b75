using System.Diagnostics;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Tests.Journal;

namespace DigitalTwin.Silo.Tests.Durability;

/// <summary>What goes to history, when, and what becomes of it where history or the journal do not take it.</summary>
public sealed class HistoryFeedTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly FaultyFiles _files = JournalFixture.Disk();
    private readonly AwayHistory _history = new();
    private SegmentedJournal _journal = null!;

    public Task InitializeAsync()
    {
        _journal = SegmentedJournal.Open(_files, JournalFixture.City, new JournalOptions(), TimeProvider.System);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _files.SyncsReturn.Set();
        await _journal.DisposeAsync();
    }

    [Fact]
    public async Task HistoryTakesNothingThatIsNotOnDiskInTheJournal()
    {
        // A kill between the two used to leave a sequence in history that the next life gave to other values, which
        // history then took for known.
        _history.IsBack = true;
        await using var feed = new HistoryFeed(_history, _journal, TimeProvider.System);
        _files.SyncsReturn.Reset();
        Assert.True(_journal.TryAppend(1, [], out var sequence));
        await feed.WriteAsync(0, 7, sequence, Values(1));
        for (var turn = 0; turn < 20_000 && _history.Appended.Count == 0; turn++)
            await Task.Yield();
        Assert.Empty(_history.Appended);

        _files.SyncsReturn.Set();

        await feed.FlushAsync(default).WaitAsync(s_patience);
        Assert.Equal([7UL], _history.Appended);
    }

    [Fact]
    public async Task WhoeverWaitsForHistoryIsLetGoWhereTheJournalFails()
    {
        _history.IsBack = true;
        await using var feed = new HistoryFeed(_history, _journal, TimeProvider.System);
        _files.Fault = DiskFault.SyncFails;
        Assert.True(_journal.TryAppend(1, [], out var sequence));
        await feed.WriteAsync(0, 7, sequence, Values(1));

        await Assert.ThrowsAnyAsync<Exception>(() => feed.FlushAsync(default).WaitAsync(s_patience));

        Assert.Empty(_history.Appended);
    }

    [Fact]
    public async Task WithHistoryAwayAndItsBufferFullTheEndIsNotWaitedForAndNothingLaterIsTaken()
    {
        // The round that waited for room kept the city from ending for ever.
        var feed = new HistoryFeed(_history, _journal, TimeProvider.System, waitingMax: 10);
        await feed.WriteAsync(0, 1, 0, Values(10));
        var waiting = feed.WriteAsync(1, 2, 0, Values(1)).AsTask();
        Assert.False(waiting.IsCompleted);
        var clock = Stopwatch.StartNew();

        feed.BeginEnd();
        await waiting.WaitAsync(s_patience);
        // Without the round before it, this one must not be history's: the next start plays back both.
        _history.IsBack = true;
        await feed.WriteAsync(2, 3, 0, Values(1));
        await feed.DisposeAsync().AsTask().WaitAsync(s_patience);

        Assert.DoesNotContain(3UL, _history.Appended);
        Assert.True(clock.Elapsed < s_patience);
    }

    private static List<HistoryValue> Values(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new HistoryValue(
            new TwinHandle(0), 0, new HistoryPoint(DurableCity.Start, DurableCity.Start, i, Quality.Good, QualityReason.None)))];
}
