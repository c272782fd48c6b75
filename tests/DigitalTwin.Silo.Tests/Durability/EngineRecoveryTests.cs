using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Durability;

/// <summary>What the engine was before it ended, it is after: by checksum over all that it remembers.</summary>
public sealed class EngineRecoveryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("durable-city-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>In groups, so that a failure names few of them.</summary>
    public static TheoryData<int> SeedGroups => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(SeedGroups))]
    public async Task PlayedBackTheCityIsWhatItWas(int group)
    {
        for (var seed = group * 10; seed < group * 10 + 10; seed++)
        {
            var folder = Path.Combine(_folder, $"{seed}");
            var random = new Random(seed);
            var time = new ManualTime(DurableCity.Start);
            for (var life = 0; life < 3; life++)
            {
                ulong state;
                string board;
                await using (var city = await DurableCity.OpenAsync(folder, time))
                {
                    for (var step = random.Next(5, 40); step > 0; step--)
                        await StepAsync(city, random);
                    state = await city.Engine.ChecksumAsync();
                    board = await city.BoardAsync();
                }

                await using var again = await DurableCity.OpenAsync(folder, time);
                Assert.Equal((seed, life, state), (seed, life, await again.Engine.ChecksumAsync()));
                Assert.Equal((seed, life, board), (seed, life, await again.BoardAsync()));
            }
        }
    }

    [Fact]
    public async Task ASnapshotOfAMomentIsThatMomentThoughTheCityGoesOn()
    {
        var random = new Random(7);
        var time = new ManualTime(DurableCity.Start);
        ulong state;
        await using (var city = await DurableCity.OpenAsync(_folder, time))
        {
            for (var i = 0; i < 50; i++)
                await StepAsync(city, random, withSnapshots: false);
            var snapshot = city.SnapshotAsync();
            for (var i = 0; i < 200; i++)
                await city.Engine.AcceptAsync(DurableCity.Draw(random, time.Now), default);
            await snapshot;
            state = await city.Engine.ChecksumAsync();
        }

        await using var again = await DurableCity.OpenAsync(_folder, time);
        Assert.True(again.Recovery.SnapshotSequence > 0);
        Assert.Equal(200, again.Recovery.RecordsPlayedBack);
        Assert.Equal(state, await again.Engine.ChecksumAsync());
    }

    [Fact]
    public async Task ADamagedSnapshotIsPassedOverForTheOneBefore()
    {
        var random = new Random(8);
        var time = new ManualTime(DurableCity.Start);
        ulong state;
        await using (var city = await DurableCity.OpenAsync(_folder, time))
        {
            for (var i = 0; i < 3; i++)
            {
                for (var step = 0; step < 20; step++)
                    await StepAsync(city, random, withSnapshots: false);
                await city.SnapshotAsync();
            }

            Assert.Equal(3, Directory.GetFiles(_folder, "snapshot-*", SearchOption.AllDirectories).Length);
            state = await city.Engine.ChecksumAsync();
        }

        var newest = Directory.GetFiles(_folder, "snapshot-*", SearchOption.AllDirectories).Order().Last();
        using (var file = File.OpenWrite(newest))
        {
            file.Position = file.Length / 2;
            file.WriteByte(0xA5);
            file.WriteByte(0x5A);
        }

        await using var again = await DurableCity.OpenAsync(_folder, time);
        Assert.Equal([newest], again.Recovery.DamagedSnapshots);
        Assert.Equal(state, await again.Engine.ChecksumAsync());
    }

    [Fact]
    public async Task WhatIsDeliveredAgainAfterARestartChangesNothing()
    {
        var time = new ManualTime(DurableCity.Start);
        var told = Enumerable.Range(0, 60).Select(seed => (seed, time.Now)).ToArray();
        await using (var city = await DurableCity.OpenAsync(_folder, time))
            foreach (var (seed, now) in told)
                await city.Engine.AcceptAsync(DurableCity.Draw(new Random(seed), now), default);

        await using var again = await DurableCity.OpenAsync(_folder, time);
        var counted = again.Engine.Counters;
        var before = await LatestAsync(again);
        foreach (var (seed, now) in told)
            await again.Engine.AcceptAsync(DurableCity.Draw(new Random(seed), now), default);

        Assert.Equal(before, await LatestAsync(again));
        Assert.Equal(counted.ReadingsAdvanced, again.Engine.Counters.ReadingsAdvanced);
    }

    [Fact]
    public async Task AnotherCityBeginsAnewWithTheAlarmsThatStand()
    {
        var time = new ManualTime(DurableCity.Start);
        await using (var city = await DurableCity.OpenAsync(_folder, time))
            await MagnetAsync(city, 1);

        var larger = TestCity.Build(buildingsPerDistrict: 4);
        await using (var city = await DurableCity.OpenAsync(_folder, time, larger))
        {
            Assert.True(Directory.Exists(city.Recovery.RetiredTo));
            Assert.Equal(0, city.Recovery.RecordsPlayedBack);
            Assert.Single(await city.Desk.AskAsync(board => board.ActiveAlarms().ToArray(), default));
            // It is on, not raised again; and it goes when the twin says so.
            await MagnetAsync(city, 0);
        }

        await using var again = await DurableCity.OpenAsync(_folder, time, larger);
        Assert.Null(again.Recovery.RetiredTo);
        Assert.Empty(await again.Desk.AskAsync(board => board.ActiveAlarms().ToArray(), default));
        Assert.Equal(2, (await again.BoardAsync()).Split('\n').Length);
    }

    private static async Task MagnetAsync(DurableCity city, double value)
    {
        Assert.True(city.Engine.Graph.TryFind("b0-0-e", out var meter));
        var slot = (ushort)city.Engine.Graph.ModelOf(meter).SlotOf("magneticFieldDetected");
        city.Time.Jump(TimeSpan.FromMinutes(1));
        var batch = TelemetryBatch.Rent(city.Time.Now);
        batch.Add(new Reading(meter, slot, Quality.Good, value, city.Time.Now));
        await city.Engine.AcceptAsync(batch, default);
        await city.BoardAsync();
    }

    private static async Task<List<(string, double, Quality, Instant)>> LatestAsync(DurableCity city)
    {
        var values = new List<(string, double, Quality, Instant)>();
        foreach (var twin in DurableCity.Graph.All())
        {
            var snapshot = await city.Engine.GetAsync(twin, default);
            values.AddRange(snapshot.Latest.Where(latest => latest.HasValue)
                .Select(latest => (DurableCity.Graph.IdOf(twin), latest.Value, latest.Quality, latest.MeasuredAt)));
        }

        return values;
    }

    private static async Task StepAsync(DurableCity city, Random random, bool withSnapshots = true)
    {
        switch (random.Next(12))
        {
            case 0:
                city.Time.Jump(TimeSpan.FromSeconds(random.Next(1, 7_200)));
                break;
            case 1:
                var lights = DurableCity.Graph.All().Where(twin => DurableCity.Graph.IdOf(twin)[0] == 'l')
                    .Where(_ => random.Next(2) == 0).ToArray();
                var (percent, until) = (random.Next(101), city.Time.Now.Plus(TimeSpan.FromMinutes(random.Next(90))));
                await city.Engine.OverrideLightsAsync(lights, percent, until, default);
                if (random.Next(2) == 0)
                    await city.Engine.EndOverridesAsync(
                        [.. lights.Where(_ => random.Next(2) == 0)], percent, until, default);
                break;
            case 2 when withSnapshots:
                await city.SnapshotAsync();
                break;
            default:
                await city.Engine.AcceptAsync(DurableCity.Draw(random, city.Time.Now), default);
                break;
        }
    }
}
