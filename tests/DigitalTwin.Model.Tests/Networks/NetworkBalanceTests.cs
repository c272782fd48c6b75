using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Tests.Alarms;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Networks;

/// <summary>The balance of a feeder, against a recount from the raw readings of its consumers and its inlet.</summary>
public sealed class NetworkBalanceTests
{
    private const int Hours = 6;
    private const int SamplesPerHour = 6;

    private static readonly Instant s_start = Instant.Utc(2026, 11, 2, 19);

    /// <summary>By sample (ten minutes): what each consumer used, when it fell silent, the inlet's rate.</summary>
    private sealed record Story(int[][] Used, int[] SilentFrom, int[] Rates)
    {
        public override string ToString() =>
            $"silent from [{string.Join(',', SilentFrom)}], rates [{string.Join(',', Rates)}], "
            + $"used [{string.Join("] [", Used.Select(used => string.Join(',', used)))}]";
    }

    [Fact]
    public void ABalanceIsWhatARecountOfTheRawReadingsGives() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories().ToArbitrary(), story =>
        {
            var told = Play(story);
            var feeder = new LoneTwin("Feeder", TimeSpan.FromDays(1), null, ("medium", "gas"));
            var isSame = true;
            // The first hour begins with the first reading; the last one ends with the last.
            for (var hour = 1; hour < Hours; hour++)
            {
                var balance = told.Of(HourOf(hour)).BalanceFor(story.Used.Length);
                feeder.TakeBalance(in balance);
                isSame &= IsAsRecounted(story, hour, in balance, feeder);
            }

            return isSame;
        }));

    [Theory]
    [InlineData(0, 0, 0, 10, 1.0, 0)] // nothing told of anybody
    [InlineData(1000, 0, 0, 10, 1.0, 0)]
    [InlineData(1000, 900, 9, 10, 0.1, 0.9)]
    [InlineData(1000, 1200, 10, 10, 0, 1)] // meters count more than went in
    [InlineData(100, 900, 5, 10, 0.5, 0)] // what is missing is estimated at nine times the inlet
    [InlineData(1000, 500, 12, 10, 0, 1)] // more consumers than the graph knows
    [InlineData(1000, 500, 3, 0, 1, 0)]
    public void ConfidenceFallsWithEveryConsumerThatIsMissing(
        double inlet, double consumed, int counted, int served, double missing, double confidence)
    {
        var balance = new NetworkBalance(1, inlet, consumed, counted, served);
        Assert.Equal(missing, balance.MissingShare, 1e-12);
        Assert.Equal(confidence, balance.Confidence, 1e-12);
        Assert.Equal(inlet > 0, double.IsFinite(balance.LossShare));
    }

    [Fact]
    public void AnHourToldFourHoursLateIsNotInTheBalance()
    {
        var hours = default(FeederHours);
        hours.AddConsumer(100, 5000);
        hours.AddConsumer(103, 7000);
        hours.AddConsumer(100, 1000);
        Assert.Equal((6000, 2), (hours.Of(100).Consumed, hours.Of(100).Counted));
        hours.AddConsumer(104, 3000);
        hours.AddConsumer(100, 1000);
        Assert.Equal((0, 0), (hours.Of(100).Consumed, hours.Of(100).Counted));
        Assert.Equal((3000, 1), (hours.Of(104).Consumed, hours.Of(104).Counted));
    }

    // An inlet that was silent for more than an hour: nobody knows what went in, so there is no hour.
    [Fact]
    public void AnInletsGapOfMoreThanAnHourIsNoHour()
    {
        var feeder = new LoneTwin("Feeder", TimeSpan.FromMinutes(10), null, ("medium", "electricity"));
        foreach (var minute in (int[])[0, 60, 120, 181, 240, 300])
            feeder.Report("activePowerWatts", 600, s_start.Plus(TimeSpan.FromMinutes(minute)));
        Assert.Equal([HourOf(1), HourOf(4)], feeder.Hours.Select(hour => hour.Hour));
        Assert.All(feeder.Hours, hour => Assert.Equal(600_000, hour.AmountThousandths));
    }

    [Theory]
    [InlineData("OUTAGE")]
    [InlineData("NODATA")]
    public void ManyMetersOfOneFeederAreOneIncident(string code)
    {
        var board = AlarmCity.Board(AlarmCity.Graph(metersPerFeeder: 40));
        for (var meter = 1; meter <= 40; meter++)
            board.Raise($"e:1:{meter}", code, seconds: meter);
        var incidents = Enumerable.Range(1, 40).Select(meter => board.Find($"e:1:{meter}:{code}")!.IncidentId);
        Assert.Single(incidents.Distinct());
        Assert.NotNull(board.Find($"e:1:1:{code}")!.IncidentId);
        board.Raise("e:2:1", code, seconds: 50);
        Assert.NotEqual(board.Find($"e:1:1:{code}")!.IncidentId, board.Find($"e:2:1:{code}")!.IncidentId);
    }

    private static int HourOf(int hour) => (int)(s_start.UnixMilliseconds / 3_600_000) + hour;

    private static Instant At(int sample) => s_start.Plus(TimeSpan.FromMinutes(60.0 * sample / SamplesPerHour));

    private static FeederHours Play(Story story)
    {
        var told = default(FeederHours);
        var kept = new List<(bool IsInlet, int Hour, long Amount)>();
        var inlet = new LoneTwin("Feeder", TimeSpan.FromMinutes(10), null, ("medium", "gas"));
        for (var sample = 0; sample < story.Rates.Length; sample++)
            inlet.Report("flowLitresPerHour", story.Rates[sample], At(sample));
        kept.AddRange(inlet.Hours.Select(hour => (true, hour.Hour, hour.AmountThousandths)));
        for (var consumer = 0; consumer < story.Used.Length; consumer++)
        {
            var meter = new LoneTwin("GasMeter", TimeSpan.FromMinutes(10));
            var register = 10_000.0 * (consumer + 1);
            for (var sample = 0; sample < Math.Min(story.Rates.Length, story.SilentFrom[consumer]); sample++)
                meter.Report(
                    "volumeLitres", register += sample == 0 ? 0 : story.Used[consumer][sample - 1], At(sample));
            kept.AddRange(meter.Hours.Select(hour => (false, hour.Hour, hour.AmountThousandths)));
        }

        // Hour by hour as a city tells them would keep the same: the newest four.
        var oldest = HourOf(Hours) - FeederHours.HoursKept;
        foreach (var (isInlet, hour, amount) in kept.Where(entry => entry.Hour >= oldest))
            if (isInlet)
                told.AddInlet(hour, amount);
            else
                told.AddConsumer(hour, amount);
        return told;
    }

    private static bool IsAsRecounted(Story story, int hour, in NetworkBalance balance, LoneTwin feeder)
    {
        if (hour <= Hours - 1 - FeederHours.HoursKept)
            return balance is { Inlet: 0, Consumed: 0, Counted: 0 };
        var (first, end) = (hour * SamplesPerHour, (hour + 1) * SamplesPerHour);
        // An hour is known of who still told its last figure.
        var known = story.Used.Where((_, consumer) => story.SilentFrom[consumer] > end).ToArray();
        double consumed = known.Sum(used => used[first..end].Sum());
        var inlet = Enumerable.Range(first, SamplesPerHour)
            .Sum(i => (story.Rates[i] + story.Rates[i + 1]) / 2.0 / SamplesPerHour);
        var missing = story.Used.Length - known.Length;
        var estimate = known.Length == 0 ? 0 : consumed / known.Length * missing;
        var confidence = inlet <= 0 || known.Length == 0
            ? 0
            : Math.Max(0, 1 - Math.Max((double)missing / story.Used.Length, estimate / inlet));
        return Close(balance.Inlet, inlet, 0.001) && Close(balance.Consumed, consumed, 0.001 * story.Used.Length)
            && balance.Counted == known.Length && Close(balance.Confidence, confidence, 1e-5)
            && Close(feeder["metersMissingPercent"].Value, 100.0 * missing / story.Used.Length, 1e-9)
            && Close(feeder["balanceConfidencePercent"].Value, 100 * confidence, 1e-3)
            && (inlet <= 0 || Close(feeder["lossPercent"].Value, 100 * (inlet - consumed - estimate) / inlet, 0.1))
            && (inlet <= 0
                || feeder["lossPercent"].Quality == (balance.Confidence >= 0.8 ? Quality.Good : Quality.Suspect));
    }

    private static bool Close(double a, double b, double tolerance) => Math.Abs(a - b) <= tolerance;

    private static Gen<Story> Stories() =>
        from consumers in Gen.Choose(1, 12)
        from used in Gen.Choose(0, 50).ArrayOf(Hours * SamplesPerHour).ArrayOf(consumers)
        from silent in Gen.Frequency(
            (4, Gen.Constant(1000)), (1, Gen.Choose(0, Hours * SamplesPerHour))).ArrayOf(consumers)
        from rates in Gen.Choose(100, 5000).ArrayOf(Hours * SamplesPerHour + 1)
        select new Story(used, silent, rates);
}
