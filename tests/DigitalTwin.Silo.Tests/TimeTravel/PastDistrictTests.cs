using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.TimeTravel;

/// <summary>A district alone is what it is in the whole city.</summary>
public sealed class PastDistrictTests : IDisposable
{
    // One building and one cabinet of the second district hang on the feeder of the first.
    private static readonly CityGraph s_graph = CityGraphBuilder.Build(
        ModelCatalog.BuiltIn,
        TestCity.Definitions(buildingsPerDistrict: 4, lightsPerCabinet: 5).Select(twin =>
            twin.Id == "cab1" || twin.Id.StartsWith("b1-1-", StringComparison.Ordinal)
                ? twin with { ServedById = "fd0" }
                : twin));

    // Of all buildings of the city: told in docs/time-travel.md.
    private static readonly string[] s_spanning = ["electricityVersusClassPercent", "heatBalancePercent"];

    private readonly string _folder = Directory.CreateTempSubdirectory("past-district-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task ADistrictIsTheSameAloneAndInTheCity(int seed)
    {
        await using var lived = await LivesAsync(seed);
        foreach (var districtId in (string[])["d0", "d1"])
        {
            s_graph.TryFind(districtId, out var district);
            await using var city = await lived.City.Past.OpenAsync(lived.Moments[0].At, TwinHandle.None, null, default);
            await using var alone = await lived.City.Past.OpenAsync(lived.Moments[0].At, district, null, default);
            foreach (var moment in lived.Moments)
            {
                await city.AdvanceAsync(moment.At, default);
                await alone.AdvanceAsync(moment.At, default);
                Assert.Equal(moment.At, alone.Now);
                await AssertSameAsync(district, city.Engine, alone.Engine);
                Assert.Equal(moment.Board, await LivedCity.BoardAsync(alone.Alarms));
            }
        }
    }

    [Fact]
    public async Task WhatIsNotOfTheDistrictHasNoState()
    {
        await using var lived = await LivesAsync(7);
        s_graph.TryFind("d1", out var district);
        s_graph.TryFind("almaty", out var all);
        s_graph.TryFind("b0-0-e", out var elsewhere);
        await using var alone = await lived.City.Past.OpenAsync(lived.Moments[^1].At, district, null, default);

        Assert.All((await alone.Engine.GetAsync(elsewhere, default)).Latest, latest => Assert.False(latest.HasValue));
        Assert.Null(await alone.Engine.ForecastAsync(elsewhere, default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await alone.Engine.RollupAsync(all, default));
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await lived.City.Past.OpenAsync(lived.Moments[^1].At, elsewhere, null, default));
    }

    private async Task<LivedCity> LivesAsync(int seed)
    {
        var random = new Random(seed);
        var lived = new LivedCity(Path.Combine(_folder, $"{seed}"), random, s_graph);
        await lived.BeginAsync();
        await lived.NoteAsync(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 5; i++)
        {
            await lived.LiveAsync(random.Next(10, 30));
            // One message of both districts, in which what is of one twin is torn apart by another.
            await lived.City.Engine.AcceptAsync(Torn(random, lived.Time.Now), default);
            await lived.NoteAsync(TimeSpan.FromSeconds(random.Next(1, 100)));
        }

        return lived;
    }

    private static TelemetryBatch Torn(Random random, Model.Time.Instant now)
    {
        var batch = TelemetryBatch.Rent(now);
        for (var i = 0; i < 40; i++)
        {
            var id = $"b{random.Next(2)}-{random.Next(3)}-{"ecg"[random.Next(3)]}";
            s_graph.TryFind(id, out var meter);
            var slots = s_graph.ModelOf(meter).SummarySlots;
            batch.Add(new Reading(
                meter, (ushort)slots[random.Next(slots.Length)], Quality.Good, random.Next(400),
                now.Plus(TimeSpan.FromMilliseconds(-i))));
        }

        batch.MessageCount = 1;
        return batch;
    }

    private static async Task<long[]> SumsAsync(ITwinEngine engine, TwinHandle group)
    {
        var sums = await engine.RollupAsync(group, default);
        return ((ReadOnlySpan<long>)sums).ToArray();
    }

    private static async Task AssertSameAsync(TwinHandle district, ITwinEngine city, ITwinEngine alone)
    {
        foreach (var twin in s_graph.All().Where(twin => s_graph.DistrictOf(twin) == district))
        {
            var (expected, actual) = (await city.GetAsync(twin, default), await alone.GetAsync(twin, default));
            var id = s_graph.IdOf(twin);
            foreach (var slot in s_graph.ModelOf(twin).Slots.Where(slot => !s_spanning.Contains(slot.Name)))
                Assert.Equal((id, slot.Name, expected.Latest[slot.Slot]), (id, slot.Name, actual.Latest[slot.Slot]));
            Assert.Equal((id, expected.State), (id, actual.State));
            Assert.Equal(await city.ShareAsync(twin, default), await alone.ShareAsync(twin, default));
        }

        var query = new TwinQuery { District = district, Limit = 1_000 };
        Assert.Equal(
            (await city.QueryAsync(query, default)).Twins.Select(found => (found.Twin, found.State)),
            (await alone.QueryAsync(query, default)).Twins.Select(found => (found.Twin, found.State)));
        Assert.Equal(await SumsAsync(city, district), await SumsAsync(alone, district));
        Assert.Equal(
            (await city.AirAsync(default)).Select(area => (area.Area, area.Official, area.Indicative)),
            (await alone.AirAsync(default)).Select(area => (area.Area, area.Official, area.Indicative)));
    }
}
