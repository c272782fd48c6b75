using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Tests.Meters;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using static DigitalTwin.Model.Alarms.AlarmPriority;

namespace DigitalTwin.Model.Tests.Networks;

/// <summary>Every alarm rule of feeders and lighting cabinets: limits, delays to the second, priority.</summary>
public sealed class NetworkAlarmTests
{
    private static readonly AlarmCase[] s_cases =
    [
        new("Feeder", "NO_SUPPLY", Critical, 10, 60, "energized=0", "energized=1", "energized=1"),
        // 20 % of the meters and at least five.
        new("Feeder", "METERS_SILENT", Medium, 300, 300,
            "Meters=30 MetersSilent=6", "Meters=30 MetersSilent=5", "Meters=30 MetersSilent=5",
            Before: "activePowerWatts=9"),
        new("Feeder", "METERS_SILENT", Medium, 300, 300,
            "Meters=6 MetersSilent=5", "Meters=6 MetersSilent=4", "Meters=6 MetersSilent=4",
            Before: "activePowerWatts=9"),
        new("LightingCabinet", "SUPPLY_LOSS", High, 10, 60,
            "voltageL1Volts=99.9", "voltageL1Volts=100", "voltageL1Volts=150", Hold: "voltageL1Volts=149.9"),
        new("LightingCabinet", "DOOR", Low, 7200, 60, "doorOpen=1", "doorOpen=0", "doorOpen=0"),
        new("LightingCabinet", "CONTACTOR", High, 300, 60,
            "contactorClosed=1", "contactorClosed=0", "contactorClosed=0"),
        // More than 8 % of the lamps and at least four; a failed one and a dark one count alike.
        new("LightingCabinet", "LAMPS_OUT", Medium, 120, 300,
            "Lights=50 LightsFailed=3 LightsUnexpectedlyOff=2", "Lights=50 LightsFailed=2 LightsUnexpectedlyOff=2",
            "Lights=50 LightsFailed=4", Before: "doorOpen=0"),
        new("LightingCabinet", "LAMPS_OUT", Medium, 120, 300,
            "Lights=9 LightsFailed=4", "Lights=9 LightsFailed=3", "Lights=9 LightsFailed=3", Before: "doorOpen=0"),
        new("LightingCabinet", "LAMPS_BURN_BY_DAY", Medium, 300, 300,
            "Lights=50 LightsBurningByDay=6", "Lights=50 LightsBurningByDay=5", "Lights=50 LightsBurningByDay=5",
            Before: "doorOpen=0"),
    ];

    private static readonly string[] s_keysBelow = ["Feeder/LOSS", "Feeder/NODATA", "LightingCabinet/NODATA"];

    public static TheoryData<int> All => [.. Enumerable.Range(0, s_cases.Length)];

    public static TheoryData<int> WithDeadband =>
        [.. Enumerable.Range(0, s_cases.Length).Where(row => s_cases[row].Hold is not null)];

    [Theory, MemberData(nameof(All))]
    public void JustUnderItsLimitItNeverComes(int row) => s_cases[row].StaysQuietUnderItsLimit();

    [Theory, MemberData(nameof(All))]
    public void ItComesExactlyAfterItsDelayAndNotASecondBefore(int row) => s_cases[row].ComesExactlyAfterItsDelay();

    [Theory, MemberData(nameof(All))]
    public void ABreakBeginsTheDelayAnew(int row) => s_cases[row].ABreakBeginsTheDelayAnew();

    [Theory, MemberData(nameof(All))]
    public void TheClockConfirmsWhatNothingElseDid(int row) => s_cases[row].TheClockConfirmsIt();

    [Theory, MemberData(nameof(WithDeadband))]
    public void InItsDeadbandItNeitherComesNorGoes(int row) => s_cases[row].StaysInTheDeadband();

    [Theory, MemberData(nameof(All))]
    public void ItGoesExactlyAfterItsDelayAndNotASecondBefore(int row) => s_cases[row].GoesExactlyAfterItsDelay();

    [Theory, MemberData(nameof(All))]
    public void ItsPriorityAndDelaysAreTheDomains(int row) => s_cases[row].IsAsTheNormSays();

    [Fact]
    public void EveryRuleOfANetworkOrBuildingHasACase() =>
        Assert.Equal(
            AlarmCase.KeysOf(TwinKind.Feeder, TwinKind.LightingCabinet, TwinKind.Building).Order(),
            s_cases.Select(entry => entry.Key).Concat(s_keysBelow).Distinct().Order());

    // Limits of the norm: 12 % of electricity, 25 % of cold and 20 % of hot water, 4 % of gas, 18 % of heat.
    [Theory]
    [InlineData("electricity", 0.12)]
    [InlineData("coldWater", 0.25)]
    [InlineData("hotWater", 0.20)]
    [InlineData("gas", 0.04)]
    [InlineData("heat", 0.18)]
    public void ALossOfThreeHoursAlarms(string medium, double limit)
    {
        var hour = 500_000;
        var feeder = Feeder(medium);
        Tell(limit + 0.001, 2);
        Tell(limit, 1);
        Tell(limit + 0.001, 2);
        Assert.Empty(feeder.Alarms);
        Tell(limit + 0.001, 1);
        Assert.Equal(["+LOSS"], feeder.Alarms);
        Assert.Equal(AlarmCaseEnd(hour), feeder.Signals[0].At);
        Tell(limit - 0.029, 5);
        Assert.Equal(["+LOSS"], feeder.Alarms);
        Tell(limit - 0.031, 1);
        Assert.Equal(["+LOSS", "-LOSS"], feeder.Alarms);
        Assert.Equal(Medium, feeder.Rules.Alarms[feeder.Rules.IndexOf("LOSS")].Priority);

        void Tell(double share, int hours)
        {
            for (var i = 0; i < hours; i++)
                feeder.TakeBalance(new NetworkBalance(++hour, 1_000_000, 1_000_000 * (1 - share), 10, 10));
        }
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    public void ALossThatNobodyCanVouchForAlarmsNobody(int counted, bool isBelieved)
    {
        var feeder = Feeder("electricity");
        for (var hour = 0; hour < 5; hour++)
            feeder.TakeBalance(new NetworkBalance(500_000 + hour, 1000, 50 * counted, counted, 10));
        Assert.Equal(isBelieved, feeder.IsActive("LOSS"));
        Assert.Equal(isBelieved, feeder["lossPercent"].Quality == Model.Telemetry.Quality.Good);
        Assert.Equal(100.0 * (10 - counted) / 10, feeder["metersMissingPercent"].Value, 1e-9);
        Assert.Equal(counted * 10.0, feeder["balanceConfidencePercent"].Value, 1e-9);
        // Half of what went in was taken by each tenth; the missing ones took as much as the others.
        Assert.Equal(50, feeder["lossPercent"].Value, 1e-9);
    }

    [Theory]
    [InlineData("Feeder")]
    [InlineData("LightingCabinet")]
    public void SilenceIsThreeIntervalsAndAtLeastAQuarterOfAnHour(string model)
    {
        foreach (var (minutes, seconds) in (ReadOnlySpan<(int, int)>)[(1, 900), (5, 900), (10, 1800)])
        {
            var twin = new LoneTwin(model, TimeSpan.FromMinutes(minutes));
            twin.Report("activePowerWatts", 5, AlarmCase.Start);
            twin.Look(AlarmCase.At(seconds));
            Assert.Empty(twin.Alarms);
            twin.Look(AlarmCase.At(seconds + 1));
            Assert.Equal(["+NODATA"], twin.Alarms);
            twin.Report("activePowerWatts", 5, AlarmCase.At(seconds + 60));
            Assert.Equal(["+NODATA", "-NODATA"], twin.Alarms);
            Assert.Equal(Medium, twin.Rules.Alarms[twin.Rules.IndexOf("NODATA")].Priority);
        }
    }

    private static LoneTwin Feeder(string medium) => new("Feeder", TimeSpan.FromDays(1), null, ("medium", medium));

    private static Instant AlarmCaseEnd(int hour) => new((hour + 1L) * 3_600_000);
}
