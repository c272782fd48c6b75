using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Tests.Meters;

/// <summary>Bad input to a register of each medium: what becomes of it and why; the latest good value stays.</summary>
public sealed class MeterQualityTests
{
    private const double Register = 1_000_000;

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private static readonly string[] s_models =
        ["ElectricityMeter", "ColdWaterMeter", "HotWaterMeter", "GasMeter", "HeatMeter"];

    // Minutes are after the good reading, by the meter's clock; delay is until it is received.
    private static readonly
        (string Why, double Value, double Minutes, double DelaySeconds, QualityReason Reason)[] s_refused =
    [
        ("goes back", 999_999, 15, 0, QualityReason.WentBack),
        ("goes back to nothing", 0, 15, 0, QualityReason.WentBack),
        ("goes back below nothing", -5, 15, 0, QualityReason.WentBack),
        ("leaps", 50_000_000, 15, 0, QualityReason.Jump),
        ("leaps beyond any register", 1e300, 15, 0, QualityReason.Jump),
        ("in thousandths", 1_000, 15, 0, QualityReason.UnitMixUp),
        ("in thousandths and some more", 1_100, 15, 0, QualityReason.UnitMixUp),
        ("in thousands", 1e9, 15, 0, QualityReason.UnitMixUp),
        ("in thousandths at the same time", 1_000, 0, 0, QualityReason.UnitMixUp),
        ("leaps at the same time", 50_000_000, 0, 0, QualityReason.Jump),
        ("from the future", 1_000_001, 15, -900.5, QualityReason.Future),
        ("from next year", 1_000_001, 525_600, -31_536_000, QualityReason.Future),
        ("no number", double.NaN, 15, 0, QualityReason.Jump),
        ("without end", double.PositiveInfinity, 15, 0, QualityReason.Jump),
        ("without end downwards", double.NegativeInfinity, 15, 0, QualityReason.Jump),
    ];

    public static TheoryData<string, int> Refused
    {
        get
        {
            var rows = new TheoryData<string, int>();
            foreach (var model in s_models)
                for (var row = 0; row < s_refused.Length; row++)
                    rows.Add(model, row);
            return rows;
        }
    }

    public static TheoryData<string> Models => [.. s_models];

    [Theory, MemberData(nameof(Refused))]
    public void ARefusedRegisterLeavesTheLatestGoodValue(string model, int row)
    {
        var (why, value, minutes, delay, reason) = s_refused[row];
        var meter = Told(model, out var register);
        var revision = meter.State.Revision;
        var at = s_noon.Plus(TimeSpan.FromMinutes(minutes));

        var status = meter.Report(register, value, at, at.Plus(TimeSpan.FromSeconds(delay)));

        Assert.True(status == ApplyStatus.Screened, why);
        Assert.Equal((Register, Quality.Good, s_noon),
            (meter[register].Value, meter[register].Quality, meter[register].MeasuredAt));
        Assert.Equal((reason, Quality.Suspect), (meter.State.ScreenedReason, meter.State.Quality));
        Assert.Equal((1, revision + 1), (meter.State.ScreenedInARow, meter.State.Revision));
        Assert.Empty(meter.Alarms);

        // Delivered again it counts no further, and the next good one is taken as ever.
        var state = meter.State;
        Assert.Equal(ApplyStatus.Duplicate, meter.Report(register, value, at, at.Plus(TimeSpan.FromSeconds(delay))));
        Assert.Equal(state, meter.State);
        var next = s_noon.Plus(TimeSpan.FromMinutes(30));
        Assert.Equal(ApplyStatus.Advanced, meter.Report(register, Register + 10, next));
        Assert.Equal((Register + 10, 0), (meter[register].Value, meter.State.ScreenedInARow));
    }

    [Theory, MemberData(nameof(Models))]
    public void ARepeatedReadingChangesNothing(string model)
    {
        var meter = Told(model, out var register);
        var state = meter.State;
        Assert.Equal(ApplyStatus.Duplicate, meter.Report(register, Register, s_noon));
        Assert.Equal(state, meter.State);
    }

    [Theory, MemberData(nameof(Models))]
    public void AReadingAWeekLateIsForHistoryOnly(string model)
    {
        var meter = Told(model, out var register);
        Assert.Equal(ApplyStatus.Late, meter.Report(register, 5, s_noon.Plus(TimeSpan.FromDays(-7)), s_noon));
        Assert.Equal((Register, Quality.Good), (meter[register].Value, meter[register].Quality));
        Assert.Equal((QualityReason.None, Freshness.Live), (meter.State.ScreenedReason, meter.State.Freshness));
        Assert.Empty(meter.Alarms);
    }

    // 120 s a clock may differ; up to 900 s its values count as measured when they came.
    [Theory]
    [InlineData(-3600, Quality.Good, QualityReason.None, true)]
    [InlineData(120, Quality.Good, QualityReason.None, true)]
    [InlineData(120.001, Quality.Suspect, QualityReason.ClockDrift, false)]
    [InlineData(900, Quality.Suspect, QualityReason.ClockDrift, false)]
    public void AClockThatRunsAheadIsToldByTheQuality(
        double aheadSeconds, Quality quality, QualityReason reason, bool isOwnTime)
    {
        foreach (var model in s_models)
        {
            var meter = Told(model, out var register);
            var now = s_noon.Plus(TimeSpan.FromHours(2));
            var at = now.Plus(TimeSpan.FromSeconds(aheadSeconds));
            Assert.Equal(ApplyStatus.Advanced, meter.Report(register, Register + 5, at, now));
            var latest = meter[register];
            Assert.Equal((quality, reason, isOwnTime ? at : now), (latest.Quality, latest.Reason, latest.MeasuredAt));
            // When the clock is put right nothing is blocked.
            var next = now.Plus(TimeSpan.FromMinutes(15));
            Assert.Equal(ApplyStatus.Advanced, meter.Report(register, Register + 9, next));
            Assert.Equal(Quality.Good, meter[register].Quality);
        }
    }

    // A figure just within what the medium can carry in a quarter of an hour (and a minute of slack), and one above.
    [Theory]
    [InlineData("ElectricityMeter", 2_000_000, 10)]
    [InlineData("ColdWaterMeter", 12_500, 1)]
    [InlineData("HotWaterMeter", 12_500, 1)]
    [InlineData("GasMeter", 400_000, 10)]
    [InlineData("HeatMeter", 20_000_000, 1000)]
    public void ARegisterMayGrowAsFastAsItsPipeOrWireCarries(string model, double rateMaximum, double resolution)
    {
        var most = rateMaximum * 16 / 60 + resolution;
        var quarter = s_noon.Plus(TimeSpan.FromMinutes(15));
        var meter = Told(model, out var register);
        Assert.Equal(ApplyStatus.Screened, meter.Report(register, Register + most + 1, quarter));
        Assert.Equal(ApplyStatus.Advanced, meter.Report(register, Register + most - 1, quarter));
    }

    [Theory]
    [InlineData("ColdWaterMeter", 99_999_990, 10, 20)]
    [InlineData("HotWaterMeter", 99_999_990.5, 9.5, 19)]
    [InlineData("ColdWaterMeter", 99_999_999.5, 0.5, 1)]
    [InlineData("GasMeter", 999_995, 5, 10)]
    [InlineData("GasMeter", 9_999_999, 0, 1)]
    [InlineData("ElectricityMeter", 999_999_900, 100, 200)]
    [InlineData("HeatMeter", 99_999_999_000, 1_000, 2_000)]
    public void ARegisterRunsOnAcrossItsEnd(string model, double before, double after, double consumed)
    {
        var meter = new LoneTwin(model, TimeSpan.FromMinutes(15));
        var register = RegisterOf(meter);
        var hour = s_noon.Plus(TimeSpan.FromHours(-1));
        meter.Report(register, before - 1, s_noon.Plus(TimeSpan.FromMinutes(-75)));
        meter.Report(register, before, hour);
        Assert.Equal(ApplyStatus.Advanced, meter.Report(register, after, hour.Plus(TimeSpan.FromMinutes(15))));
        Assert.Equal((Quality.Good, QualityReason.Rollover), (meter[register].Quality, meter[register].Reason));
        meter.Report(register, after, s_noon);
        Assert.Equal(consumed, meter.Hours[^1].AmountThousandths / 1000.0, 1e-6);
        Assert.Empty(meter.Alarms);
    }

    [Theory]
    [InlineData(90_000_000, 10)]
    [InlineData(99_999_990, 6_000_000)]
    public void FarFromItsEndARegisterThatGoesBackIsRefused(double before, double after)
    {
        var meter = new LoneTwin("ColdWaterMeter", TimeSpan.FromMinutes(15));
        meter.Report("volumeLitres", before, s_noon);
        Assert.Equal(ApplyStatus.Screened, meter.Report("volumeLitres", after, s_noon.Plus(TimeSpan.FromMinutes(15))));
        Assert.Equal(QualityReason.WentBack, meter.State.ScreenedReason);
    }

    [Theory, MemberData(nameof(Models))]
    public void ASecondReadingThatGoesOnShowsThatTheMeterWasReplaced(string model)
    {
        var meter = Told(model, out var register);
        Assert.Equal(ApplyStatus.Screened, Report(12, 15));
        // Neither the same message nor one that contradicts it confirms anything.
        Assert.Equal(ApplyStatus.Duplicate, Report(12, 15));
        Assert.Equal(ApplyStatus.Screened, Report(3, 30));
        Assert.Equal(ApplyStatus.Screened, Report(12, 15));
        Assert.Equal(ApplyStatus.Advanced, Report(4, 45));
        Assert.Equal((4, Quality.Good, QualityReason.Replaced),
            (meter[register].Value, meter[register].Quality, meter[register].Reason));
        Assert.Equal(ApplyStatus.Advanced, Report(6, 60));
        Assert.Equal(QualityReason.None, meter[register].Reason);
        Assert.Empty(meter.Alarms);

        ApplyStatus Report(double value, int minutes) =>
            meter.Report(register, value, s_noon.Plus(TimeSpan.FromMinutes(minutes)));
    }

    private static string RegisterOf(LoneTwin meter) => MeterRules.SummaryNames(meter.Rules.Model.Id)[1];

    private static LoneTwin Told(string model, out string register)
    {
        var meter = new LoneTwin(model, TimeSpan.FromHours(1), null, ("permanentFlowLitresPerHour", "2500"));
        register = RegisterOf(meter);
        meter.Report(register, Register, s_noon);
        return meter;
    }
}
