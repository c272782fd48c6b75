using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Tests.Contracts;

/// <summary>What a user of <see cref="ITwinEngine"/> may rely on, whatever engine runs. See README.md beside this file.</summary>
public abstract partial class TwinEngineContract : IAsyncLifetime
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private readonly ManualTime _time = new(s_noon);
    private readonly CityGraph _graph = TestCity.Build();
    private ITwinEngine _engine = null!;

    protected abstract ITwinEngine Start(CityGraph graph, TimeProvider time);

    public Task InitializeAsync()
    {
        _engine = Start(_graph, _time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task AnAcceptedReadingIsSeenByTheNextQuestion()
    {
        await Report("air0", "pm25MicrogramsPerCubicMetre", 21.5);

        var value = await Latest("air0", "pm25MicrogramsPerCubicMetre");
        Assert.Equal(21.5, value.Value);
        Assert.Equal(s_noon, value.MeasuredAt);
        Assert.Equal(s_noon, value.ReceivedAt);
        Assert.Equal(Quality.Good, value.Quality);
    }

    [Fact]
    public async Task ATwinThatNeverReportedHasNoValue()
    {
        var snapshot = await _engine.GetAsync(Handle("l0-0"), default);

        Assert.Equal(Freshness.NeverReported, snapshot.State.Freshness);
        Assert.All(snapshot.Latest, value => Assert.False(value.HasValue));
    }

    [Fact]
    public async Task ALateReadingChangesNoLatestValue()
    {
        await Report("air0", "temperatureCelsius", 21);
        var before = await _engine.GetAsync(Handle("air0"), default);
        await Report("air0", "temperatureCelsius", 19, s_noon.Plus(TimeSpan.FromMinutes(-30)));

        Assert.Equal(21, (await Latest("air0", "temperatureCelsius")).Value);
        Assert.Equal(before.State.Revision, (await _engine.GetAsync(Handle("air0"), default)).State.Revision);
        Assert.Equal(1, _engine.Counters.ReadingsLate);
    }

    [Fact]
    public async Task TheSameReadingTwiceChangesNothingTheSecondTime()
    {
        await Report("l0-0", "dimLevelPercent", 70);
        var before = await _engine.GetAsync(Handle("l0-0"), default);
        _time.Advance(TimeSpan.FromSeconds(5));
        await Report("l0-0", "dimLevelPercent", 70, s_noon);

        var after = await _engine.GetAsync(Handle("l0-0"), default);
        Assert.Equal(before.State.Revision, after.State.Revision);
        Assert.Equal(s_noon, after.Latest[Slot("l0-0", "dimLevelPercent")].ReceivedAt);
        Assert.Equal(1, _engine.Counters.ReadingsDuplicate);
    }

    [Fact]
    public async Task AtTheSameEventTimeOtherContentReplacesTheValue()
    {
        await Report("l0-0", "dimLevelPercent", 70);
        await Report("l0-0", "dimLevelPercent", 40);

        Assert.Equal(40, (await Latest("l0-0", "dimLevelPercent")).Value);
    }

    [Fact]
    public async Task ABatchOverManyTwinsReachesEachOfThem()
    {
        var lights = _graph.All().Where(twin => _graph.ModelOf(twin).Kind == TwinKind.Streetlight).ToList();
        var batch = TelemetryBatch.Rent(_time.Now);
        foreach (var light in lights)
            batch.Add(new Reading(light, Slot(_graph.IdOf(light), "dimLevelPercent"), Quality.Good, light.Ordinal, s_noon));
        batch.MessageCount = 1;
        await _engine.AcceptAsync(batch, default);

        foreach (var light in lights)
            Assert.Equal(light.Ordinal, (await Latest(_graph.IdOf(light), "dimLevelPercent")).Value);
        Assert.Equal(1, _engine.Counters.Messages);
    }

    [Fact]
    public async Task ABuildingShowsTheSumOfItsMeters()
    {
        await Report("b0-0-e", "activePowerWatts", 1500.25);
        await Report("b0-0-t", "heatPowerWatts", 20_000);
        await Report("b0-1-e", "activePowerWatts", 9);
        await Report("b0-0-e", "activePowerWatts", 1600.5, s_noon.Plus(TimeSpan.FromSeconds(1)));

        Assert.Equal(1600.5, (await Latest("b0-0", "electricPowerWatts")).Value);
        Assert.Equal(20_000, (await Latest("b0-0", "heatPowerWatts")).Value);
        Assert.False((await Latest("b0-0", "gasFlowLitresPerHour")).HasValue);
        Assert.Equal(9, (await Latest("b0-1", "electricPowerWatts")).Value);
    }

    [Fact]
    public async Task ASilentTwinTurnsStaleThenLostAndAMeterLeavesItsBuilding()
    {
        await Report("b0-0-e", "activePowerWatts", 1500);
        await Report("l0-0", "dimLevelPercent", 100);

        await AdvanceUntil("l0-0", Freshness.Stale, TimeSpan.FromMinutes(16));
        await AdvanceUntil("l0-0", Freshness.Lost, TimeSpan.FromMinutes(45));
        await AdvanceUntil("b0-0-e", Freshness.Lost, TimeSpan.FromMinutes(121));
        Assert.False((await Latest("b0-0", "electricPowerWatts")).HasValue);

        await Report("b0-0-e", "activePowerWatts", 700, _time.Now);
        Assert.Equal(Freshness.Live, (await _engine.GetAsync(Handle("b0-0-e"), default)).State.Freshness);
        Assert.Equal(700, (await Latest("b0-0", "electricPowerWatts")).Value);
    }

    [Fact]
    public async Task AFeedTellsEachChangedTwinOnceWithItsNewestState()
    {
        using var feed = _engine.SubscribeChanges();
        Assert.Empty(await Drain(feed));
        for (var second = 0; second < 5; second++)
            await Report("l0-0", "dimLevelPercent", second * 10, s_noon.Plus(TimeSpan.FromSeconds(second)));
        await Report("l1-0", "dimLevelPercent", 100);

        var changes = await Drain(feed);
        Assert.Equal(2, changes.Count);
        Assert.Equal(40f, changes.Single(change => change.Twin == Handle("l0-0")).Measures[0]);
        Assert.Empty(await Drain(feed));
    }

    [Fact]
    public async Task AFeedStartsWithEveryTwinThatHasAState()
    {
        await Report("l0-0", "dimLevelPercent", 10);
        await Report("b0-0-e", "activePowerWatts", 5);

        using var feed = _engine.SubscribeChanges();
        var changed = (await Drain(feed)).Select(change => _graph.IdOf(change.Twin)).Order();
        Assert.Equal(["b0-0", "b0-0-e", "l0-0"], changed);
    }

    [Fact]
    public async Task QueriesFindByKindDistrictBoxAndProperty()
    {
        for (var i = 0; i < 4; i++)
            await Report($"l0-{i}", "dimLevelPercent", i * 25);

        Assert.Equal(["l0-2", "l0-3"], await Find(new TwinQuery
        {
            Kinds = new HashSet<TwinKind> { TwinKind.Streetlight },
            District = Handle("d0"),
            Conditions = [new PropertyCondition("dimLevelPercent", Comparison.GreaterOrEqual, 50)],
        }));
        Assert.Equal(["air1", "d1", "fd1"], (await Find(new TwinQuery { Box = new GeoBox(76.8999, 43.1999, 76.9001, 43.2201) }))
            .Where(id => !id.StartsWith('b') && !id.StartsWith('c') && !id.StartsWith('l')).Order());
        Assert.Equal(5, (await Find(new TwinQuery { Parent = Handle("b1-2") })).Count);
        Assert.Equal(6, (await Find(new TwinQuery { ModelId = $"{TestCity.Model}HeatMeter;1" })).Count);
        Assert.Equal(4, (await Find(new TwinQuery { Freshness = Freshness.Live })).Count);
    }

    [Fact]
    public async Task PagesFollowEachOtherWithoutGapOrOverlap()
    {
        var ids = new List<string>();
        var query = new TwinQuery { Limit = 7 };
        TwinPage page;
        do
        {
            page = await _engine.QueryAsync(query, default);
            Assert.InRange(page.Twins.Count, 1, 7);
            ids.AddRange(page.Twins.Select(snapshot => _graph.IdOf(snapshot.Twin)));
            query = query with { After = page.Next };
        }
        while (!page.Next.IsNone);

        Assert.Equal(_graph.All().Select(_graph.IdOf), ids);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ConcurrentSendersLoseNothingAndTotalsEqualARecount(int seed)
    {
        const int Senders = 4;
        const int MessagesEach = 500;
        var meters = _graph.All().Where(twin => _graph.ModelOf(twin).Kind == TwinKind.UtilityMeter).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            var random = new Random(seed * 1_000 + sender);
            for (var i = 0; i < MessagesEach; i++)
            {
                var batch = TelemetryBatch.Rent(_time.Now);
                for (var reading = random.Next(1, 6); reading > 0; reading--)
                {
                    var meter = meters[random.Next(meters.Length)];
                    batch.Add(new Reading(
                        meter, (ushort)_graph.ModelOf(meter).SummarySlots[0], (Quality)random.Next(3),
                        random.NextDouble() * 5_000 - 100, s_noon.Plus(TimeSpan.FromSeconds(random.Next(-300, 300)))));
                }

                batch.MessageCount = 1;
                await _engine.AcceptAsync(batch, default);
            }
        })));
        // A minute at a time: of more seconds than can wait one would come between the questions.
        for (var minute = SilentMinutes(seed); minute > 0; minute--)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await _engine.QueryAsync(new TwinQuery { Limit = 1 }, default);
        }


        foreach (var building in _graph.All().Where(twin => _graph.ModelOf(twin).Kind == TwinKind.Building))
            await AssertTotalsEqualARecount(building);
        await AssertRollupsEqualARecount();
        Assert.Equal(Senders * MessagesEach, _engine.Counters.Messages);

        static int SilentMinutes(int seed) => new Random(seed).Next(0, 240);
    }

    [Fact]
    public async Task WorkAfterTheEndIsRefused()
    {
        await _engine.DisposeAsync();

        await Assert.ThrowsAnyAsync<Exception>(async () => await Report("l0-0", "dimLevelPercent", 1));
    }

    private async Task AssertTotalsEqualARecount(TwinHandle building)
    {
        var totals = await _engine.GetAsync(building, default);
        var counted = await RecountAsync(_graph.ChildrenOf(building).ToArray().Select(child => new TwinHandle(child)));
        var slots = _graph.ModelOf(building).SummarySlots.ToArray();
        for (var medium = 0; medium < slots.Length; medium++)
        {
            var meters = counted[(int)RollupMeasure.ElectricityMetersCounted + medium];
            Assert.Equal(meters > 0, totals.Latest[slots[medium]].HasValue);
            if (meters > 0)
                Assert.Equal(counted[medium] / 1000.0, totals.Latest[slots[medium]].Value);
        }
    }

    private async Task AssertRollupsEqualARecount()
    {
        foreach (var group in _graph.All().Where(twin => _graph.ModelOf(twin).Kind
            is TwinKind.Building or TwinKind.Feeder or TwinKind.LightingCabinet or TwinKind.District or TwinKind.City))
        {
            var members = _graph.All().Where(twin => _graph.ModelOf(group).Kind switch
            {
                TwinKind.City => true,
                TwinKind.District => _graph.DistrictOf(twin) == group,
                TwinKind.Feeder => _graph.ServedBy(twin) == group,
                _ => _graph.ParentOf(twin) == group,
            });
            var counted = await RecountAsync(members);
            var sums = await _engine.RollupAsync(group, default);
            for (var measure = 0; measure < RollupMeasures.Count; measure++)
                Assert.True(
                    counted[measure] == sums[measure],
                    $"{_graph.IdOf(group)} {(RollupMeasure)measure}: counted {counted[measure]}, kept {sums[measure]}");
        }
    }

    private async Task<Tally> RecountAsync(IEnumerable<TwinHandle> members)
    {
        var sum = default(Tally);
        foreach (var member in members)
        {
            var share = await _engine.ShareAsync(member, default);
            sum.Replace(default, in share);
        }

        return sum;
    }

    private async Task AdvanceUntil(string id, Freshness expected, TimeSpan atMost)
    {
        var deadline = _time.Now.Plus(atMost);
        Freshness seen;
        while ((seen = (await _engine.GetAsync(Handle(id), default)).State.Freshness) != expected && _time.Now < deadline)
            _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(expected, seen);
    }

    private async Task Report(string id, string name, double value, Instant? measuredAt = null)
    {
        var batch = TelemetryBatch.Rent(_time.Now);
        batch.Add(new Reading(Handle(id), Slot(id, name), Quality.Good, value, measuredAt ?? s_noon));
        batch.MessageCount = 1;
        await _engine.AcceptAsync(batch, default);
    }

    private async Task<LatestValue> Latest(string id, string name) =>
        (await _engine.GetAsync(Handle(id), default)).Latest[Slot(id, name)];

    private async Task<List<string>> Find(TwinQuery query) =>
        [.. (await _engine.QueryAsync(query, default)).Twins.Select(snapshot => _graph.IdOf(snapshot.Twin))];

    private static async Task<List<TwinSummary>> Drain(IChangeFeed feed)
    {
        var changes = new List<TwinSummary>();
        await feed.DrainAsync(changes, default);
        return changes;
    }

    private TwinHandle Handle(string id) => _graph.TryFind(id, out var twin) ? twin : throw new KeyNotFoundException(id);

    private ushort Slot(string id, string name) => (ushort)_graph.ModelOf(Handle(id)).SlotOf(name);
}
