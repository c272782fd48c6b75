using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.History;

/// <summary>What holds for a user of <see cref="IHistory"/>, whatever the store.</summary>
public abstract partial class HistoryContract : IAsyncLifetime
{
    protected const string Register = "activeEnergyImportWattHours";
    protected const string Power = "activePowerWatts";

    protected const string Dust = "pm25MicrogramsPerCubicMetre";

    protected static readonly Instant Noon = Instant.Utc(2026, 11, 21, 7);

    private readonly List<IHistory> _opened = [];
    private ulong _sequence;

    protected CityGraph Graph { get; } = TestCity.Build();

    protected IHistory History { get; private set; } = null!;

    protected TwinHandle Meter => Twin("b0-0-e");

    /// <summary>Opens the store that this test has for itself; what was stored by an earlier call is there.</summary>
    protected abstract Task<IHistory> OpenAsync();

    /// <summary>Opens another store, which is empty.</summary>
    protected abstract Task<IHistory> OpenOtherAsync();

    protected virtual Task StopAsync() => Task.CompletedTask;

    public async Task InitializeAsync() => _opened.Add(History = await OpenAsync());

    public async Task DisposeAsync()
    {
        foreach (var history in _opened)
            await history.DisposeAsync();
        await StopAsync();
    }

    [StoreFact]
    public async Task WhatWasAppendedIsReadBeforeAndAfterAFlushAndARestart()
    {
        HistoryPoint[] points = [Point(Noon, 230.125), Point(After(15), -1e-7, Quality.Suspect, QualityReason.Jump),
            Point(After(30), 0.1 + 0.2)];
        await AppendAsync(Meter, Power, points);
        Assert.Equal(points, await ReadAsync(Meter, Power));

        await History.FlushAsync(default);
        Assert.Equal(points, await ReadAsync(Meter, Power));

        await RestartAsync();
        Assert.Equal(points, await ReadAsync(Meter, Power));
        Assert.Empty(await ReadAsync(Meter, Register));
        Assert.Empty(await ReadAsync(Twin("b0-1-e"), Power));
    }

    [StoreFact]
    public async Task ASequenceThatWasTakenChangesNothingBeforeOrAfterARestart()
    {
        Assert.True(await History.AppendAsync(7, Values(Meter, Power, Point(Noon, 1)), default));
        Assert.False(await History.AppendAsync(7, Values(Meter, Power, Point(Noon, 2)), default));
        Assert.False(await History.AppendAsync(3, Values(Meter, Power, Point(Noon, 3)), default));
        await History.FlushAsync(default);
        Assert.Equal(7UL, History.LastSequence);

        await RestartAsync();
        Assert.Equal(7UL, History.LastSequence);
        Assert.False(await History.AppendAsync(7, Values(Meter, Power, Point(Noon, 4)), default));
        Assert.True(await History.AppendAsync(8, Values(Meter, Power, Point(After(1), 5)), default));
        Assert.Equal([1.0, 5.0], (await ReadAsync(Meter, Power)).Select(point => point.Value));
    }

    [StoreFact]
    public async Task AfterAKillWhatIsDeliveredAgainFromTheLastSequenceIsThereOnce()
    {
        var batches = Enumerable.Range(1, 40)
            .Select(number => Values(Meter, Power, Point(After(number), number), Point(After(number).Plus(
                TimeSpan.FromDays(-40)), number)))
            .ToArray();
        for (var killed = 0; killed < 4; killed++)
        {
            for (var i = History.LastSequence; i < (ulong)(killed + 1) * 10; i++)
            {
                await History.AppendAsync(i + 1, batches[i], default);
                if (i % 7 == 3)
                    await History.FlushAsync(default);
            }

            await KillAsync();
        }

        for (var i = History.LastSequence; i < 40; i++)
            await History.AppendAsync(i + 1, batches[i], default);
        Assert.Equal(Enumerable.Range(1, 40).Concat(Enumerable.Range(1, 40)).Select(number => (double)number),
            (await ReadAsync(Meter, Power)).Select(point => point.Value));
    }

    [StoreFact]
    public async Task AnEmptyBatchMovesTheSequenceToo()
    {
        Assert.True(await History.AppendAsync(5, default, default));
        await History.FlushAsync(default);
        Assert.Equal(5UL, History.LastSequence);
        await RestartAsync();
        Assert.Equal(5UL, History.LastSequence);
    }

    [StoreFact]
    public async Task LateValuesLandInTheirOwnDayAndItsAggregates()
    {
        await AppendAsync(Meter, Power, Point(Noon, 10), Point(After(60), 20));
        await History.FlushAsync(default);
        var late = Noon.Plus(TimeSpan.FromDays(-35));
        await AppendAsync(Meter, Power, Point(late, 1), Point(After(30), 60));
        await History.FlushAsync(default);

        Assert.Equal([1.0, 10, 60, 20], (await ReadAsync(Meter, Power)).Select(point => point.Value));
        var days = await AggregatesAsync(Meter, Power, HistoryPeriod.Day);
        Assert.Equal([(1, 1.0), (3, 90.0)], days.Select(day => (day.Aggregate.Count, day.Aggregate.Sum)));
        Assert.Equal(CivilTime.StartOf(CivilTime.DayOf(late)), days[0].From);
    }

    [StoreFact]
    public async Task TheSameOfTheSameInstantIsOneValueAndOtherContentReplacesIt()
    {
        await AppendAsync(Meter, Power, Point(Noon, 10), Point(After(1), 5));
        await History.FlushAsync(default);
        await AppendAsync(Meter, Power, Point(Noon, 10, delaySeconds: 60));
        await AppendAsync(Meter, Power, Point(After(1), 6, delaySeconds: 90));
        for (var round = 0; round < 2; round++)
        {
            var read = await ReadAsync(Meter, Power);
            Assert.Equal([10.0, 6.0], read.Select(point => point.Value));
            Assert.Equal(Noon.Plus(TimeSpan.FromSeconds(2)), read[0].ReceivedAt);
            await RestartAsync();
        }

        var day = Assert.Single(await AggregatesAsync(Meter, Power, HistoryPeriod.Day));
        Assert.Equal((2, 16.0), (day.Aggregate.Count, day.Aggregate.Sum));
    }

    [StoreFact]
    public async Task ACorrectionKeepsTheOldValueWhoAndWhy()
    {
        await AppendAsync(Meter, Power, Point(Noon, 10), Point(After(15), 1_000_000, Quality.Suspect,
            QualityReason.Jump), Point(After(30), 30));
        var correction = Correction(After(15), 20, "a.serikov", "unit mixed up, letter 14/2");
        Assert.Equal(1, await History.CorrectAsync(correction, default));
        Assert.Equal(1, await History.CorrectAsync(correction, default));
        Assert.Equal(2, await History.CorrectAsync(correction with { Value = 21, At = After(600) }, default));
        Assert.Equal(1, await History.CorrectAsync(Correction(After(45), 40, "a.serikov", "read by hand"), default));

        await RestartAsync();
        var page = Assert.Single(await PagesAsync(Query(Meter, Power)));
        Assert.Equal([10.0, 21, 30, 40], page.Points.Select(point => point.Value));
        Assert.Equal([0, 2, 0, 1], page.Versions);
        var made = await History.CorrectionsAsync(Meter, Slot(Meter, Power), Noon, After(60), default);
        Assert.Equal(
            [(1, 1_000_000.0, 20.0), (2, 20.0, 21.0), (1, double.NaN, 40.0)],
            made.Select(one => (one.Version, one.Before?.Value ?? double.NaN, one.After.Value)));
        Assert.Equal(QualityReason.Jump, made[0].Before!.Value.Reason);
        Assert.Equal(("a.serikov", "unit mixed up, letter 14/2", After(500)), (made[0].Who, made[0].Why,
            made[0].After.ReceivedAt));
        var day = Assert.Single(await AggregatesAsync(Meter, Power, HistoryPeriod.Day));
        Assert.Equal((4, 101.0, 40.0, 0), (day.Aggregate.Count, day.Aggregate.Sum, day.Aggregate.Max,
            day.Aggregate.SuspectCount));
        Assert.Empty(await History.CorrectionsAsync(Meter, Slot(Meter, Register), Noon, After(60), default));
    }

    [StoreFact]
    public async Task ACorrectionStaysWhenTheDeviceRepeatsItself()
    {
        await AppendAsync(Meter, Power, Point(Noon, 10));
        await History.CorrectAsync(Correction(Noon, 11, "b", "c"), default);
        await AppendAsync(Meter, Power, Point(Noon, 10, delaySeconds: 900));
        Assert.Equal([11.0], (await ReadAsync(Meter, Power)).Select(point => point.Value));
        await History.FlushAsync(default);
        Assert.Equal([11.0], (await ReadAsync(Meter, Power)).Select(point => point.Value));
    }

    [StoreFact]
    public async Task ACorrectionWithoutWhoOrWhyIsRefused()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => History.CorrectAsync(Correction(Noon, 1, " ", "why"),
            default).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => History.CorrectAsync(Correction(Noon, 1, "who", ""),
            default).AsTask());
    }

    // Midnight of UTC+5 is 19:00 UTC; before 2024-03-01 the city had UTC+6, whose midnight is 18:00 UTC.
    [StoreFact]
    public async Task DaysAreThoseOfTheCity()
    {
        await AppendAsync(Meter, Power,
            Point(Instant.Utc(2026, 11, 20, 18, 59, 59), 1), Point(Instant.Utc(2026, 11, 20, 19), 2),
            Point(Instant.Utc(2024, 2, 20, 17, 59, 59), 4), Point(Instant.Utc(2024, 2, 20, 18), 8));
        await History.FlushAsync(default);
        Assert.Equal(
            [(Instant.Utc(2024, 2, 19, 18), 4.0), (Instant.Utc(2024, 2, 20, 18), 8.0),
             (Instant.Utc(2026, 11, 19, 19), 1.0), (Instant.Utc(2026, 11, 20, 19), 2.0)],
            (await AggregatesAsync(Meter, Power, HistoryPeriod.Day)).Select(day => (day.From, day.Aggregate.Sum)));
    }

    [StoreFact]
    public async Task TheDayOnWhichTheClocksWentBackHasTwentyFiveHours()
    {
        var midnight = Instant.Utc(2024, 2, 28, 18);
        await AppendAsync(Meter, Power, [.. Enumerable.Range(0, 26).Select(hour => Point(midnight.Plus(
            TimeSpan.FromHours(hour)), hour))]);
        var days = await AggregatesAsync(Meter, Power, HistoryPeriod.Day);
        Assert.Equal([25, 1], days.Select(day => day.Aggregate.Count));
        var hours = await AggregatesAsync(Meter, Power, HistoryPeriod.Hour);
        Assert.Equal(Enumerable.Range(0, 26).Select(hour => (midnight.Plus(TimeSpan.FromHours(hour)), (double)hour)),
            hours.Where(hour => hour.Aggregate.Count > 0).Select(hour => (hour.From, hour.Aggregate.Sum)));
    }

    [StoreFact]
    public async Task AggregatesAreOfTheHoursAndDaysThatTouchTheSpan()
    {
        await AppendAsync(Meter, Power, [.. Enumerable.Range(0, 10).Select(hour => Point(After(60 * hour), hour))]);
        var query = Query(Meter, Power) with { From = After(90), To = After(240) };
        foreach (var (period, sums) in new[] { (HistoryPeriod.Hour, (double[])[1, 2, 3]), (HistoryPeriod.Day, [45.0]) })
        {
            var spans = new List<double>();
            await foreach (var page in History.AggregatesAsync(query, period, default))
                spans.AddRange(page.Spans.Select(span => span.Aggregate.Sum));
            Assert.Equal(sums, spans);
        }
    }

    [StoreFact]
    public async Task ALimitSaysThatItWasHitAndWhereItGoesOn()
    {
        var (other, count) = (Twin("b0-1-e"), 10);
        foreach (var twin in (TwinHandle[])[Meter, other])
            await AppendAsync(twin, Power, [.. Enumerable.Range(0, count).Select(i => Point(After(i), i))]);
        await History.FlushAsync(default);
        var query = Query(Meter, Power) with { Twins = [Meter, other] };

        Assert.DoesNotContain(await PagesAsync(query with { Limit = 20 }), page => page.IsLimitHit);
        var cut = await PagesAsync(query with { Limit = 14 });
        Assert.Equal(14, cut.Sum(page => page.Points.Count));
        Assert.False(cut[0].IsLimitHit);
        Assert.Equal((other, true, After(4)), (cut[^1].Twin, cut[^1].IsLimitHit, cut[^1].Next));
        var rest = await PagesAsync(query with { Twins = [other], From = cut[^1].Next });
        Assert.Equal([4.0, 5, 6, 7, 8, 9], rest.SelectMany(page => page.Points).Select(point => point.Value));
        // Exactly at the limit of one twin, with more behind it.
        var edge = await PagesAsync(query with { Limit = 10 });
        Assert.Equal((other, true, After(0)), (edge[^1].Twin, edge[^1].IsLimitHit, edge[^1].Next));
    }

    [StoreFact]
    public async Task AValueThatIsNoneIsRefusedWithItsBatch()
    {
        HistoryPoint[] none =
        [
            Point(After(1), double.NaN), Point(After(1), double.PositiveInfinity), Point(After(1), -1e201),
            Point(After(1), 1, (Quality)3), Point(After(1), 1, reason: (QualityReason)64),
            Point(Instant.Never, 1), Point(Instant.Utc(1970, 1, 1), 1), Point(Instant.Utc(2200, 1, 1), 1),
        ];
        foreach (var point in none)
            await Assert.ThrowsAnyAsync<ArgumentException>(() => History.AppendAsync(
                1, Values(Meter, Power, Point(Noon, 1), point), default).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => History.AppendAsync(
            1, new HistoryValue[] { new(Meter, 999, Point(Noon, 1)) }, default).AsTask());
        Assert.Empty(await ReadAsync(Meter, Power));
        Assert.True(await History.AppendAsync(1, Values(Meter, Power, Point(Noon, 1)), default));
    }

    [StoreFact]
    public async Task ASpanBeyondAllTimesIsReadAsWhatIsInIt()
    {
        await AppendAsync(Meter, Power, Point(Noon, 1));
        await History.FlushAsync(default);
        var always = Query(Meter, Power) with { From = new Instant(long.MinValue), To = new Instant(long.MaxValue) };
        Assert.Single(await PagesAsync(always));
        Assert.Empty(await PagesAsync(always with { To = always.From }));
    }

    [StoreFact]
    public async Task AReadThatIsGivenUpEnds()
    {
        for (var day = 0; day < 3; day++)
            await AppendAsync(Meter, Power, Point(Noon.Plus(TimeSpan.FromDays(day)), day));
        await History.FlushAsync(default);
        using var giveUp = new CancellationTokenSource();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in History.ReadAsync(Query(Meter, Power), giveUp.Token))
            {
                // The first page must not come.
            }
        });
    }

    protected Task RestartAsync() => RestartAsync(isKilled: false);

    /// <summary>As after a kill: nothing is flushed, the store is opened again.</summary>
    protected Task KillAsync() => RestartAsync(isKilled: true);

    private async Task RestartAsync(bool isKilled)
    {
        if (!isKilled)
        {
            await History.DisposeAsync();
            _opened.Remove(History);
        }
        else
        {
            _opened.Remove(History);
            Abandon(History);
        }

        _opened.Add(History = await OpenAsync());
    }

    /// <summary>Lets go of a history without letting it flush.</summary>
    protected virtual void Abandon(IHistory history)
    {
    }

    protected TwinHandle Twin(string id) => Graph.TryFind(id, out var twin) ? twin : throw new ArgumentException(id);

    protected ushort Slot(TwinHandle twin, string property) => (ushort)Graph.ModelOf(twin).SlotOf(property);

    protected static Instant After(int minutes) => Noon.Plus(TimeSpan.FromMinutes(minutes));

    protected static HistoryPoint Point(
        Instant measuredAt, double value, Quality quality = Quality.Good, QualityReason reason = QualityReason.None,
        int delaySeconds = 2) => new(measuredAt, measuredAt.Plus(TimeSpan.FromSeconds(delaySeconds)), value, quality,
            reason);

    protected HistoryValue[] Values(TwinHandle twin, string property, params HistoryPoint[] points) =>
        Array.ConvertAll(points, point => new HistoryValue(twin, Slot(twin, property), point));

    protected async Task AppendAsync(TwinHandle twin, string property, params HistoryPoint[] points) =>
        Assert.True(await History.AppendAsync(
            _sequence = Math.Max(_sequence, History.LastSequence) + 1, Values(twin, property, points), default));

    private HistoryCorrection Correction(Instant measuredAt, double value, string who, string why) =>
        new(Meter, Slot(Meter, Power), measuredAt, value, Quality.Good, QualityReason.None, who, why, After(500));

    protected static HistoryQuery Query(TwinHandle twin, string property) =>
        new([twin], property, Instant.Utc(2000, 1, 1), Instant.Utc(2100, 1, 1));

    protected async Task<List<HistoryPage>> PagesAsync(HistoryQuery query)
    {
        var pages = new List<HistoryPage>();
        await foreach (var page in History.ReadAsync(query, default))
            pages.Add(page);
        return pages;
    }

    protected async Task<List<HistoryPoint>> ReadAsync(TwinHandle twin, string property) =>
        [.. (await PagesAsync(Query(twin, property))).SelectMany(page => page.Points)];

    protected async Task<List<(Instant From, HistoryAggregate Aggregate)>> AggregatesAsync(
        TwinHandle twin, string property, HistoryPeriod period)
    {
        var spans = new List<(Instant, HistoryAggregate)>();
        await foreach (var page in History.AggregatesAsync(Query(twin, property), period, default))
            spans.AddRange(page.Spans);
        return spans;
    }
}
