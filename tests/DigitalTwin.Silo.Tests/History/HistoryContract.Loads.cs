using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Tests.History;

/// <summary>
/// Clauses over many values: against a recount, under concurrency, as they grow old, and on the way elsewhere.
/// </summary>
public abstract partial class HistoryContract
{
    [StoreFact]
    public Task ReadsAndAggregatesAreThoseOfARecount() => CompareWithRecountAsync(seed: 4);

    [StoreFact]
    public Task ReadsAndAggregatesAreThoseOfAnotherRecount() => CompareWithRecountAsync(seed: 11);

    [StoreFact]
    public async Task AReaderBesideTheWriterSeesEveryValueItHasSeenBeforeAndNoGap()
    {
        const int count = 3_000;
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                await AppendAsync(Meter, Power, Point(Noon.Plus(TimeSpan.FromSeconds(30 * i)), i));
                if (i % 150 == 149)
                    await History.FlushAsync(default);
            }
        });
        var seen = 0;
        var isLast = false;
        while (!isLast)
        {
            isLast = writing.IsCompleted;
            var read = await ReadAsync(Meter, Power);
            Assert.Equal(Enumerable.Range(0, read.Count).Select(i => (double)i), read.Select(point => point.Value));
            Assert.True(read.Count >= seen, $"saw {read.Count} after {seen}");
            seen = read.Count;
        }

        await writing;
        Assert.Equal(count, seen);
    }

    [StoreFact]
    public async Task WhatGrowsOldLeavesItsHoursThenItsDayThenNothing()
    {
        var (cabinet, air) = (Twin("cab0"), Twin("air0"));
        var kept = HistoryPolicy.BuiltIn.Of(Graph.ModelOf(cabinet).Kind);
        var midnight = CivilTime.StartOf(CivilTime.DayOf(Noon));
        await AppendAsync(cabinet, Power, [.. Enumerable.Range(0, 288).Select(i => Point(midnight.Plus(
            TimeSpan.FromMinutes(5 * i)), i % 7 * 0.1))]);
        await AppendAsync(air, Dust, Point(Noon, 5));
        await History.FlushAsync(default);
        var hours = Figures(await AggregatesAsync(cabinet, Power, HistoryPeriod.Hour));
        var days = Figures(await AggregatesAsync(cabinet, Power, HistoryPeriod.Day));
        Assert.Equal(24, hours.Count);

        Assert.Equal((0L, 0L), await RetainAsync(kept.RawDays));
        Assert.Equal(288, (await ReadAsync(cabinet, Power)).Count);

        Assert.Equal((1L, 0L), await RetainAsync(kept.RawDays + 1));
        Assert.Equal((0L, 0L), await RetainAsync(kept.RawDays + 1));
        await RestartAsync();
        Assert.Empty(await ReadAsync(cabinet, Power));
        Assert.Equal(hours, Figures(await AggregatesAsync(cabinet, Power, HistoryPeriod.Hour)));
        Assert.Equal(days, Figures(await AggregatesAsync(cabinet, Power, HistoryPeriod.Day)));
        await Assert.ThrowsAsync<HistoryRefusedException>(() => History.CorrectAsync(new HistoryCorrection(
            cabinet, Slot(cabinet, Power), midnight, 1, Quality.Good, QualityReason.None, "who", "why", Noon),
                default).AsTask());

        Assert.Single(await ReadAsync(air, Dust));
        await RetainAsync(kept.HourlyDays + 1);
        Assert.Empty(await AggregatesAsync(cabinet, Power, HistoryPeriod.Hour));
        Assert.Equal(days, Figures(await AggregatesAsync(cabinet, Power, HistoryPeriod.Day)));

        await RetainAsync(kept.DailyDays + 1);
        Assert.Empty(await AggregatesAsync(cabinet, Power, HistoryPeriod.Day));
        await RestartAsync();
        Assert.Empty(await AggregatesAsync(cabinet, Power, HistoryPeriod.Day));
        Assert.Single(await AggregatesAsync(air, Dust, HistoryPeriod.Day));
    }

    [StoreFact]
    public async Task AValueOfARetiredDayIsCountedInAndRetiredWithTheNextRun()
    {
        var cabinet = Twin("cab0");
        var kept = HistoryPolicy.BuiltIn.Of(Graph.ModelOf(cabinet).Kind);
        await AppendAsync(cabinet, Power, Point(Noon, 1), Point(After(5), 2));
        await History.FlushAsync(default);
        await RetainAsync(kept.RawDays + 1);
        await AppendAsync(cabinet, Power, Point(After(61), 4));
        for (var run = 0; run < 2; run++)
        {
            await History.FlushAsync(default);
            var day = Assert.Single(await AggregatesAsync(cabinet, Power, HistoryPeriod.Day)).Aggregate;
            Assert.Equal((3, 7.0, 1.0, 4.0), (day.Count, day.Sum, day.Min, day.Last));
            Assert.Equal((run == 0 ? 1L : 0L, 0L), await RetainAsync(kept.RawDays + 2));
        }

        Assert.Empty(await ReadAsync(cabinet, Power));
    }

    [StoreFact]
    public async Task WhatIsExportedAndImportedElsewhereIsTheSameAlsoWhenItComesTwice()
    {
        await AppendAsync(Meter, Power, Point(Noon, 1.5), Point(After(15), 2.5));
        await AppendAsync(Meter, Register, Point(Noon, 100_000));
        await AppendAsync(Twin("l1-3"), Power, Point(Noon.Plus(TimeSpan.FromDays(-100)), 80), Point(Noon, 81));
        await History.CorrectAsync(new HistoryCorrection(
            Meter, Slot(Meter, Power), After(15), 3.5, Quality.Good, QualityReason.None, "who", "why", After(99)),
                default);
        await RetainAsync(1);
        var days = new List<HistoryDay>();
        await foreach (var day in History.ExportAsync(default))
            days.Add(day);
        var expected = await EverythingAsync(History);

        var other = await OpenOtherAsync();
        _opened.Add(other);
        for (var time = 0; time < 2; time++)
        {
            foreach (var day in days)
                await other.ImportAsync(day, default);
            Assert.Equal(expected, await EverythingAsync(other));
        }

        var made = await other.CorrectionsAsync(Meter, Slot(Meter, Power), Noon, After(60), default);
        Assert.Equal("why", Assert.Single(made).Why);
    }

    [StoreFact]
    public async Task ImportingValuesOverWhatIsLeftOfThemCountsNothingTwice()
    {
        var cabinet = Twin("cab0");
        await AppendAsync(cabinet, Power, Point(Noon, 1), Point(After(5), 2));
        var days = new List<HistoryDay>();
        await foreach (var day in History.ExportAsync(default))
            days.Add(day);
        await RetainAsync(HistoryPolicy.BuiltIn.Of(Graph.ModelOf(cabinet).Kind).RawDays + 1);
        await History.ImportAsync(Assert.Single(days), default);
        Assert.Equal(2, Assert.Single(await AggregatesAsync(cabinet, Power, HistoryPeriod.Day)).Aggregate.Count);
    }

    private async Task<(long Retired, long Dropped)> RetainAsync(int ageDays)
    {
        var outcome = await History.RetainAsync(Noon.Plus(TimeSpan.FromDays(ageDays)), default);
        return (outcome.Retired, outcome.Dropped);
    }

    private async Task<List<string>> EverythingAsync(IHistory history)
    {
        var lines = new List<string>();
        foreach (var property in (string[])[Power, Register])
        {
            var query = Query(Meter, property) with { Twins = [.. Graph.All()] };
            await foreach (var page in history.ReadAsync(query, default))
                lines.AddRange(page.Points.Select(point => $"{page.Twin} {property} {point}"));
            await foreach (var page in history.AggregatesAsync(query, HistoryPeriod.Day, default))
                lines.AddRange(Figures([.. page.Spans]).Select(figure => $"{page.Twin} {property} {figure}"));
        }

        return lines;
    }

    // Retired sums are rounded once an hour, which shows in the sixteenth digit of a day.
    private static List<(Instant, int, double, double, double, double, double)> Figures(
        List<(Instant From, HistoryAggregate Aggregate)> spans) =>
        spans.ConvertAll(span => (span.From, span.Aggregate.Count, Math.Round(span.Aggregate.Sum, 9),
            span.Aggregate.Min,
            span.Aggregate.Max, span.Aggregate.Last, Math.Round(span.Aggregate.TimeWeightedMean, 9)));

    // Late, repeated and changed values of a few twins over three months, flushed and restarted at random.
    private async Task CompareWithRecountAsync(int seed)
    {
        var random = new Random(seed);
        TwinHandle[] twins = [Meter, Twin("b0-1-e"), Twin("l0-0")];
        var expected = new SortedDictionary<(int Twin, Instant At), HistoryPoint>();
        var received = Noon.UnixMilliseconds;
        for (var batch = 1UL; batch <= 60; batch++)
        {
            var values = new List<HistoryValue>();
            for (var i = random.Next(20); i > 0; i--)
            {
                var twin = twins[random.Next(twins.Length)];
                var at = Noon.Plus(TimeSpan.FromMinutes(-5 * random.Next(26_000) / (random.Next(3) == 0 ? 1 : 100)));
                var point = new HistoryPoint(at, new Instant(received++), Math.Round(random.NextDouble() * 1_000,
                    random.Next(4)),
                    (Quality)random.Next(3), QualityReason.None);
                if (expected.TryGetValue((twin.Ordinal, at), out var before) && random.Next(2) == 0)
                    point = before with { ReceivedAt = point.ReceivedAt };
                if (!expected.TryGetValue((twin.Ordinal, at), out before) || !before.SaysTheSameAs(point))
                    expected[(twin.Ordinal, at)] = point;
                values.Add(new HistoryValue(twin, Slot(twin, Power), point));
            }

            await History.AppendAsync(batch, values.ToArray(), default);
            if (random.Next(8) == 0)
                await History.FlushAsync(default);
            if (random.Next(20) == 0)
                await RestartAsync();
        }

        foreach (var twin in twins)
        {
            var own = expected.Where(entry => entry.Key.Twin == twin.Ordinal).Select(entry => entry.Value).ToList();
            Assert.Equal(own, await ReadAsync(twin, Power));
            foreach (var period in (HistoryPeriod[])[HistoryPeriod.Hour, HistoryPeriod.Day])
            {
                var recounted = own.GroupBy(point => StartOf(point.MeasuredAt, period))
                    .Select(group => Recount(group.Key, [.. group]));
                var made = (await AggregatesAsync(twin, Power, period))
                    .Where(span => span.Aggregate.Count + span.Aggregate.BadCount > 0)
                    .Select(span => (span.From, span.Aggregate.Count, span.Aggregate.BadCount,
                        Math.Round(span.Aggregate.Sum, 6), span.Aggregate.Min, span.Aggregate.Max, span.Aggregate.First,
                            span.Aggregate.Last));
                Assert.Equal(recounted, made);
            }
        }
    }

    private static Instant StartOf(Instant time, HistoryPeriod period) => period == HistoryPeriod.Day
        ? Instant.From(new DateTimeOffset(time.ToDateTimeOffset().ToOffset(TimeSpan.FromHours(5)).Date,
            TimeSpan.FromHours(5)))
        : new Instant(time.UnixMilliseconds / 3_600_000 * 3_600_000);

    private static (Instant, int, int, double, double, double, double, double) Recount(Instant from,
        List<HistoryPoint> points)
    {
        var usable = points.Where(point => point.Quality != Quality.Bad).Select(point => point.Value).ToList();
        return usable.Count == 0
            ? (from, 0, points.Count, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN)
            : (from, usable.Count, points.Count - usable.Count, Math.Round(usable.Sum(), 6),
                usable.Min(), usable.Max(), usable[0], usable[^1]);
    }
}
