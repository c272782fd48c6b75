using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.Journal;
using DigitalTwin.Silo.TimeTravel;

namespace DigitalTwin.Silo.Tests.Durability;

/// <summary>Snapshots on a disk that fails: a damaged one is never used, and the city goes on without.</summary>
public sealed class SnapshotFaultTests
{
    public static TheoryData<DiskFault> Faults =>
    [
        DiskFault.TornWrite, DiskFault.ShortWrite, DiskFault.InputOutputError, DiskFault.NoSpace, DiskFault.SyncFails,
    ];

    [Fact]
    public async Task ABitFlippedAnywhereInASnapshotIsNoticedAndTheOneBeforeIsUsed()
    {
        var random = new Random(1);
        var files = JournalFixture.Disk();
        Write(files, 10, random);
        var newest = Write(files, 20, random);
        var whole = files[newest];
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= (byte)(1 << random.Next(8));
            files[newest] = damaged;
            var told = new List<string>();

            var used = await new SnapshotStore(files, JournalFixture.City).ReadNewestAsync((_, _, _, _) => { }, told.Add);

            Assert.Equal((at, 10), (at, used));
            Assert.Equal([Path.Combine(files.Folder, newest)], told);
        }
    }

    [Fact]
    public async Task ASnapshotThatEndsAnywhereTooEarlyIsNotUsed()
    {
        var random = new Random(2);
        var files = JournalFixture.Disk();
        Write(files, 10, random);
        var newest = Write(files, 20, random);
        var whole = files[newest];
        for (var length = 0; length < whole.Length; length++)
        {
            files[newest] = whole[..length];

            Assert.Equal((length, 10), (length, await new SnapshotStore(files, JournalFixture.City).NewestWholeAsync()));
        }
    }

    [Fact]
    public async Task WhatAKillLeftUnfinishedTakesNoPlaceAmongTheSnapshotsKept()
    {
        // It used to count as the one before, and the journal behind the last whole one was let go.
        var random = new Random(3);
        var files = JournalFixture.Disk();
        Write(files, 10, random);
        Write(files, 20, random);
        var killed = new SnapshotStore(files, JournalFixture.City).Begin(30, DurableCity.Start);
        killed.Write(new SnapshotBlock(SnapshotBlockKind.Totals, 0, 0, [1, 2, 3]));
        var left = files.Copy();

        var store = new SnapshotStore(left, JournalFixture.City);
        Assert.Equal(20, await store.NewestWholeAsync());
        var newest = Write(left, 40, random, store);
        store.Retire(PastRetention.None, DurableCity.Start, journalFrom: 1);

        Assert.Equal(20, store.OldestForAStart);
        Assert.Equal([40L, 20L], store.Sequences);
        left[newest] = left[newest][..^1];
        Assert.Equal(20, await new SnapshotStore(left, JournalFixture.City).NewestWholeAsync());
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task ADiskThatFailsInASnapshotLeavesTheCityGoingAndNothingBehind(DiskFault fault)
    {
        var random = new Random(4);
        var time = new ManualTime(DurableCity.Start);
        var (journalFiles, snapshotFiles) = (JournalFixture.Disk(), JournalFixture.Disk());
        ulong state;
        var failures = 0;
        await using (var city = await City.OpenAsync(journalFiles, snapshotFiles, time))
        {
            for (var after = 0; after < 12; after++)
            {
                (snapshotFiles.Fault, snapshotFiles.FaultAfter) = (fault, after);
                try
                {
                    await city.SnapshotAsync();
                }
                catch (IOException failure)
                {
                    Assert.Contains("by seed", failure.Message, StringComparison.Ordinal);
                    failures++;
                }

                snapshotFiles.Fault = DiskFault.None;
                await city.Engine.AcceptAsync(DurableCity.Draw(random, time.Now), default);
                // Only whole ones, or the disk of a failing city fills up.
                var whole = await WholeAsync(snapshotFiles);
                Assert.All(city.Snapshots.Sequences, sequence => Assert.Contains(sequence, whole));
            }

            state = await city.Engine.ChecksumAsync();
        }

        Assert.True(failures > 0, $"{fault} never came");
        await using var again = await City.OpenAsync(journalFiles, snapshotFiles, time);
        Assert.Equal(state, await again.Engine.ChecksumAsync());
    }

    [Fact]
    public async Task NothingIsInASnapshotBeforeItIsInTheJournal()
    {
        // A kill between the two used to leave a snapshot that the journal does not reach: no start from that.
        var time = new ManualTime(DurableCity.Start);
        var (journalFiles, snapshotFiles) = (JournalFixture.Disk(), JournalFixture.Disk());
        await using var city = await City.OpenAsync(journalFiles, snapshotFiles, time);
        journalFiles.SyncsReturn.Reset();
        try
        {
            var accepted = city.Engine.AcceptAsync(DurableCity.Draw(new Random(5), time.Now), default).AsTask();
            var snapshot = city.SnapshotAsync();
            // The round is behind the question; what comes next needs no more than a few turns of the thread pool.
            await city.Engine.ChecksumAsync();
            for (var turn = 0; turn < 20_000 && !snapshot.IsCompleted; turn++)
                await Task.Yield();

            Assert.Empty(snapshotFiles.List());
            Assert.False(accepted.IsCompleted);
            journalFiles.SyncsReturn.Set();
            await accepted;
            Assert.Equal([await snapshot], city.Snapshots.Sequences);
        }
        finally
        {
            journalFiles.SyncsReturn.Set();
        }
    }

    private static string Write(FaultyFiles files, long sequence, Random random, SnapshotStore? store = null)
    {
        var before = files.List();
        using (var writer = (store ?? new SnapshotStore(files, JournalFixture.City)).Begin(sequence, DurableCity.Start))
        {
            for (var block = 0; block < 5; block++)
            {
                var bytes = new byte[random.Next(40)];
                random.NextBytes(bytes);
                writer.Write(new SnapshotBlock(SnapshotBlockKind.Twins, 0, block, bytes));
            }

            writer.Finish();
        }

        return files.List().Except(before).Single();
    }

    // Looked at from outside: a store that finds a file whole when it is the only one.
    private static async Task<List<long>> WholeAsync(FaultyFiles files)
    {
        var whole = new List<long>();
        foreach (var name in files.List())
        {
            var alone = JournalFixture.Disk();
            alone[name] = files[name];
            whole.Add(await new SnapshotStore(alone, JournalFixture.City).NewestWholeAsync());
        }

        return whole;
    }

    /// <summary>An engine whose journal and snapshots are on disks in memory.</summary>
    internal sealed record City(EmbeddedEngine Engine, SegmentedJournal Journal, SnapshotStore Snapshots) : IAsyncDisposable
    {
        public static async Task<City> OpenAsync(
            FaultyFiles journalFiles, FaultyFiles snapshotFiles, ManualTime time, IHistory? history = null)
        {
            var snapshots = new SnapshotStore(snapshotFiles, JournalFixture.City);
            var journal = SegmentedJournal.Open(
                journalFiles, JournalFixture.City,
                new JournalOptions { SnapshotSequence = await snapshots.NewestWholeAsync() }, time);
            var (engine, _) = await EmbeddedEngine.RecoverAsync(
                DurableCity.Graph, time, new EngineManifest(JournalFixture.City, Partitions: 2, Epoch: 0),
                CityRules.BuiltInFor(DurableCity.Graph), alarms: null, journal, snapshots, history);
            return new City(engine, journal, snapshots);
        }

        public Task<long> SnapshotAsync() =>
            Engine.SnapshotAsync(Snapshots, PastRetention.None, _ => Task.CompletedTask, default);

        public async ValueTask DisposeAsync()
        {
            await Engine.DisposeAsync();
            await Journal.DisposeAsync();
        }
    }
}
