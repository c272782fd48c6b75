using System.Diagnostics;
using Xunit.Abstractions;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>A simulated year against its injected faults: do the rules find them, and do they leave the rest in peace?</summary>
public sealed class AlarmQualityTests(ITestOutputHelper output)
{
    private const double RecallMin = 0.95;
    private const double PrecisionMin = 0.9;
    private const int YearSeed = 20_260;

    [Fact]
    public async Task AYearOfTwoThousandTwinsRaisesWhatHappensAndLittleElse()
    {
        var (city, plan, run) = await PlayAsync(YearSeed, feederGroups: 7, YearClock.DaysPerYear);

        Assert.InRange(city.Graph.Count, 1_900, 2_300);
        Judge(plan, run);
    }

    private async Task<(YearCity City, YearPlan Plan, YearRun Run)> PlayAsync(int seed, int feederGroups, int days)
    {
        var watch = Stopwatch.StartNew();
        var city = new YearCity(seed, feederGroups);
        var plan = YearPlan.Draw(city, seed, days);
        var run = new YearRun(city, plan, seed);
        var planned = watch.Elapsed;
        await run.PlayAsync(days);
        output.WriteLine($"seed {seed}: {city.Graph.Count} twins, {days} days, {run.ReadingCount} readings, "
            + $"{plan.Mishaps.Count(mishap => mishap.IsFault)} faults, {plan.Mishaps.Count(mishap => !mishap.IsFault)} nuisances, "
            + $"{run.Signals.Count} signals, checksum {run.Checksum}, {planned.TotalSeconds:F1} s + {(watch.Elapsed - planned).TotalSeconds:F1} s");
        return (city, plan, run);
    }

    private void Judge(YearPlan plan, YearRun run)
    {
        var scores = AlarmQuality.Score(plan, run);
        output.WriteLine(AlarmQuality.Table(scores));
        foreach (var missed in AlarmQuality.Missed(plan, run).Take(60))
            output.WriteLine($"missed: {missed.Code} by {missed.Trouble} of {missed.Size:F2} at "
                + $"{plan.City.Graph.IdOf(missed.Devices[0].Twin)} from {missed.StartsAt} for {missed.EndsAt - missed.StartsAt} min");
        foreach (var group in AlarmQuality.Unexplained(plan, run).GroupBy(pair => pair.Rule.Index))
            foreach (var (rule, alarm) in group.Take(8))
                output.WriteLine($"unexplained: {rule.Code} at {plan.City.Graph.IdOf(alarm.Twin)} "
                    + $"minute {YearClock.MinuteOf(alarm.At)} value {alarm.Value}");
        Assert.All(scores.Where(score => score.Faults > 0 && score.Raised >= 0), score =>
        {
            Assert.True(score.Recall >= RecallMin, $"{score.Name}: recall {score.Recall:F2}");
            Assert.True(!(score.Precision < PrecisionMin), $"{score.Name}: precision {score.Precision:F2}");
        });
    }
}
