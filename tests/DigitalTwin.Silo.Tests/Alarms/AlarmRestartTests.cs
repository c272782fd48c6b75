using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Alarms;

/// <summary>
/// Twins start anew with the process and the board does not: what stands must neither be raised again nor be lost.
/// </summary>
public sealed class AlarmRestartTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 7); // noon in Almaty

    // What keeps an alarm up, by twin; each minute the same.
    private static readonly (string Twin, string Code, (string Name, double Value)[] Readings)[] s_standing =
    [
        ("b0-0-e", "OUTAGE", [("voltageL1Volts", 0), ("voltageL2Volts", 0), ("voltageL3Volts", 0)]),
        ("b0-1-e", "PHASELOSS", [("voltageL1Volts", 20), ("voltageL2Volts", 220), ("voltageL3Volts", 221)]),
        ("b0-2-e", "UV", [("voltageL1Volts", 190), ("voltageL2Volts", 192), ("voltageL3Volts", 191)]),
        ("b1-0-e", "OV", [("voltageL1Volts", 250), ("voltageL2Volts", 221), ("voltageL3Volts", 222)]),
        ("b1-1-e", "FREQ", [("frequencyHertz", 49)]),
        ("b1-2-e", "MAGNET", [("magneticFieldDetected", 1)]),
        ("b0-0-c", "DRY", [("flowLitresPerHour", 10), ("pressureKilopascals", 5)]),
        ("b0-1-c", "FREEZE", [("waterTemperatureCelsius", 1)]),
        ("b0-2-c", "LOWBATT", [("batteryPercent", 4)]),
        ("b1-0-c", "REVERSE", [("flowLitresPerHour", -50)]),
        ("l0-0", "LAMP_FAILURE", [("dimLevelPercent", 0), ("activePowerWatts", 0), ("lampFailure", 1)]),
        ("l0-1", "DAY_BURNER", [("dimLevelPercent", 100), ("activePowerWatts", 90), ("lampFailure", 0)]),
        ("l0-2", "SUPPLY_LOSS", [("dimLevelPercent", 0), ("supplyVoltageVolts", 20)]),
        ("l0-3", "OVERHEAT", [("dimLevelPercent", 0), ("gearTemperatureCelsius", 85)]),
        ("cab0", "DOOR", [("doorOpen", 1), ("contactorClosed", 0)]),
        ("cab1", "CONTACTOR", [("contactorClosed", 1)]),
        ("fd0", "NO_SUPPLY", [("energized", 0)]),
    ];

    [Fact]
    public async Task WhatStandsIsNeitherRaisedAgainNorClearedByARestart()
    {
        await using var city = await RestartedCity.StartAsync(TestCity.Build(), s_noon);
        await GoOnAsync(city, minutes: 135);
        foreach (var (twin, code, _) in s_standing)
            Assert.True(await IsActiveAsync(city, twin, code), $"{twin}:{code} was not raised");
        var before = await StepsAsync(city);
        var known = await city.AskAsync(board => board.AlarmCount);

        await city.KillAndRestartAsync(downFor: TimeSpan.FromMinutes(2));
        await GoOnAsync(city, minutes: 135);

        Assert.Equal(before, await StepsAsync(city));
        Assert.Equal(known, await city.AskAsync(board => board.AlarmCount));
    }

    [Fact]
    public async Task WhatWentWhileTheServerWasDownClearsAsSoonAsTheTwinSaysSo()
    {
        await using var city = await RestartedCity.StartAsync(TestCity.Build(), s_noon);
        await city.ReportAsync("b0-0-e", "magneticFieldDetected", 1);
        await city.ReportAsync("b1-1-c", "flowLitresPerHour", -50);
        Assert.Equal(2, await city.AskAsync(board => board.ActiveAlarms().Count));

        await city.KillAndRestartAsync(downFor: TimeSpan.FromHours(1));
        Assert.Equal(1, (await city.Engine.GetAsync(city.Handle("b0-0-e"), default)).State.ActiveAlarms);
        await city.ReportAsync("b0-0-e", "magneticFieldDetected", 0);
        await city.ReportAsync("b1-1-c", "flowLitresPerHour", 20);
        await city.ReportAsync("b1-1-c", "flowLitresPerHour", 20, city.Time.Now.Plus(TimeSpan.FromHours(2)));

        // Tampering latches until somebody resets it; reverse flow does not.
        Assert.Equal(AlarmState.LatchedUnack, await city.AskAsync(board => board.Find("b0-0-e:MAGNET")!.State));
        Assert.Equal(AlarmState.UnackReturned, await city.AskAsync(board => board.Find("b1-1-c:REVERSE")!.State));
        Assert.Empty(await city.AskAsync(board => board.ActiveAlarms()));
    }

    [Fact]
    public async Task WhatWasRaisedButNotYetOnDiskIsRaisedAgain()
    {
        await using var city = await RestartedCity.StartAsync(TestCity.Build(), s_noon);
        await city.KillAndRestartAsync();
        Assert.Equal(0, await city.AskAsync(board => board.AlarmCount));

        await city.ReportAsync("b0-0-e", "magneticFieldDetected", 1);
        Assert.Equal(1, await city.AskAsync(board => board.Find("b0-0-e:MAGNET")!.Activations));
    }

    [Fact]
    public async Task ATwinThatWasSilentBeforeIsSilentAfterUntilItSpeaks()
    {
        await using var city = await RestartedCity.StartAsync(TestCity.Build(), s_noon);
        await city.ReportAsync("l0-0", "dimLevelPercent", 0);
        for (var minute = 0; minute < 20; minute++)
        {
            city.Time.Advance(TimeSpan.FromMinutes(1));
            await city.SettleAsync();
        }

        Assert.True(await IsActiveAsync(city, "l0-0", "NODATA"));

        await city.KillAndRestartAsync();
        city.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(await IsActiveAsync(city, "l0-0", "NODATA"));
        await city.ReportAsync("l0-0", "dimLevelPercent", 0);
        Assert.False(await IsActiveAsync(city, "l0-0", "NODATA"));
        Assert.Equal(1, await city.AskAsync(board => board.Find("l0-0:NODATA")!.Activations));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ALeakThatRunsOnIsStillALeakThoughTheMetersHabitsAreForgotten(bool sendsItsFlag)
    {
        // The first hour after a restart used to clear it, and ten days would pass before it was found again.
        await using var city = await RestartedCity.StartAsync(TestCity.Build(), s_noon);
        var (hour, litres) = (0, 1_000.0);
        for (; hour < 10 * 24; hour++)
            await HourAsync(hour % 24 is 3 ? 0 : 40);
        Assert.False(await IsActiveAsync(city, "b0-0-c", "LEAK"));
        for (; hour < 12 * 24; hour++)
            await HourAsync(60);
        Assert.True(await IsActiveAsync(city, "b0-0-c", "LEAK"));

        await city.KillAndRestartAsync();
        for (; hour < 14 * 24; hour++)
            await HourAsync(60);
        Assert.True(await IsActiveAsync(city, "b0-0-c", "LEAK"));
        Assert.Equal(1, await city.AskAsync(board => board.Find("b0-0-c:LEAK")!.Activations));

        for (var hours = 0; hours < 24; hours++, hour++)
            await HourAsync(hour % 24 is 3 ? 0 : 40);
        Assert.False(await IsActiveAsync(city, "b0-0-c", "LEAK"));

        async Task HourAsync(double used)
        {
            var at = s_noon.Plus(TimeSpan.FromHours(hour));
            await city.ReportAsync("b0-0-c", "volumeLitres", litres += used, at);
            if (sendsItsFlag)
                await city.ReportAsync("b0-0-c", "leakDetected", 0, at);
        }
    }

    [Fact]
    public async Task NoConsumptionStandsUntilSomethingIsConsumed()
    {
        await using var city = await RestartedCity.StartAsync(TestCity.Build(), s_noon);
        for (var day = 0; day <= 31; day++)
            await city.ReportAsync("b0-0-c", "volumeLitres", 500, s_noon.Plus(TimeSpan.FromDays(day)));
        Assert.True(await IsActiveAsync(city, "b0-0-c", "NOCONS"));

        await city.KillAndRestartAsync();
        for (var day = 32; day <= 35; day++)
            await city.ReportAsync("b0-0-c", "volumeLitres", 500, s_noon.Plus(TimeSpan.FromDays(day)));
        Assert.True(await IsActiveAsync(city, "b0-0-c", "NOCONS"));

        await city.ReportAsync("b0-0-c", "volumeLitres", 501, s_noon.Plus(TimeSpan.FromDays(36)));
        Assert.False(await IsActiveAsync(city, "b0-0-c", "NOCONS"));
    }

    private static async Task GoOnAsync(RestartedCity city, int minutes)
    {
        for (var minute = 0; minute < minutes; minute++)
        {
            foreach (var (twin, _, readings) in s_standing)
                foreach (var (name, value) in readings)
                    await city.ReportAsync(twin, name, value);
            city.Time.Advance(TimeSpan.FromMinutes(1));
            await city.SettleAsync();
        }
    }

    private static Task<bool> IsActiveAsync(RestartedCity city, string twin, string code) =>
        city.AskAsync(board => board.Find(AlarmInput.IdOf(twin, code)) is { IsActive: true });

    // What the conditions did; what operators' clocks do goes on.
    private static Task<string[]> StepsAsync(RestartedCity city) => city.AskAsync(board => board
        .TransitionsAfter(0, 100_000)
        .Where(step => step.Event is AlarmEvent.Raised or AlarmEvent.Returned)
        .Select(step => $"{step.AlarmId} {step.Event}").ToArray());
}
