using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Streetlights;

/// <summary>
/// What was asked for, what is planned and what a light does; overrides, obedience, hours and energy.
/// </summary>
public sealed class StreetlightStateTests
{
    private static readonly Instant s_evening = Instant.Utc(2026, 11, 20, 12, 30);
    private static readonly Instant s_day = Instant.Utc(2026, 11, 20, 5);

    // TALQ 2.7.1: targetLightCommand, feedbackLightCommand and actualLightState.
    [Fact]
    public void RequestedFeedbackActualAndPlannedLevelStandSideBySide()
    {
        var light = new LoneTwin("Streetlight");
        light.Report("requestedDimPercent", 30, s_evening);
        Assert.Equal((byte)LightCondition.Unknown, light.State.Condition);
        light.Report("feedbackDimPercent", 40, s_evening);
        Assert.Equal((byte)LightCondition.Unknown, light.State.Condition);
        light.Report("dimLevelPercent", 95, s_evening);

        Assert.Equal(
            (30, 40, 95, 100),
            (light["requestedDimPercent"].Value, light["feedbackDimPercent"].Value, light["dimLevelPercent"].Value,
                light["plannedDimPercent"].Value));
        Assert.Equal((byte)LightCondition.Dimmed, light.State.Condition);
        // What a controller says of its command is not what the lamp does.
        Assert.Equal(LightObedience.Obeys, light.Light.Obedience);
    }

    [Theory]
    [InlineData(100, LightObedience.Obeys)]
    [InlineData(88, LightObedience.Obeys)]
    [InlineData(87.9, LightObedience.WrongLevel)]
    [InlineData(0.1, LightObedience.WrongLevel)]
    [InlineData(0, LightObedience.IsOff)]
    public void InTheEveningObedienceIsAFactOfTheReport(double percent, LightObedience expected) =>
        Assert.Equal(expected, After(percent, s_evening).Light.Obedience);

    [Theory]
    [InlineData(0, LightObedience.Obeys)]
    [InlineData(0.1, LightObedience.IsOn)]
    [InlineData(100, LightObedience.IsOn)]
    public void ByDayObedienceIsToBeDark(double percent, LightObedience expected) =>
        Assert.Equal(expected, After(percent, s_day).Light.Obedience);

    // The plan may be followed 150 seconds early or late: controllers have clocks of their own.
    [Theory]
    [InlineData(-151, 100, LightObedience.IsOn)]
    [InlineData(-149, 100, LightObedience.Obeys)]
    [InlineData(149, 0, LightObedience.Obeys)]
    [InlineData(151, 0, LightObedience.IsOff)]
    [InlineData(-151, 0, LightObedience.Obeys)]
    [InlineData(151, 100, LightObedience.Obeys)]
    public void AroundDuskBothAreRightForAWhile(int secondsFromDusk, double percent, LightObedience expected) =>
        Assert.Equal(expected, After(percent, Dusk().Plus(TimeSpan.FromSeconds(secondsFromDusk))).Light.Obedience);

    // At dusk 1,000 lights report at their own second of five minutes; some stay dark.
    [Fact]
    public void WhoDidNotObeyAtDuskIsKnownWithTheLastReport()
    {
        var random = new Random(20);
        var sums = default(Tally);
        var (dark, known) = (0, 0);
        for (var i = 0; i < 1_000; i++)
        {
            var light = new LoneTwin("Streetlight", TimeSpan.FromMinutes(5));
            var isDark = random.Next(50) == 0;
            dark += isDark ? 1 : 0;
            var firstAfterDusk = Dusk().Plus(TimeSpan.FromSeconds(151 + i * 0.299));
            light.Report("dimLevelPercent", 0, firstAfterDusk.Plus(TimeSpan.FromMinutes(-5)));
            sums.Replace(light.LastEffects.Before, light.LastEffects.After);
            light.Report("dimLevelPercent", isDark ? 0 : 100, firstAfterDusk);
            sums.Replace(light.LastEffects.Before, light.LastEffects.After);
            known += light.State.Condition == (byte)LightCondition.UnexpectedlyOff ? 1 : 0;
        }

        Assert.InRange(dark, 10, 40);
        Assert.Equal(dark, known);
        Assert.Equal(dark, sums.Of(RollupMeasure.LightsUnexpectedlyOff));
        Assert.Equal(1_000 - dark, sums.Of(RollupMeasure.LightsObeying));
    }

    [Fact]
    public void AnOperatorsLevelGoesBeforeTheProgrammeUntilItExpires()
    {
        var light = new LoneTwin("Streetlight");
        var until = s_day.Plus(TimeSpan.FromHours(1));
        StreetlightRules.Override(ref light.Light, 60, until);

        Assert.Equal(60, Planned(until.Plus(TimeSpan.FromSeconds(-1))));
        Assert.Equal(0, Planned(until));

        light.Report("dimLevelPercent", 60, s_day);
        Assert.Equal(LightObedience.Obeys, light.Light.Obedience);
        Assert.Equal(60, light["plannedDimPercent"].Value);
        light.Report("dimLevelPercent", 0, s_day.Plus(TimeSpan.FromMinutes(5)));
        Assert.Equal(LightObedience.IsOff, light.Light.Obedience);
        light.Report("dimLevelPercent", 40, s_day.Plus(TimeSpan.FromMinutes(10)));
        Assert.Equal(LightObedience.WrongLevel, light.Light.Obedience);
        light.Report("dimLevelPercent", 60, until);
        Assert.Equal(LightObedience.IsOn, light.Light.Obedience);

        double Planned(Instant at) => StreetlightRules.PlannedPercent(in light.Light, LoneTwin.City.Lighting, at);
    }

    [Fact]
    public void AnOverrideThatHasPassedEndsOneThatRuns()
    {
        var light = new LoneTwin("Streetlight");
        StreetlightRules.Override(ref light.Light, 60, s_day.Plus(TimeSpan.FromHours(1)));
        StreetlightRules.Override(ref light.Light, 60, s_day.Plus(TimeSpan.FromHours(-1)));

        light.Report("dimLevelPercent", 60, s_day);

        Assert.Equal(LightObedience.IsOn, light.Light.Obedience);
    }

    [Theory]
    [InlineData(60, 0, 0)]
    [InlineData(61, 0, 60)]
    [InlineData(60, 1, 60)]
    public void TheEndOfAnOverrideEndsThatOneAndNoOther(double percent, int secondsLater, double planned)
    {
        var light = new LoneTwin("Streetlight");
        var until = s_day.Plus(TimeSpan.FromHours(1));
        StreetlightRules.Override(ref light.Light, 60, until);

        StreetlightRules.EndOverride(ref light.Light, percent, until.Plus(TimeSpan.FromSeconds(secondsLater)));

        Assert.Equal(planned, StreetlightRules.PlannedPercent(in light.Light, LoneTwin.City.Lighting, s_day));
    }

    // A bad level used to be shown as if it were the lamp's.
    [Fact]
    public void WhatTheDeviceItselfCallsBadIsNotShown()
    {
        var light = new LoneTwin("Streetlight");
        light.Report("dimLevelPercent", 100, s_evening, quality: Quality.Bad);
        light.Report("lampFailure", 1, s_evening, quality: Quality.Bad);
        Assert.Equal((byte)LightCondition.Unknown, light.State.Condition);

        light.Report("dimLevelPercent", 100, s_evening.Plus(TimeSpan.FromSeconds(1)));
        Assert.Equal((byte)LightCondition.On, light.State.Condition);
    }

    // A night of random levels, reported in either order, with gaps; recounted by hand in tenths of a watt-second.
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void HoursAndEnergyAreWhatTheLampDidUntilEachReport(int seed, bool isPowerFirst)
    {
        var random = new Random(seed);
        var light = new LoneTwin("Streetlight");
        var at = s_evening;
        var (wattSeconds, litSeconds) = (0.0, 0L);
        var (percent, watts) = (0, 0.0);
        for (var report = 0; report < 2_000; report++)
        {
            // Now and then a gap of more than an hour: nothing is known of it.
            var gap = random.Next(40) == 0 ? random.Next(3_601, 20_000) : random.Next(1, 3_601);
            at = at.Plus(TimeSpan.FromSeconds(gap));
            if (report > 0 && gap <= 3_600)
            {
                wattSeconds += watts * gap;
                litSeconds += percent > 0 ? gap : 0;
            }

            (percent, watts) = (random.Next(3) == 0 ? 0 : random.Next(1, 101), random.Next(0, 1_000) / 8.0);
            if (isPowerFirst)
                light.Report("activePowerWatts", watts, at);
            light.Report("dimLevelPercent", percent, at);
            if (!isPowerFirst)
                light.Report("activePowerWatts", watts, at);
        }

        Assert.Equal(litSeconds, light.Light.BurntSeconds);
        Assert.Equal(wattSeconds / 3_600, light.Light.EnergyWattHours, wattSeconds * 1e-12);
        Assert.Equal(light.Light.EnergyWattHours, light["energyWattHours"].Value);
    }

    // Thirty years of lit minutes: in hours of single precision the minutes used to be rounded away one by one.
    [Fact]
    public void YearsOfShortStepsAreNotRoundedAway()
    {
        var light = new LoneTwin("Streetlight");
        light.Light.BurntSeconds = 4_000 * 3_600 * 30;
        light.Report("dimLevelPercent", 100, s_evening);
        for (var step = 1; step <= 600; step++)
            light.Report("dimLevelPercent", 100, s_evening.Plus(TimeSpan.FromSeconds(10 * step)));

        Assert.Equal(4_000u * 3_600 * 30 + 6_000, light.Light.BurntSeconds);
    }

    [Fact]
    public void ACabinetsBurningHoursAreThoseOfItsContactor()
    {
        var random = new Random(3);
        var cabinet = new LoneTwin("LightingCabinet");
        var at = s_evening;
        var (isClosed, seconds) = (false, 0L);
        for (var report = 0; report < 2_000; report++)
        {
            var gap = random.Next(1, 5_000);
            at = at.Plus(TimeSpan.FromSeconds(gap));
            // A silence of more than an hour counts as one hour.
            seconds += isClosed ? Math.Min(gap, 3_600) : 0;
            isClosed = random.Next(2) == 0;
            cabinet.Report("contactorClosed", isClosed ? 1 : 0, at);
        }

        Assert.Equal(seconds / 3_600.0, cabinet["burningHours"].Value);
    }

    // The register moves 600 Wh an hour; hours end on the hour wherever the reports fall.
    [Fact]
    public void ACabinetsHoursOfEnergyComeFromItsRegister()
    {
        var cabinet = new LoneTwin("LightingCabinet");
        var start = Instant.Utc(2026, 11, 20, 12, 10);
        for (var minute = 0; minute <= 180; minute += 20)
            cabinet.Report("activeEnergyImportWattHours", 50_000 + 10 * minute,
                start.Plus(TimeSpan.FromMinutes(minute)));

        var hour = (int)(Instant.Utc(2026, 11, 20, 12).UnixMilliseconds / 3_600_000);
        Assert.Equal(
            [(hour + 1, 600_000L), (hour + 2, 600_000L)],
            cabinet.Hours.Where(closed => closed.Hour > hour)
                .Select(closed => (closed.Hour, closed.AmountThousandths)));
    }

    private static LoneTwin After(double percent, Instant at)
    {
        var light = new LoneTwin("Streetlight");
        light.Report("dimLevelPercent", percent, at);
        return light;
    }

    private static Instant Dusk() => LoneTwin.City.Lighting.SwitchTimesOf(0, CivilTime.DayOf(s_evening)).On;
}
