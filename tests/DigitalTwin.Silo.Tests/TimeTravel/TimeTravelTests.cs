using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Silo.Tests.TimeTravel;

/// <summary>What the city was is there again, by checksum over all that it remembers and by the whole alarm board.</summary>
public sealed class TimeTravelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("past-city-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>In groups, so that a failure names few of them.</summary>
    public static TheoryData<int> SeedGroups => [.. Enumerable.Range(0, 10)];

    [Theory]
    [MemberData(nameof(SeedGroups))]
    public async Task EveryMomentIsAgainWhatItWas(int group)
    {
        for (var seed = group * 6; seed < group * 6 + 6; seed++)
        {
            var random = new Random(seed);
            await using var lived = await LivesAsync(seed, random);
            foreach (var moment in lived.Moments.OrderBy(_ => random.Next()).Take(5))
            {
                // A round stands until the next.
                var late = TimeSpan.FromMilliseconds(moment == lived.Moments[^1] ? 0 : random.Next(2));
                var at = moment.At.Plus(late);
                await using var past = await lived.City.Past.OpenAsync(at, TwinHandle.None, null, default);
                Assert.Equal((seed, moment), (seed, await LivedCity.OfAsync(past)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(SeedGroups))]
    public async Task GoingOnComesThroughEveryMomentThatWas(int group)
    {
        for (var seed = 100 + group * 3; seed < 100 + group * 3 + 3; seed++)
        {
            var random = new Random(seed);
            await using var lived = await LivesAsync(seed, random);
            await using var past = await lived.City.Past.OpenAsync(lived.Moments[0].At, TwinHandle.None, null, default);
            foreach (var moment in lived.Moments)
            {
                for (var left = random.Next(4); left > 0; left--)
                    await past.AdvanceAsync(past.Now.Plus((moment.At - past.Now) * random.NextDouble()), default);
                await past.AdvanceAsync(moment.At, default);
                Assert.Equal((seed, moment), (seed, await LivedCity.OfAsync(past)));
                // What has passed already changes nothing.
                await past.AdvanceAsync(lived.Moments[0].At, default);
                Assert.Equal((seed, moment), (seed, await LivedCity.OfAsync(past)));
            }
        }
    }

    [Fact]
    public async Task WhicheverSnapshotItIsMadeFromItIsTheSame()
    {
        var random = new Random(5);
        await using var lived = await LivesAsync(5, random);
        for (var i = 0; i < 3; i++)
        {
            await lived.City.SnapshotAsync();
            await lived.LiveAsync(10, withSnapshots: false);
        }

        var moment = await lived.NoteAsync(TimeSpan.FromSeconds(2));
        var files = Directory.GetFiles(_folder, "snapshot-*", SearchOption.AllDirectories).OrderDescending().ToArray();
        Assert.True(files.Length >= 3, $"{files.Length} snapshots");
        foreach (var damaged in files)
        {
            using (var file = File.OpenWrite(damaged))
            {
                file.Position = file.Length * 2 / 3;
                file.Write([0xA5, 0x5A, 0xA5]);
            }

            await using var past = await lived.City.Past.OpenAsync(moment.At, TwinHandle.None, null, default);
            Assert.Equal(moment, await LivedCity.OfAsync(past));
        }
    }

    [Fact]
    public async Task ASnapshotThatIsCutShortIsPassedOver()
    {
        var random = new Random(6);
        await using var lived = await LivesAsync(6, random);
        await lived.City.SnapshotAsync();
        var moment = await lived.NoteAsync(TimeSpan.FromSeconds(2));
        var newest = Directory.GetFiles(_folder, "snapshot-*", SearchOption.AllDirectories).Order().Last();
        var whole = await File.ReadAllBytesAsync(newest);
        foreach (var length in (int[])[0, 20, 56, 70, whole.Length / 3, whole.Length - 20, whole.Length - 1])
        {
            await File.WriteAllBytesAsync(newest, whole[..length]);
            await using var past = await lived.City.Past.OpenAsync(moment.At, TwinHandle.None, null, default);
            Assert.Equal((length, moment), (length, await LivedCity.OfAsync(past)));
        }
    }

    [Fact]
    public async Task ItIsReadWhileTheCityGoesOnAndLetsOldSnapshotsGo()
    {
        var random = new Random(7);
        await using var lived = await LivesAsync(7, random);
        await using var past = await lived.City.Past.OpenAsync(lived.Moments[0].At, TwinHandle.None, null, default);
        var going = Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
                await lived.LiveAsync(8);
        });
        foreach (var moment in lived.Moments.ToArray())
        {
            await past.AdvanceAsync(moment.At, default);
            Assert.Equal(moment, await LivedCity.OfAsync(past));
        }

        await going;
        var last = await lived.NoteAsync(TimeSpan.FromSeconds(3));
        await past.AdvanceAsync(last.At, default);
        Assert.Equal(last, await LivedCity.OfAsync(past));
    }

    [Fact]
    public async Task AtTheEndOfWhatIsOnDiskItStopsAndGoesOnWhenThereIsMore()
    {
        var random = new Random(8);
        await using var lived = await LivesAsync(8, random);
        var moment = await lived.NoteAsync(TimeSpan.FromSeconds(1));
        await using var past = await lived.City.Past.OpenAsync(moment.At, TwinHandle.None, null, default);
        await past.AdvanceAsync(moment.At.Plus(TimeSpan.FromHours(5)), default);
        Assert.True(past.Now <= lived.Time.Now, $"{past.Now}");
        await lived.LiveAsync(20);
        var later = await lived.NoteAsync(TimeSpan.FromSeconds(1));
        await past.AdvanceAsync(later.At, default);
        Assert.Equal(later, await LivedCity.OfAsync(past));
    }

    [Fact]
    public async Task WhatChangesIsWhatChangedThen()
    {
        var random = new Random(9);
        await using var lived = await LivesAsync(9, random);
        var from = await lived.NoteAsync(TimeSpan.FromSeconds(2));
        using var living = lived.City.Engine.SubscribeChanges();
        await DrainAsync(living);
        await lived.LiveAsync(30);
        var to = await lived.NoteAsync(TimeSpan.FromSeconds(2));
        var expected = await DrainAsync(living);

        await using var past = await lived.City.Past.OpenAsync(from.At, TwinHandle.None, null, default);
        using var feed = past.Engine.SubscribeChanges();
        Assert.NotEmpty(await DrainAsync(feed));
        await past.AdvanceAsync(to.At, default);
        Assert.NotEmpty(expected);
        // In life the clock has gone on for less than a second since; nothing of a twin changes by that.
        Assert.Equal(expected, await DrainAsync(feed));
        Assert.Empty(await DrainAsync(feed));
    }

    [Fact]
    public async Task ItsClockIsThePastsAndProgressIsToldToItsEnd()
    {
        var random = new Random(10);
        await using var lived = await LivesAsync(10, random);
        var told = new List<double>();
        await using var past = await lived.City.Past.OpenAsync(
            lived.Moments[^1].At, TwinHandle.None, new Told(told), default);
        Assert.Equal(lived.Moments[^1].At, past.Now);
        Assert.Equal(told.Order(), told);
        Assert.InRange(told[0], 0, 1);
        Assert.InRange(told[^1], 0.6, 1);
    }

    private async Task<LivedCity> LivesAsync(int seed, Random random)
    {
        var lived = new LivedCity(Path.Combine(_folder, $"{seed}"), random);
        for (var life = 0; life < 2; life++)
        {
            await lived.BeginAsync();
            await lived.NoteAsync(TimeSpan.FromSeconds(1));
            await lived.LiveAsync(random.Next(10, 40));
        }

        await lived.NoteAsync(TimeSpan.FromSeconds(2));
        return lived;
    }

    private static async Task<List<string>> DrainAsync(IChangeFeed feed)
    {
        var changes = new List<Model.Twins.TwinSummary>();
        await feed.DrainAsync(changes, default);
        return [.. changes.Select(change => string.Join(' ',
            change.Twin.Ordinal, change.Condition, change.Freshness, change.Quality, change.MeasuredAt,
            string.Join(';', ((ReadOnlySpan<float>)change.Measures).ToArray()))).Order(StringComparer.Ordinal)];
    }

    private sealed class Told(List<double> values) : IProgress<double>
    {
        public void Report(double value)
        {
            lock (values)
                values.Add(value);
        }
    }
}
