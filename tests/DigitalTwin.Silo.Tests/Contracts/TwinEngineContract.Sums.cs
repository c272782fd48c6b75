using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Tests.Contracts;

/// <summary>Sums, shares, forecasts, air and overrides.</summary>
public abstract partial class TwinEngineContract
{
    [Theory]
    [InlineData("b0-0", 1)]
    [InlineData("fd0", 2)]
    [InlineData("d0", 2)]
    [InlineData("almaty", 3)]
    public async Task SumsAreExactAtTheCall(string group, int meters)
    {
        await Report("b0-0-e", "activePowerWatts", 1_500.25);
        await Report("b0-1-e", "activePowerWatts", 9);
        await Report("b1-0-e", "activePowerWatts", 70.5);

        var sums = await _engine.RollupAsync(Handle(group), default);

        var watts = new[] { 1_500.25, 9, 70.5 }.Take(meters).Sum();
        Assert.Equal((long)(watts * 1_000), sums.Of(RollupMeasure.ElectricPowerMilliwatts));
        Assert.Equal(meters, sums.Of(RollupMeasure.Meters));
        Assert.Equal(meters, sums.Of(RollupMeasure.ElectricityMetersCounted));
        Assert.Equal(0, sums.Of(RollupMeasure.ColdWaterMetersCounted));
    }

    [Fact]
    public async Task OnlyTwinsThatContainOrServeOthersHaveSums()
    {
        foreach (var twin in _graph.All())
        {
            if (_graph.ModelOf(twin).Kind is TwinKind.UtilityMeter or TwinKind.Streetlight or TwinKind.AirQualitySensor)
                await Assert.ThrowsAsync<ArgumentException>(async () => await _engine.RollupAsync(twin, default));
            else
                Assert.Equal(default, (await _engine.RollupAsync(twin, default)).Of(RollupMeasure.Meters));
        }
    }

    [Fact]
    public async Task ATwinsShareIsWhatItAddsToItsGroups()
    {
        Assert.Equal(default, await _engine.ShareAsync(Handle("b0-0-e"), default));
        await Report("b0-0-e", "activePowerWatts", 1_500.25);
        await Report("l0-0", "dimLevelPercent", 100);

        var meter = await _engine.ShareAsync(Handle("b0-0-e"), default);
        Assert.Equal((RollupMeasure.ElectricPowerMilliwatts, 1_500_250L), (meter.Measure, meter.Amount));
        Assert.Equal(Bits(RollupMeasure.Meters, RollupMeasure.ElectricityMetersCounted), meter.Counts);
        Assert.Equal(
            Bits(RollupMeasure.Lights, RollupMeasure.LightsOn, RollupMeasure.LightsObeying),
            (await _engine.ShareAsync(Handle("l0-0"), default)).Counts);
        Assert.Equal(default, await _engine.ShareAsync(Handle("b0-0"), default));

        static uint Bits(params RollupMeasure[] counts) => counts.Aggregate(0u, (bits, count) =>
            bits | 1u << (int)count);
    }

    [Fact]
    public async Task ThereIsNoForecastWhereTooLittleIsKnownOrNothingIsForetold()
    {
        await Report("b0-0-e", "activeEnergyImportWattHours", 1_000);

        foreach (var twin in new[] { "b0-0-e", "air0", "l0-0", "b0-0", "almaty", "fd0" })
            Assert.Null(await _engine.ForecastAsync(Handle(twin), default));
    }

    [Fact]
    public async Task AMeterThatIsKnownForWeeksHasAForecastOfTheNextDay()
    {
        const int Hours = 4 * 7 * 24;
        for (var hour = 0; hour <= Hours + 1; hour++)
            await Report("b0-0-e", "activeEnergyImportWattHours", 10_000 * hour,
                s_noon.Plus(TimeSpan.FromHours(hour - Hours - 1)));

        var forecast = await _engine.ForecastAsync(Handle("b0-0-e"), default);

        Assert.Equal("lastHourEnergyWattHours", forecast!.Property);
        Assert.Equal(s_noon.Plus(TimeSpan.FromHours(1)), forecast.From);
        Assert.Equal(24, forecast.Hours.Count);
        Assert.All(forecast.Hours, hour => Assert.InRange(hour.Value, 9_500, 10_500));
        // The first reading begins the first hour; each after it ends one.
        Assert.Equal(Hours, forecast.HoursLearned);
    }

    [Fact]
    public async Task ThereIsNoAirWhereNothingWasMeasured()
    {
        Assert.Empty(await _engine.AirAsync(default));

        await Report("air0", "pm25MicrogramsPerCubicMetre", 20);

        var areas = await _engine.AirAsync(default);
        Assert.Equal(["almaty", "d0"], areas.Select(area => _graph.IdOf(area.Area)).Order());
        Assert.All(areas, area => Assert.Null(area.Official));
        Assert.All(areas, area => Assert.Equal(1, area.Indicative!.SensorCount));
    }

    [Fact]
    public async Task AnOverrideGoesBeforeTheProgrammeUntilItsTimeAndNoLonger()
    {
        // It is dark at this hour of November: the programme says full.
        await _engine.OverrideLightsAsync([Handle("l0-0"), Handle("l1-0")], 0,
            _time.Now.Plus(TimeSpan.FromMinutes(10)), default);
        await Report("l0-0", "dimLevelPercent", 0, _time.Now);
        await Report("l0-1", "dimLevelPercent", 0, _time.Now);

        Assert.Equal(0, (await Latest("l0-0", "plannedDimPercent")).Value);
        Assert.Equal(100, (await Latest("l0-1", "plannedDimPercent")).Value);
        var cabinet = await _engine.RollupAsync(Handle("cab0"), default);
        Assert.Equal((1, 1), (cabinet.Of(RollupMeasure.LightsObeying),
            cabinet.Of(RollupMeasure.LightsUnexpectedlyOff)));

        _time.Advance(TimeSpan.FromMinutes(10));
        await Report("l0-0", "dimLevelPercent", 0, _time.Now);
        Assert.Equal(100, (await Latest("l0-0", "plannedDimPercent")).Value);
        Assert.Equal(2, (await _engine.RollupAsync(Handle("cab0"), default)).Of(RollupMeasure.LightsUnexpectedlyOff));
    }

    [Fact]
    public async Task ATimeThatHasPassedEndsAnOverride()
    {
        await _engine.OverrideLightsAsync([Handle("l0-0")], 0, _time.Now.Plus(TimeSpan.FromHours(1)), default);
        await _engine.OverrideLightsAsync([Handle("l0-0")], 0, _time.Now, default);
        await Report("l0-0", "dimLevelPercent", 0, _time.Now);

        Assert.Equal(100, (await Latest("l0-0", "plannedDimPercent")).Value);
    }

    [Fact]
    public async Task OnlyTheOverrideThatIsNamedEndsAndAnotherSinceStands()
    {
        var until = _time.Now.Plus(TimeSpan.FromHours(1));
        await _engine.OverrideLightsAsync([Handle("l0-0"), Handle("l0-1"), Handle("l1-0")], 0, until, default);
        // Another level, and the same level until another time.
        await _engine.OverrideLightsAsync([Handle("l0-1")], 60, until, default);
        await _engine.OverrideLightsAsync([Handle("l1-0")], 0, until.Plus(TimeSpan.FromMinutes(1)), default);

        await _engine.EndOverridesAsync([Handle("l0-0"), Handle("l0-1"), Handle("l1-0")], 0, until, default);

        foreach (var light in (string[])["l0-0", "l0-1", "l1-0"])
            await Report(light, "dimLevelPercent", 0, _time.Now);
        Assert.Equal(100, (await Latest("l0-0", "plannedDimPercent")).Value);
        Assert.Equal(60, (await Latest("l0-1", "plannedDimPercent")).Value);
        Assert.Equal(0, (await Latest("l1-0", "plannedDimPercent")).Value);
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await _engine.EndOverridesAsync([Handle("cab0")], 0, until, default));
    }

    [Fact]
    public async Task AnOverrideOfSomethingElseIsRefusedWhole()
    {
        var until = _time.Now.Plus(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await _engine.OverrideLightsAsync([Handle("l0-0"), Handle("cab0")], 0, until, default));
        await Report("l0-0", "dimLevelPercent", 0, _time.Now);

        Assert.Equal(100, (await Latest("l0-0", "plannedDimPercent")).Value);
    }
}
