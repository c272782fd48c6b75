using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Tests.Alarms;
using DigitalTwin.Silo.Tests.Durability;
using DigitalTwin.Silo.TimeTravel;

namespace DigitalTwin.Silo.Tests.TimeTravel;

/// <summary>What cannot be returned to, what is refused, and what is kept.</summary>
public sealed class PastBoundsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("past-bounds-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task BeforeTheFirstRoundThereIsNoPast()
    {
        await using var lived = new LivedCity(_folder, new Random(1));
        await lived.BeginAsync();

        Assert.Null(lived.City.Past.Span);
        await Assert.ThrowsAsync<PastUnavailableException>(() => OpenAsync(lived, DurableCity.Start));
    }

    [Fact]
    public async Task OutsideTheSpanItIsRefusedWithTheSpan()
    {
        await using var lived = await LivesAsync(2);
        var span = lived.City.Past.Span!.Value;
        Assert.Equal(lived.Moments[0].At, span.From);
        // A second may have passed since.
        Assert.True(span.To >= lived.Moments[^1].At && span.To <= lived.Time.Now, $"{span}");

        var early = await Assert.ThrowsAsync<PastUnavailableException>(
            () => OpenAsync(lived, span.From.Plus(TimeSpan.FromMilliseconds(-1))));
        Assert.Contains($"{span.From} to ", early.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<PastUnavailableException>(
            () => OpenAsync(lived, lived.Time.Now.Plus(TimeSpan.FromMilliseconds(1))));
    }

    [Fact]
    public async Task AsManyAreOpenAsMayBeAndOneThatIsClosedMakesRoom()
    {
        await using var lived = await LivesAsync(3, new PastBounds { OpenMax = 2 });
        var at = lived.Moments[^1].At;
        var first = await OpenAsync(lived, at);
        await using var second = await OpenAsync(lived, at);

        await Assert.ThrowsAsync<PastUnavailableException>(() => OpenAsync(lived, at));
        await first.DisposeAsync();
        await first.DisposeAsync();
        await using var third = await OpenAsync(lived, at);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await first.AdvanceAsync(at, default));
    }

    [Fact]
    public async Task MoreTwinsThanMemoryIsMeantForAreRefusedAndADistrictStillFits()
    {
        await using var lived = await LivesAsync(4, new PastBounds { TwinsMax = DurableCity.Graph.Count + 40 });
        DurableCity.Graph.TryFind("d0", out var district);
        await using var city = await OpenAsync(lived, lived.Moments[^1].At);

        await Assert.ThrowsAsync<PastUnavailableException>(() => OpenAsync(lived, lived.Moments[^1].At));
        await using var one = await lived.City.Past.OpenAsync(lived.Moments[^1].At, district, null, default);
    }

    [Fact]
    public async Task ThePastTakesNothingIn()
    {
        await using var lived = await LivesAsync(5);
        await using var past = await OpenAsync(lived, lived.Moments[^1].At);
        var batch = DurableCity.Draw(new Random(5), past.Now);

        await Assert.ThrowsAsync<NotSupportedException>(async () => await past.Engine.AcceptAsync(batch, default));
        await Assert.ThrowsAsync<NotSupportedException>(
            async () => await past.Engine.OverrideLightsAsync([], 50, past.Now, default));
        await Assert.ThrowsAsync<NotSupportedException>(
            async () => await past.Engine.EndOverridesAsync([], 50, past.Now, default));
        await Assert.ThrowsAsync<NotSupportedException>(
            async () => await past.Alarms.ActAsync(new AlarmInput.Tick(past.Now), default));
        await past.Engine.DisposeAsync();
        Assert.Equal(lived.Moments[^1], await LivedCity.OfAsync(past));
    }

    [Fact]
    public async Task ASnapshotFromBeforeThereWereInstantsIsStartedFromAndPassedOverForThePast()
    {
        await using var lived = await LivesAsync(6);
        var moment = lived.Moments[^1];
        await lived.City.SnapshotAsync();
        await lived.DisposeAsync();
        foreach (var file in Directory.GetFiles(_folder, "snapshot-*", SearchOption.AllDirectories))
            await File.WriteAllBytesAsync(file, OfVersion1(await File.ReadAllBytesAsync(file)));
        await lived.BeginAsync();

        Assert.True(lived.City.Recovery.SnapshotSequence > 0);
        Assert.Empty(lived.City.Recovery.DamagedSnapshots);
        var next = await lived.NoteAsync(TimeSpan.FromSeconds(5));
        foreach (var then in (Moment[])[moment, next])
        {
            await using var past = await OpenAsync(lived, then.At);
            Assert.Equal(then, await LivedCity.OfAsync(past));
        }
    }

    [Fact]
    public async Task WhatIsReadIsNotLetGoForItsAge()
    {
        await using var lived = new LivedCity(_folder, new Random(7))
        {
            Options = new JournalOptions { SegmentBytesMax = 2_000, KeepAgeMax = TimeSpan.Zero },
        };
        await lived.BeginAsync();
        await lived.NoteAsync(TimeSpan.FromSeconds(1));
        await using (var past = await OpenAsync(lived, lived.Moments[0].At))
        {
            for (var i = 0; i < 4; i++)
            {
                await lived.LiveAsync(30);
                await lived.NoteAsync(TimeSpan.FromSeconds(2));
                await lived.City.SnapshotAsync();
            }

            foreach (var moment in lived.Moments)
            {
                await past.AdvanceAsync(moment.At, default);
                Assert.Equal(moment, await LivedCity.OfAsync(past));
            }
        }

        // Nobody reads it any more.
        var from = lived.City.Past.Span!.Value.From;
        await lived.NoteAsync(TimeSpan.FromSeconds(2));
        await lived.City.SnapshotAsync();
        Assert.True(lived.City.Past.Span!.Value.From > from, $"{lived.City.Past.Span} still begins at {from}");
    }

    [Fact]
    public async Task TheBoundOfTheJournalComesBeforeWhoReadsIt()
    {
        await using var lived = new LivedCity(_folder, new Random(8))
        {
            Options = new JournalOptions { SegmentBytesMax = 2_000, KeepBytesMax = 4_000 },
        };
        await lived.BeginAsync();
        await lived.NoteAsync(TimeSpan.FromSeconds(1));
        await using var past = await OpenAsync(lived, lived.Moments[0].At);
        var at = past.Now;
        for (var i = 0; i < 4; i++)
        {
            await lived.LiveAsync(40, withSnapshots: false);
            await lived.City.SnapshotAsync();
        }

        var last = await lived.NoteAsync(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<PastUnavailableException>(async () => await past.AdvanceAsync(last.At, default));
        Assert.True(past.Now >= at && past.Now < last.At, $"{past.Now}");
        await Assert.ThrowsAsync<PastUnavailableException>(() => OpenAsync(lived, at));
        await using var again = await OpenAsync(lived, last.At);
        Assert.Equal(last, await LivedCity.OfAsync(again));
    }

    [Fact]
    public void EverySnapshotOfTheLastHourStaysThenOneAnHourAndOneFromBeforeTheSpan()
    {
        var now = Instant.Utc(2026, 11, 21, 12, 5);
        // Every ten minutes, newest first; sequences are minutes ago.
        var all = Enumerable.Range(1, 400).Select(i =>
            new StoredSnapshot(10_000 - i * 10, now.Plus(TimeSpan.FromMinutes(-i * 10)), 100)).ToArray();

        var kept = new PastRetention { Span = TimeSpan.FromHours(4), FreeBytesMin = 0 }.Choose(all, now, 0, freeBytes: 1);

        // 11:55 to 11:05, then 10:05, 09:05, 08:05; and 07:55 from before.
        Assert.Equal(
            [10, 20, 30, 40, 50, 60, 120, 180, 240, 250],
            kept.Select(sequence => 10_000 - sequence).Order());
    }

    [Fact]
    public void WhereTheDiskIsFullTheOldestPastGoes()
    {
        var now = Instant.Utc(2026, 11, 21, 12);
        var all = Enumerable.Range(1, 5).Select(i =>
            new StoredSnapshot(100 - i, now.Plus(TimeSpan.FromMinutes(-i)), 100)).ToArray();
        var retention = new PastRetention { SnapshotBytesMax = 250, FreeBytesMin = 1_000 };

        Assert.Equal([98, 99], retention.Choose(all, now, journalFrom: 0, freeBytes: 1_000).Order());
        Assert.Empty(retention.Choose(all, now, journalFrom: 0, freeBytes: 999));
        Assert.Empty(PastRetention.None.Choose(all, now, journalFrom: 0, freeBytes: 1_000));
        // Nothing can be played back behind a snapshot whose journal has gone.
        Assert.Equal([99], retention.Choose(all, now, journalFrom: 100, freeBytes: 1_000).Order());
    }

    [Fact]
    public void AnAlarmLogIsReadOverItsGenerationsWhileItIsWritten()
    {
        using var folder = new AlarmFolder();
        using var log = AlarmLog.Open(
            folder.Path, AlarmFolder.Graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn, new PastRetention());
        var expected = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            AlarmFolder.Take(log, i % 2 == 0
                ? AlarmFolder.Raise($"b0-{i / 2 % 3}-e", "MAGNET", i * 10)
                : AlarmFolder.Clear($"b0-{i / 2 % 3}-e", "MAGNET", i * 10));
            log.Flush();
            expected.Add(AlarmFolder.Json(log.Board));
            if (i % 7 == 3)
                log.Compact();
        }

        Assert.Equal(Instant.Never, AlarmLogReader.EarliestOf(folder.Path));
        for (var from = 0; from < 30; from += 4)
        {
            using var reader = AlarmLogReader.Open(
                folder.Path, AlarmFolder.At(from * 10), AlarmFolder.Graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn);
            using var desk = new PastAlarmDesk(reader, epoch: 0);
            for (var i = from; i < 30; i++)
            {
                desk.Advance(AlarmFolder.At(i * 10), sequence: 1);
                Assert.Equal((from, i, expected[i]), (from, i, AlarmFolder.Json(reader.Board)));
            }

            Assert.Null(reader.Peek());
        }

        // One byte less than all older generations take.
        log.Dispose();
        var bytes = Directory.GetFiles(folder.Path).Where(path => !path.Contains("-4.", StringComparison.Ordinal))
            .Sum(path => new FileInfo(path).Length);
        using var again = AlarmLog.Open(
            folder.Path, AlarmFolder.Graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn,
            new PastRetention { AlarmBytesMax = bytes - 1 });
        Assert.False(File.Exists(folder.Inputs(0)));
        Assert.True(File.Exists(folder.Inputs(1)));
        Assert.Equal(AlarmFolder.At(30), AlarmLogReader.EarliestOf(folder.Path));
    }

    private async Task<LivedCity> LivesAsync(int seed, PastBounds? bounds = null)
    {
        var lived = new LivedCity(_folder, new Random(seed)) { Bounds = bounds ?? new PastBounds() };
        await lived.BeginAsync();
        await lived.NoteAsync(TimeSpan.FromSeconds(1));
        await lived.LiveAsync(30);
        await lived.NoteAsync(TimeSpan.FromSeconds(2));
        return lived;
    }

    private static async Task<IPastCity> OpenAsync(LivedCity lived, Instant at) =>
        await lived.City.Past.OpenAsync(at, TwinHandle.None, null, default);

    // The header as it was: 48 bytes without an instant.
    private static byte[] OfVersion1(byte[] bytes)
    {
        byte[] header = [.. bytes[..8], 1, 0, 0, 0, .. bytes[12..40], 0, 0, 0, 0];
        return [.. header, .. BitConverter.GetBytes(Crc32C.Of(header)), .. bytes[56..]];
    }
}
