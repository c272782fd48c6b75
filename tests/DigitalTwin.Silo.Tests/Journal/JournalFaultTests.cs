using DigitalTwin.Silo.Journal;
using static DigitalTwin.Silo.Tests.Journal.JournalFixture;

namespace DigitalTwin.Silo.Tests.Journal;

/// <summary>
/// A disk that fails wherever a seed says so: what was acknowledged is there exactly once and in order, and after a
/// failure nothing is acknowledged.
/// </summary>
public sealed class JournalFaultTests
{
    private const int Lives = 12;

    [Fact]
    public void WhateverTheDiskDoesTheAcknowledgedIsThereOnceAndInOrder()
    {
        var (failures, refusals, cuts, survivors) = (0, 0, 0, 0);
        for (var seed = 1; seed <= 400; seed++)
        {
            var run = new Run(seed);
            for (var life = 0; life < Lives; life++)
                run.Live();
            failures += run.Failures;
            refusals += run.Refusals;
            cuts += run.Cuts;
            survivors += run.Survivors;
        }

        // The seeds reach what they are for.
        Assert.True(failures > 500, $"{failures} failures");
        Assert.True(refusals > 100, $"{refusals} refusals");
        Assert.True(cuts > 200, $"{cuts} torn ends");
        Assert.True(survivors > 200, $"{survivors} records that nobody was told of and that were there");
    }

    [Theory]
    [InlineData(DiskFault.TornWrite)]
    [InlineData(DiskFault.ShortWrite)]
    [InlineData(DiskFault.InputOutputError)]
    [InlineData(DiskFault.NoSpace)]
    [InlineData(DiskFault.SyncFails)]
    public void AFailureNamesTheFileAndTheCauseAndIsNotTriedAgain(DiskFault fault)
    {
        var files = Disk();
        var journal = Open(files);
        var kept = Commit(journal, 10);
        files.Fault = fault;
        var lost = Append(journal, 20);
        var waiting = journal.CommittedAsync(lost.Sequence);
        var syncs = files.Syncs;

        Assert.False(journal.CommitGroup());

        var failure = Assert.Throws<JournalFailedException>(() => waiting.GetAwaiter().GetResult());
        Assert.Contains("journal-00000000000000000001.log", failure.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(failure.InnerException);
        Assert.Contains(failure.InnerException.Message, failure.Message, StringComparison.Ordinal);
        Assert.Throws<JournalFailedException>(() => journal.TryAppend(1, [], out _));
        Assert.Throws<JournalFailedException>(() => journal.RoomAsync().GetAwaiter().GetResult());
        Assert.Throws<JournalFailedException>(() => journal.CommittedAsync(lost.Sequence).GetAwaiter().GetResult());
        Assert.False(journal.CommitGroup());
        Assert.Equal(syncs, files.Syncs);
        Assert.Equal(kept.Sequence, journal.CommittedSequence);
        // What was on disk before still is.
        Assert.True(journal.CommittedAsync(kept.Sequence).IsCompletedSuccessfully);
    }

    /// <summary>One city's journal through the failures of one seed.</summary>
    private sealed class Run(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly StandingClock _clock = new();
        private readonly List<Written> _acknowledged = [];
        private readonly List<Written> _unknown = [];
        private FaultyFiles _files = Disk(seed);
        private long _retiredBefore = 1;

        public int Failures { get; private set; }

        public int Refusals { get; private set; }

        public int Cuts { get; private set; }

        public int Survivors { get; private set; }

        public void Live()
        {
            var fault = (DiskFault)_random.Next(6);
            _files.Fault = fault;
            _files.FaultAfter = _random.Next(30);
            if (TryOpen(fault) is { } journal)
                Use(journal);
            _files.Fault = DiskFault.None;
            // Killed, the kernel still has what was written; without power the disk has what it has.
            if (_random.Next(3) > 0)
                _files = _files.CutPower();
        }

        private SegmentedJournal? TryOpen(DiskFault fault)
        {
            SegmentedJournal journal;
            try
            {
                journal = Open(_files, Options(), _clock);
            }
            catch (JournalException refusal)
            {
                // Only what the disk did just now is a reason; what it did before is always recovered from.
                Assert.True(fault != DiskFault.None && _files.Fault == DiskFault.None, $"seed {seed}: {refusal}");
                Assert.IsType<IOException>(refusal.InnerException);
                Refusals++;
                return null;
            }

            var found = ReplayAll(journal);
            var first = journal.FirstSequence;
            Assert.True(first <= _retiredBefore, $"seed {seed}: begins with {first}");
            var expected = _acknowledged.Concat(_unknown).Where(record => record.Sequence >= first).ToArray();
            Assert.Equal(expected.Take(found.Count), found);
            var acknowledged = _acknowledged.Count(record => record.Sequence >= first);
            Assert.True(found.Count >= acknowledged, $"seed {seed}: {found.Count} of {acknowledged}");
            Assert.Equal(first + found.Count - 1, journal.Recovery.LastSequence);
            Survivors += found.Count - acknowledged;
            Cuts += journal.Recovery.BytesCut > 0 ? 1 : 0;
            // What a start has shown to its readers must stay, as if it had been acknowledged.
            _acknowledged.AddRange(_unknown.Take(found.Count - acknowledged));
            _unknown.Clear();
            return journal;
        }

        private void Use(SegmentedJournal journal)
        {
            for (var groups = _random.Next(12); groups > 0; groups--)
            {
                var waiting = new List<(Written Record, ValueTask Committed)>();
                for (var records = _random.Next(1, 6); records > 0; records--)
                {
                    var record = Append(journal, _random.Next(150), (byte)_random.Next(256));
                    waiting.Add((record, journal.CommittedAsync(record.Sequence)));
                }

                if (_random.Next(20) == 0)
                {
                    // Killed before the disk heard of them.
                    Assert.All(waiting, one => Assert.False(one.Committed.IsCompleted));
                    return;
                }

                if (!journal.CommitGroup())
                {
                    Failures++;
                    Assert.All(waiting, one => Assert.True(one.Committed.IsFaulted));
                    Assert.Throws<JournalFailedException>(() => journal.TryAppend(1, [], out _));
                    _unknown.AddRange(waiting.Select(one => one.Record));
                    return;
                }

                Assert.All(waiting, one => Assert.True(one.Committed.IsCompletedSuccessfully));
                _acknowledged.AddRange(waiting.Select(one => one.Record));
                if (_random.Next(6) == 0)
                    Retire(journal);
            }
        }

        private void Retire(SegmentedJournal journal)
        {
            _retiredBefore = Math.Max(_retiredBefore, journal.FirstSequence
                + _random.NextInt64(journal.CommittedSequence - journal.FirstSequence + 2));
            _clock.Now += TimeSpan.FromDays(1);
            try
            {
                journal.RetireBefore(_retiredBefore);
            }
            catch (JournalException refusal)
            {
                Assert.IsType<IOException>(refusal.InnerException);
            }
        }

        private JournalOptions Options() => Small with
        {
            KeepAgeMax = TimeSpan.Zero,
            SnapshotSequence = _retiredBefore - 1,
        };
    }
}
