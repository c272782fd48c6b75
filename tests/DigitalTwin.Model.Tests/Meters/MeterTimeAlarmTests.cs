using System.Globalization;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Meters;

/// <summary>Alarms of meters that follow from hours, days or silence and not from the values of one moment.</summary>
public sealed class MeterTimeAlarmTests
{
    private static readonly string[] s_models =
        ["ElectricityMeter", "ColdWaterMeter", "HotWaterMeter", "GasMeter", "HeatMeter"];

    // Heat follows the weather and not the hour of the week.
    private static readonly string[] s_byWeather = ["HeatMeter"];

    // Midnight in the city.
    private static readonly Instant s_midnight = Instant.Utc(2026, 11, 1, 19);

    public static TheoryData<string> Models => [.. s_models];

    public static TheoryData<string> ModelsOfHabit => [.. s_models.Except(s_byWeather)];

    /// <summary>What <see cref="MeterAlarmTests.EveryRuleOfAMeterHasACase"/> counts as covered here.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "ElectricityMeter/UV", "ElectricityMeter/OV",
        .. s_models.SelectMany(model => new[] { $"{model}/NODATA", $"{model}/NOCONS" }),
        .. s_models.Except(s_byWeather).Select(model => $"{model}/DEVIATION"),
    ];

    // Ten values, one a minute; the window is judged with the first value after it.
    [Theory]
    [InlineData("UV", "180 215.5 180 215.5 180 215.5 180 215.5 180 215.5", true)]
    [InlineData("UV", "180 216 180 216 180 216 180 216 180 216", false)]
    [InlineData("UV", "230 230 230 230 112 230 230 230 230 230", false)]
    [InlineData("OV", "242 242 242 242 242 242 242 242 242 242", false)]
    [InlineData("OV", "242 242 242 242 242 242 242 242 242 243", true)]
    [InlineData("OV", "239 239 239 239 260 239 239 239 239 239", false)]
    public void VoltageIsJudgedByTenMinuteMeans(string code, string volts, bool isExpected)
    {
        var meter = new LoneTwin("ElectricityMeter", TimeSpan.FromDays(1));
        foreach (var phase in (string[])["voltageL1Volts", "voltageL2Volts", "voltageL3Volts"])
            TellWindow(meter, 0, "220 220 220", phase);
        TellWindow(meter, 1, volts, "voltageL2Volts");
        Assert.False(meter.IsActive(code));

        meter.Report("voltageL1Volts", 220, Minute(20));

        Assert.Equal(isExpected, meter.IsActive(code));
        Assert.Equal(isExpected ? ["+" + code] : [], meter.Alarms);
    }

    [Theory]
    [InlineData("UV", "190", "202.5", "203")]
    [InlineData("OV", "250", "237.5", "237")]
    public void VoltageComesBackByFiveVoltsBeforeItsAlarmGoes(
        string code, string wrong, string holding, string clearing)
    {
        var meter = new LoneTwin("ElectricityMeter", TimeSpan.FromDays(1));
        TellWindow(meter, 0, wrong, "voltageL1Volts");
        TellWindow(meter, 1, holding, "voltageL1Volts");
        Assert.True(meter.IsActive(code));
        TellWindow(meter, 2, clearing, "voltageL1Volts");
        Assert.True(meter.IsActive(code));
        TellWindow(meter, 3, clearing, "voltageL1Volts");
        Assert.False(meter.IsActive(code));
    }

    [Fact]
    public void ALostPhaseIsNoLowVoltage()
    {
        var meter = new LoneTwin("ElectricityMeter", TimeSpan.FromDays(1));
        for (var minute = 0; minute < 40; minute++)
        {
            meter.Report("voltageL2Volts", 220, Minute(minute));
            meter.Report("voltageL3Volts", 220, Minute(minute));
            meter.Report("voltageL1Volts", 0, Minute(minute));
        }

        Assert.Equal(["+PHASELOSS"], meter.Alarms);
    }

    // Phases may come in messages of their own; one that is late used to close the window of the others too early.
    [Fact]
    public void AnEarlierValueOfAnotherPhaseDoesNotCloseTheRunningWindow()
    {
        var meter = new LoneTwin("ElectricityMeter", TimeSpan.FromDays(1));
        meter.Report("voltageL1Volts", 190, Minute(10));
        meter.Report("voltageL2Volts", 220, Minute(9));
        meter.Report("voltageL1Volts", 220, Minute(11));
        Assert.Empty(meter.Alarms);
    }

    [Fact]
    public void UnderAndOverVoltageHaveTheDomainsPriorities()
    {
        var rules = new LoneTwin("ElectricityMeter").Rules;
        Assert.Equal(AlarmPriority.Medium, rules.Alarms[rules.IndexOf("UV")].Priority);
        Assert.Equal(AlarmPriority.High, rules.Alarms[rules.IndexOf("OV")].Priority);
    }

    // Three intervals, but at least an hour.
    [Theory, MemberData(nameof(Models))]
    public void SilenceIsThreeIntervalsAndAtLeastAnHour(string model)
    {
        foreach (var (minutes, seconds) in (ReadOnlySpan<(int, int)>)[(1, 3600), (15, 3600), (30, 5400), (60, 10_800)])
        {
            var meter = new LoneTwin(model, TimeSpan.FromMinutes(minutes));
            meter.Report("batteryPercent", 90, s_midnight);
            meter.Look(s_midnight.Plus(TimeSpan.FromSeconds(seconds)));
            Assert.Empty(meter.Alarms);
            meter.Look(s_midnight.Plus(TimeSpan.FromSeconds(seconds + 1)));
            Assert.Equal(["+NODATA"], meter.Alarms);

            // Even what is told late shows that somebody is there.
            var heard = s_midnight.Plus(TimeSpan.FromSeconds(seconds + 60));
            meter.Report("batteryPercent", 89, s_midnight.Plus(TimeSpan.FromSeconds(1)), receivedAt: heard);
            Assert.Equal(["+NODATA", "-NODATA"], meter.Alarms);
            Assert.Equal(AlarmPriority.Low, meter.Rules.Alarms[meter.Rules.IndexOf("NODATA")].Priority);
        }
    }

    // Readings come at any millisecond: a clearing one used to count only on a full second.
    [Theory, MemberData(nameof(Models))]
    public void NoConsumptionIsThirtyDaysOfOneFigure(string model)
    {
        var meter = new LoneTwin(model, TimeSpan.FromDays(1));
        var register = RegisterOf(meter);
        var start = s_midnight.Plus(TimeSpan.FromMilliseconds(250));
        for (var day = 0; day < 30; day++)
            meter.Report(register, 5000, start.Plus(TimeSpan.FromDays(day)));
        meter.Report(register, 5000, start.Plus(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1)));
        Assert.False(meter.IsActive("NOCONS"));
        meter.Report(register, 5000, start.Plus(TimeSpan.FromDays(30)));
        Assert.True(meter.IsActive("NOCONS"));
        meter.Report(register, 5000, start.Plus(TimeSpan.FromDays(31)));
        Assert.True(meter.IsActive("NOCONS"));

        meter.Report(register, 5001, start.Plus(TimeSpan.FromDays(32)));

        Assert.False(meter.IsActive("NOCONS"));
        Assert.Equal(AlarmPriority.Journal, meter.Rules.Alarms[meter.Rules.IndexOf("NOCONS")].Priority);
    }

    [Fact]
    public void WhereNobodyLivesNoConsumptionIsAsItShouldBe()
    {
        var meter = new LoneTwin("GasMeter", TimeSpan.FromDays(1), null, ("occupied", "false"));
        for (var day = 0; day < 60; day++)
            meter.Report("volumeLitres", 5000, s_midnight.Plus(TimeSpan.FromDays(day)));
        Assert.Empty(meter.Alarms);
    }

    // 0.2 % of Q3 is 5 L/h; a building's own minimum may rise by 35 % (that is, to 135 %) above it.
    [Theory]
    [InlineData("ColdWaterMeter", 0, 5, 5.1)]
    [InlineData("HotWaterMeter", 0, 5, 5.1)]
    [InlineData("GasMeter", 0, 5, 5.1)]
    [InlineData("ColdWaterMeter", 20, 31.9, 32.1)]
    public void ALeakIsADayWithoutAPause(string model, double usualMinimum, double pause, double leak)
    {
        var quiet = LearnedWeek(model, usualMinimum, out var quietRegister, out var hour);
        for (var i = 0; i < 48; i++)
            TellHour(quiet, ref quietRegister, hour + i, pause);
        Assert.DoesNotContain("+LEAK", quiet.Alarms);

        var meter = LearnedWeek(model, usualMinimum, out var register, out hour);
        for (var i = 0; i < 23; i++)
            TellHour(meter, ref register, hour++, leak);
        Assert.False(meter.IsActive("LEAK"));
        TellHour(meter, ref register, hour++, leak);
        Assert.True(meter.IsActive("LEAK"));
        TellHour(meter, ref register, hour++, leak);
        Assert.True(meter.IsActive("LEAK"));
        TellHour(meter, ref register, hour, pause);
        Assert.False(meter.IsActive("LEAK"));
    }

    [Fact]
    public void AnHourWithoutFlowBeginsTheDayOfALeakAnew()
    {
        var meter = LearnedWeek("ColdWaterMeter", 0, out var register, out var hour);
        for (var i = 0; i < 47; i++)
            TellHour(meter, ref register, hour++, i == 23 ? 0 : 8);
        Assert.DoesNotContain("+LEAK", meter.Alarms);
        TellHour(meter, ref register, hour, 8);
        Assert.Contains("+LEAK", meter.Alarms);
    }

    // A word taken back clears what it raised; some hours of flow are no finding of ours yet.
    [Fact]
    public void TheMetersOwnWordForALeakGoesWhenItTakesItBack()
    {
        var meter = LearnedWeek("ColdWaterMeter", 0, out var register, out var hour);
        for (var i = 0; i < 5; i++)
            TellHour(meter, ref register, hour++, 8);
        meter.Report("leakDetected", 1, Hour(hour));
        Assert.True(meter.IsActive("LEAK"));
        meter.Report("leakDetected", 0, Hour(hour).Plus(TimeSpan.FromMinutes(1)));
        Assert.False(meter.IsActive("LEAK"));
    }

    [Fact]
    public void TheMetersSilenceDoesNotClearALeakThatWeFound()
    {
        var meter = LearnedWeek("ColdWaterMeter", 0, out var register, out var hour);
        for (var i = 0; i < 24; i++)
            TellHour(meter, ref register, hour++, 8);
        meter.Report("leakDetected", 0, Hour(hour));
        Assert.True(meter.IsActive("LEAK"));
    }

    [Theory, MemberData(nameof(ModelsOfHabit))]
    public void ThreeHoursFarFromTheUsualAreADeviation(string model)
    {
        var meter = new LoneTwin(model, TimeSpan.FromHours(1), null, ("permanentFlowLitresPerHour", "2500"));
        var register = 100_000.0;
        for (var hour = 0; hour < 24 * 28; hour++)
            TellHour(meter, ref register, hour, 500);
        var next = 24 * 28;
        TellHour(meter, ref register, next++, 4000);
        TellHour(meter, ref register, next++, 4000);
        Assert.False(meter.IsActive("DEVIATION"));
        TellHour(meter, ref register, next++, 4000);
        Assert.True(meter.IsActive("DEVIATION"));
        Assert.True(meter["deviationSpreads"].Value > 6);
        TellHour(meter, ref register, next, 500);
        Assert.False(meter.IsActive("DEVIATION"));
        Assert.Equal(AlarmPriority.Journal, meter.Rules.Alarms[meter.Rules.IndexOf("DEVIATION")].Priority);
    }

    private static Instant Minute(double minute) => s_midnight.Plus(TimeSpan.FromMinutes(minute));

    private static Instant Hour(int hour) => s_midnight.Plus(TimeSpan.FromHours(hour));

    private static string RegisterOf(LoneTwin meter) => MeterRules.SummaryNames(meter.Rules.Model.Id)[1];

    private static void TellWindow(LoneTwin meter, int window, string volts, string phase)
    {
        var minute = window * 10;
        foreach (var value in volts.Split(' '))
            meter.Report(phase, double.Parse(value, CultureInfo.InvariantCulture), Minute(minute++));
    }

    private static void TellHour(LoneTwin meter, ref double register, int hour, double amount)
    {
        register += amount;
        meter.Report(RegisterOf(meter), register, Hour(hour + 1));
    }

    // Eight days with a pause at night, so that a minimum is known.
    private static LoneTwin LearnedWeek(string model, double minimum, out double register, out int hour)
    {
        var meter = new LoneTwin(model, TimeSpan.FromHours(1), null, ("permanentFlowLitresPerHour", "2500"));
        register = 10_000;
        meter.Report(RegisterOf(meter), register, Hour(0));
        for (hour = 0; hour < 24 * 8; hour++)
            TellHour(meter, ref register, hour, hour % 24 < 5 ? minimum : minimum + 60);
        // Another pause: the evening before does not count towards the day of a leak.
        TellHour(meter, ref register, hour++, minimum);
        return meter;
    }
}
