using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Meters;

/// <summary>Hours of consumption from a register, against a recount that shares no code with it.</summary>
public sealed class RegisterHoursTests
{
    private const long Hour = 3_600_000;
    private const double Top = 100_000_000;

    private static readonly Instant s_start = Instant.Utc(2026, 11, 2, 19);

    /// <summary>A register read at some minutes; some readings come late, some twice.</summary>
    private sealed record Story((int Minute, double Register)[] Readings, int[] Arrivals)
    {
        public override string ToString() =>
            string.Join(' ', Arrivals.Select(i => $"{Readings[i].Minute}:{Readings[i].Register}"));
    }

    [Fact]
    public void HoursAreTheRegisterCutAtEveryFullHour() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories(isRollover: false).ToArbitrary(), story => AreEqual(Play(story), Recount(story))));

    [Fact]
    public void HoursRunOnAcrossTheEndOfAnEightDigitRegister() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories(isRollover: true).ToArbitrary(), story => AreEqual(Play(story), Recount(story))));

    [Fact]
    public void TheSumOfTheHoursIsTheRegistersDifference() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories(isRollover: false).ToArbitrary(), story =>
        {
            var hours = Play(story);
            if (hours.Count == 0)
                return true;
            var told = InOrder(story);
            var (first, last) = (hours.Keys.Min(), hours.Keys.Max());
            return hours.Count == last - first + 1
                && Math.Abs(hours.Values.Sum() - (At(told, last + 1) - At(told, first))) < 0.001 * hours.Count;
        }));

    // Where it is used evenly, any reading says the same of any hour.
    [Fact]
    public void EvenUseGivesTheSameHoursInWhateverOrderReadingsArrive() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories(isRollover: false).ToArbitrary(), story =>
        {
            var even = story with { Readings = [.. story.Readings.Select(r => (r.Minute, 1000 + r.Minute * 2.0))] };
            var inOrder = even with { Arrivals = [.. Enumerable.Range(0, even.Readings.Length)] };
            var (played, expected) = (Play(even), Play(inOrder));
            return played.All(hour => Math.Abs(hour.Value - 120) < 0.0011)
                && expected.All(hour => Math.Abs(hour.Value - 120) < 0.0011)
                && (played.Count == 0 || played.Keys.Max() == expected.Keys.Max());
        }));

    [Fact]
    public void WhatIsLateOrToldTwiceChangesNoHour() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories(isRollover: false).ToArbitrary(), story =>
        {
            var newest = -1;
            var inTime = story.Arrivals.Where(i =>
                story.Readings[i].Minute > newest && (newest = story.Readings[i].Minute) >= 0);
            return AreEqual(Play(story), Play(story with { Arrivals = [.. inTime] }));
        }));

    [Theory]
    [InlineData(47, true)]
    [InlineData(48, true)]
    [InlineData(49, false)]
    public void AGapOfTwoDaysIsSharedOutAndALongerOneIsNot(int gapHours, bool isShared)
    {
        var meter = new LoneTwin("GasMeter", TimeSpan.FromHours(1));
        Tell(0, 1000);
        Tell(1, 1010);
        Tell(1 + gapHours, 1010 + gapHours * 7);
        Tell(2 + gapHours, 1020 + gapHours * 7);
        var hours = Hours(meter);
        Assert.Equal(isShared ? gapHours + 1 : 1, hours.Count);
        Assert.Equal(10, hours[^1], 1e-9);
        if (isShared)
            Assert.All(hours[..^1], amount => Assert.Equal(7, amount, 1e-3));

        void Tell(int hour, double register) =>
            meter.Report("volumeLitres", register, s_start.Plus(TimeSpan.FromHours(hour)));
    }

    // What was between the last reading of the old count and the second of the new one nobody knows.
    [Fact]
    public void AReplacedMetersHoursAreThoseOfBothCounts()
    {
        var meter = new LoneTwin("GasMeter", TimeSpan.FromHours(1));
        foreach (var (minute, register) in (ReadOnlySpan<(int, double)>)
            [(0, 700_000), (30, 700_050), (60, 700_100), (80, 500), (100, 505), (120, 525), (180, 600)])
            meter.Report("volumeLitres", register, s_start.Plus(TimeSpan.FromMinutes(minute)));
        Assert.Equal([20, 75], Hours(meter));
        Assert.Empty(meter.Alarms);
    }

    [Fact]
    public void AnHourThatEndsInARefusedReadingIsTakenFromItsNeighbours()
    {
        var meter = new LoneTwin("GasMeter", TimeSpan.FromHours(1));
        foreach (var (minute, register) in (ReadOnlySpan<(int, double)>)
            [(0, 700_000), (60, 700_050), (110, 700_100), (120, 3), (130, 700_120), (180, 700_200)])
            meter.Report("volumeLitres", register, s_start.Plus(TimeSpan.FromMinutes(minute)));
        Assert.Equal([60, 90], Hours(meter));
    }

    private static List<double> Hours(LoneTwin meter) =>
        [.. meter.Hours.Select(hour => hour.AmountThousandths / 1000.0)];

    private static Dictionary<long, double> Play(Story story)
    {
        var meter = new LoneTwin("GasMeter", TimeSpan.FromHours(1));
        foreach (var i in story.Arrivals)
        {
            var (minute, register) = story.Readings[i];
            meter.Report(
                "volumeLitres", register, s_start.Plus(TimeSpan.FromMinutes(minute)), s_start.Plus(TimeSpan.FromDays(30)));
        }

        return meter.Hours.ToDictionary(hour => (long)hour.Hour, hour => hour.AmountThousandths / 1000.0);
    }

    // What a person would do with a table of readings: keep those in order, unroll, interpolate at every full hour.
    private static Dictionary<long, double> Recount(Story story)
    {
        var told = InOrder(story);
        var hours = new Dictionary<long, double>();
        if (told.Count < 2)
            return hours;
        for (var hour = told[0].Time / Hour + 1; (hour + 1) * Hour <= told[^1].Time; hour++)
            hours[hour] = At(told, hour + 1) - At(told, hour);
        return hours;
    }

    private static List<(long Time, double Counted)> InOrder(Story story)
    {
        var told = new List<(long Time, double Counted)>();
        var (newest, turns, before) = (-1, 0, 0.0);
        foreach (var i in story.Arrivals)
        {
            var (minute, register) = story.Readings[i];
            if (minute <= newest)
                continue;
            turns += register < before ? 1 : 0;
            (newest, before) = (minute, register);
            told.Add((s_start.UnixMilliseconds + minute * 60_000L, register + turns * Top));
        }

        return told;
    }

    private static double At(List<(long Time, double Counted)> told, long hour)
    {
        var after = told.FindIndex(reading => reading.Time >= hour * Hour);
        var (t1, c1) = told[after];
        if (t1 == hour * Hour)
            return c1;
        var (t0, c0) = told[after - 1];
        return c0 + (c1 - c0) * (hour * Hour - t0) / (t1 - t0);
    }

    private static bool AreEqual(Dictionary<long, double> a, Dictionary<long, double> b) =>
        a.Count == b.Count && a.All(hour =>
            b.TryGetValue(hour.Key, out var other) && Math.Abs(hour.Value - other) < 0.0011);

    private static Gen<Story> Stories(bool isRollover) =>
        from count in Gen.Choose(2, 40)
        from steps in Gen.Choose(1, 200).ArrayOf(count)
        from amounts in Gen.Choose(0, 400).ArrayOf(count)
        from delays in Gen.Frequency(
            (6, Gen.Constant(0)), (2, Gen.Choose(1, 4)), (1, Gen.Choose(5, 30))).ArrayOf(count)
        from doubles in Gen.Choose(0, 3).ArrayOf(count)
        select Tell(steps, amounts, delays, doubles, isRollover);

    private static Story Tell(int[] steps, int[] amounts, int[] delays, int[] doubles, bool isRollover)
    {
        var (minute, register) = (0, isRollover ? Top - amounts.Sum() * 0.5 / 2 : 5000.0);
        var readings = new (int Minute, double Register)[steps.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            minute += steps[i];
            register += amounts[i] * 0.5;
            readings[i] = (minute, register >= Top ? register - Top : register);
        }

        // Without a delay of its own a reading arrives in its place; some come twice in a row, some again at the end.
        var arrivals = Enumerable.Range(0, steps.Length).OrderBy(i => i + delays[i])
            .SelectMany(i => doubles[i] == 3 ? (int[])[i, i] : [i])
            .Concat(Enumerable.Range(0, steps.Length).Where(i => doubles[i] == 2));
        return new Story(readings, [.. arrivals]);
    }
}
