using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Durability;

/// <summary>Every value that was answered is in history once, over any number of lives.</summary>
public sealed class EngineHistoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("city-history-").FullName;
    private readonly Dictionary<(TwinHandle Twin, ushort Slot, Instant At), double> _told = [];
    private readonly ManualTime _time = new(DurableCity.Start);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task WhatWasAnsweredIsInHistoryOnceOverManyLives(int seed)
    {
        var random = new Random(seed);
        for (var life = 0; life < 4; life++)
        {
            await using var history = await OpenAsync();
            await using var city = await DurableCity.OpenAsync(_folder, _time, history: history);
            for (var step = random.Next(5, 60); step > 0; step--)
            {
                await TellAsync(city, random);
                if (random.Next(4) == 0)
                    _time.Jump(TimeSpan.FromSeconds(random.Next(1, 600)));
                if (random.Next(20) == 0)
                    await city.SnapshotAsync();
            }
        }

        await using var kept = await OpenAsync();
        await using (var city = await DurableCity.OpenAsync(_folder, _time, history: kept))
            await city.SnapshotAsync();

        Assert.Equal(
            _told.Select(told => (told.Key.Twin.Ordinal, told.Key.Slot, told.Key.At, told.Value)).Order(),
            (await ReadAllAsync(kept)).Order());
    }

    [Fact]
    public async Task AHistoryThatBeginsLateHasWhatTheJournalStillHas()
    {
        var random = new Random(9);
        await using (var city = await DurableCity.OpenAsync(_folder, _time))
            for (var i = 0; i < 40; i++)
                await TellAsync(city, random);

        await using var history = await OpenAsync();
        await using (var city = await DurableCity.OpenAsync(_folder, _time, history: history))
            await city.SnapshotAsync();

        Assert.Equal(_told.Count, (await ReadAllAsync(history)).Count);
    }

    [Fact]
    public async Task ACityEndsThoughItsHistoryIsAwayAndTheNextStartPlaysBackWhatItHas()
    {
        var random = new Random(10);
        var first = await DurableCity.OpenAsync(_folder, _time, history: new AwayHistory());
        for (var i = 0; i < 40; i++)
        {
            await TellAsync(first, random);
            if (i % 10 == 9)
                _time.Jump(TimeSpan.FromSeconds(1));
        }

        await first.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));

        await using var history = await OpenAsync();
        await using (var city = await DurableCity.OpenAsync(_folder, _time, history: history))
            await city.SnapshotAsync();

        Assert.Equal(_told.Count, (await ReadAllAsync(history)).Count);
    }

    private async Task TellAsync(DurableCity city, Random random)
    {
        var batch = DurableCity.Draw(random, _time.Now);
        foreach (var reading in batch.Readings)
            _told[(reading.Twin, reading.Slot, reading.MeasuredAt)] = reading.Value;
        await city.Engine.AcceptAsync(batch, default);
    }

    private ValueTask<CityHistory> OpenAsync() => CityHistory.OpenSqliteAsync(
        Path.Combine(_folder, "history"), DurableCity.Graph, HistoryPolicy.BuiltIn, new HistoryOptions(), _time, default);

    private static async Task<List<(int, ushort, Instant, double)>> ReadAllAsync(CityHistory history)
    {
        var all = new List<(int, ushort, Instant, double)>();
        foreach (var twin in DurableCity.Graph.All())
            foreach (var slot in DurableCity.Graph.ModelOf(twin).Slots.Where(slot => slot.Role == Model.Schema.PropertyRole.Telemetry))
                await foreach (var page in history.ReadAsync(
                    new HistoryQuery([twin], slot.Name, HistoryBounds.Earliest, HistoryBounds.Latest), default))
                    all.AddRange(page.Points.Select(point => (twin.Ordinal, (ushort)slot.Slot, point.MeasuredAt, point.Value)));
        return all;
    }
}
