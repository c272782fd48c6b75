using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Tests.Alarms;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Streetlights;

/// <summary>The alarms of lights and cabinets, each at its edges and exactly after its delays.</summary>
public sealed class LightingAlarmTests
{
    private const string Light = "Streetlight";
    private const string Cabinet = "LightingCabinet";

    // In Almaty 10:00 and 17:30 of 20 November: civil dusk is before 17:00, the full level lasts until 23:00.
    private static readonly Instant s_day = Instant.Utc(2026, 11, 20, 5);
    private static readonly Instant s_evening = Instant.Utc(2026, 11, 20, 12, 30);

    private static readonly (string, string) s_hundredWatts = ("nominalPowerWatts", "100");

    internal static IReadOnlyList<AlarmRuleCase> Cases { get; } =
    [
        new(Light, "LAMP_FAILURE", s_evening, 60, 60, "lampFailure=0", "lampFailure=1", "", "lampFailure=0"),
        // A tenth of what the lamp draws at its level.
        new(Light, "LAMP_FAILURE", s_evening, 60, 60, "activePowerWatts=10", "activePowerWatts=9.99", "",
            "activePowerWatts=10", "dimLevelPercent=100", s_hundredWatts),
        new(Light, "LAMP_FAILURE", s_evening, 60, 60, "activePowerWatts=5", "activePowerWatts=4.99", "",
            "activePowerWatts=5", "dimLevelPercent=50", s_hundredWatts),
        new(Light, "GEAR_FAILURE", s_evening, 60, 60, "controlGearFailure=0", "controlGearFailure=1", "",
            "controlGearFailure=0"),
        new(Light, "DAY_BURNER", s_day, 300, 60, "dimLevelPercent=0", "dimLevelPercent=0.5", "", "dimLevelPercent=0"),
        new(Light, "UNEXPECTED_OFF", s_evening, 300, 60, "dimLevelPercent=0.5", "dimLevelPercent=0", "",
            "dimLevelPercent=0.5"),
        new(Light, "WRONG_LEVEL", s_evening, 900, 60, "dimLevelPercent=88", "dimLevelPercent=87.99", "",
            "dimLevelPercent=88"),
        new(Light, "SUPPLY_LOSS", s_evening, 60, 60, "supplyVoltageVolts=100", "supplyVoltageVolts=99.9",
            "supplyVoltageVolts=149.9", "supplyVoltageVolts=150"),
        new(Light, "OVERHEAT", s_evening, 300, 300, "gearTemperatureCelsius=80", "gearTemperatureCelsius=80.1",
            "gearTemperatureCelsius=70.1", "gearTemperatureCelsius=70"),
        new(Cabinet, "CONTACTOR", s_day, 300, 60, "contactorClosed=0", "contactorClosed=1", "", "contactorClosed=0"),
        new(Cabinet, "CONTACTOR", s_evening, 300, 60, "contactorClosed=1", "contactorClosed=0", "",
            "contactorClosed=1"),
        new(Cabinet, "SUPPLY_LOSS", s_evening, 10, 60, "voltageL1Volts=100", "voltageL1Volts=99.9",
            "voltageL1Volts=149.9",
            "voltageL1Volts=150"),
        new(Cabinet, "DOOR", s_day, 7_200, 60, "doorOpen=0", "doorOpen=1", "", "doorOpen=0"),
    ];

    public static TheoryData<int> Indices { get; } = new(Enumerable.Range(0, Cases.Count));

    [Theory]
    [MemberData(nameof(Indices))]
    public void AnAlarmComesAndGoesAtItsEdgesExactlyAfterItsDelays(int index)
    {
        Cases[index].Play(isByClock: true);
        Cases[index].Play(isByClock: false);
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    [CaseOfRule(Light, "CYCLING")]
    public void SixSwitchingsInAnHourAreCycling(int switchings, bool isCycling)
    {
        var light = new LoneTwin(Light);
        // The first level that is heard is no switching.
        light.Report("dimLevelPercent", 100, s_evening);
        for (var i = 1; i <= switchings; i++)
            light.Report("dimLevelPercent", i % 2 == 0 ? 100 : 0, At(i));

        Assert.Equal(isCycling, light.IsActive("CYCLING"));
        Assert.Equal(isCycling ? [At(6)] : [], light.Signals.Select(signal => signal.At));

        Instant At(int minute) => s_evening.Plus(TimeSpan.FromMinutes(minute));
    }

    [Fact]
    public void CyclingIsOverAnHourAfterAnHourWithFewSwitchings()
    {
        var light = new LoneTwin(Light);
        for (var minute = 0; minute <= 6; minute++)
            light.Report("dimLevelPercent", minute % 2 == 0 ? 100 : 0, At(minute));
        Assert.True(light.IsActive("CYCLING"));

        // The hour of the switchings ends at minute 60; quiet since then.
        for (var minute = 10; minute < 120; minute += 5)
            light.Report("dimLevelPercent", 100, At(minute));
        light.Look(At(120).Plus(TimeSpan.FromSeconds(-1)));
        Assert.True(light.IsActive("CYCLING"));
        light.Look(At(120));
        Assert.False(light.IsActive("CYCLING"));

        Instant At(int minute) => s_evening.Plus(TimeSpan.FromMinutes(minute));
    }

    // Three intervals of five minutes; a quarter of an hour at least.
    [Theory]
    [InlineData(Light, "dimLevelPercent", 300, 900)]
    [InlineData(Light, "dimLevelPercent", 60, 900)]
    [InlineData(Light, "dimLevelPercent", 600, 1_800)]
    [InlineData(Cabinet, "contactorClosed", 300, 900)]
    [InlineData(Cabinet, "contactorClosed", 600, 1_800)]
    [CaseOfRule(Light, "NODATA")]
    [CaseOfRule(Cabinet, "NODATA")]
    public void SilenceIsAnAlarmAfterThreeIntervals(string model, string name, int intervalSeconds, int silentSeconds)
    {
        var twin = new LoneTwin(model, TimeSpan.FromSeconds(intervalSeconds));
        twin.Report(name, 1, s_evening);

        twin.Look(s_evening.Plus(TimeSpan.FromSeconds(silentSeconds)));
        Assert.False(twin.IsActive("NODATA"));
        var late = s_evening.Plus(TimeSpan.FromSeconds(silentSeconds + 1));
        twin.Look(late);
        Assert.True(twin.IsActive("NODATA"));

        twin.Report(name, 1, late.Plus(TimeSpan.FromSeconds(1)));
        Assert.False(twin.IsActive("NODATA"));
    }

    // Above 8 % and at least four of the lamps; above 10 % and at least four by day.
    [Theory]
    [InlineData("LAMPS_OUT", 120, 300, 50, 4, false)]
    [InlineData("LAMPS_OUT", 120, 300, 50, 5, true)]
    [InlineData("LAMPS_OUT", 120, 300, 20, 3, false)]
    [InlineData("LAMPS_OUT", 120, 300, 20, 4, true)]
    [InlineData("LAMPS_BURN_BY_DAY", 300, 300, 50, 5, false)]
    [InlineData("LAMPS_BURN_BY_DAY", 300, 300, 50, 6, true)]
    [InlineData("LAMPS_BURN_BY_DAY", 300, 300, 20, 3, false)]
    [InlineData("LAMPS_BURN_BY_DAY", 300, 300, 20, 4, true)]
    [CaseOfRule(Cabinet, "LAMPS_OUT")]
    [CaseOfRule(Cabinet, "LAMPS_BURN_BY_DAY")]
    public void ManyLampsOfACabinetAreOneAlarm(
        string code, int onSeconds, int offSeconds, int lamps, int troubled, bool isAlarm)
    {
        var cabinet = new LoneTwin(Cabinet);
        var measures = code == "LAMPS_OUT"
            ? new[] { RollupMeasure.LightsFailed, RollupMeasure.LightsUnexpectedlyOff }
            : [RollupMeasure.LightsBurningByDay];
        cabinet.Report("doorOpen", 0, s_evening);
        cabinet.TakeSums(Sums(lamps, troubled, measures), s_evening);

        cabinet.Look(s_evening.Plus(TimeSpan.FromSeconds(onSeconds - 1)));
        Assert.False(cabinet.IsActive(code));
        var raisedAt = s_evening.Plus(TimeSpan.FromSeconds(onSeconds));
        cabinet.Look(raisedAt);
        Assert.Equal(isAlarm, cabinet.IsActive(code));
        if (!isAlarm)
            return;

        var repairedAt = s_evening.Plus(TimeSpan.FromSeconds(600));
        cabinet.Report("doorOpen", 0, repairedAt);
        cabinet.TakeSums(Sums(lamps, 0, measures), repairedAt);
        cabinet.Look(repairedAt.Plus(TimeSpan.FromSeconds(offSeconds - 1)));
        Assert.True(cabinet.IsActive(code));
        cabinet.Look(repairedAt.Plus(TimeSpan.FromSeconds(offSeconds)));
        Assert.False(cabinet.IsActive(code));
    }

    // The order of a message's values used to leave "draws nothing while it burns" pending at every dawn.
    [Theory]
    [InlineData("activePowerWatts", "dimLevelPercent")]
    [InlineData("dimLevelPercent", "activePowerWatts")]
    public void ALampThatIsSwitchedOffOrOnHasNotFailed(string first, string second)
    {
        var light = new LoneTwin(Light, attributes: s_hundredWatts);
        var at = s_evening;
        foreach (var percent in new[] { 100, 0, 100, 0 })
        {
            at = at.Plus(TimeSpan.FromMinutes(5));
            light.Report(first, percent, at);
            light.Report(second, percent, at);
            light.Look(at.Plus(TimeSpan.FromMinutes(4)));
        }

        Assert.DoesNotContain("+LAMP_FAILURE", light.Alarms);
    }

    [Theory]
    [InlineData("activePowerWatts", "dimLevelPercent")]
    [InlineData("dimLevelPercent", "activePowerWatts")]
    public void ALampThatDrawsNothingWhenSwitchedOnHasFailedAMinuteLater(string first, string second)
    {
        var light = new LoneTwin(Light, attributes: s_hundredWatts);
        light.Report("dimLevelPercent", 0, s_evening.Plus(TimeSpan.FromMinutes(-5)));
        foreach (var name in new[] { first, second })
            light.Report(name, name == "dimLevelPercent" ? 100 : 1, s_evening);

        light.Look(s_evening.Plus(TimeSpan.FromSeconds(60)));

        Assert.Contains("+LAMP_FAILURE", light.Alarms);
    }

    // Half of them failed and half dark, as far as the measures go round.
    private static Tally Sums(int lamps, int troubled, RollupMeasure[] measures)
    {
        var sums = default(Tally);
        for (var lamp = 0; lamp < lamps; lamp++)
        {
            var share = default(Share);
            share.Count(RollupMeasure.Lights);
            if (lamp < troubled)
                share.Count(measures[lamp % measures.Length]);
            sums.Replace(default, in share);
        }

        return sums;
    }
}
