using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Tests.Twins;

public sealed class TwinRulesTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("dimLevelPercent=0", LightCondition.Off)]
    [InlineData("dimLevelPercent=100", LightCondition.On)]
    [InlineData("dimLevelPercent=0.5", LightCondition.Dimmed)]
    [InlineData("dimLevelPercent=99.9", LightCondition.Dimmed)]
    [InlineData("dimLevelPercent=100 lampFailure=1", LightCondition.Failed)]
    [InlineData("controlGearFailure=1", LightCondition.Failed)]
    [InlineData("lampFailure=1 lampFailure=0 dimLevelPercent=0", LightCondition.Off)]
    [InlineData("activePowerWatts=80", LightCondition.Unknown)]
    public void AStreetlightShowsWhatAPasserBySees(string readings, LightCondition expected) =>
        Assert.Equal((byte)expected, After("Streetlight", readings).Condition);

    [Theory]
    [InlineData("activePowerWatts=500", MeterCondition.Normal)]
    [InlineData("activePowerWatts=500 tamperDetected=1", MeterCondition.Tamper)]
    [InlineData("voltageL1Volts=0 voltageL2Volts=3 voltageL3Volts=0", MeterCondition.NoSupply)]
    [InlineData("voltageL1Volts=0 voltageL2Volts=221 voltageL3Volts=219", MeterCondition.Normal)]
    [InlineData("voltageL1Volts=0", MeterCondition.NoSupply)]
    public void AnElectricityMeterNamesItsCondition(string readings, MeterCondition expected) =>
        Assert.Equal((byte)expected, After("ElectricityMeter", readings).Condition);

    [Theory]
    [InlineData("flowLitresPerHour=10", MeterCondition.Normal)]
    [InlineData("flowLitresPerHour=10 leakDetected=1", MeterCondition.Leak)]
    [InlineData("leakDetected=1 tamperDetected=1", MeterCondition.Tamper)]
    public void AWaterMeterNamesItsCondition(string readings, MeterCondition expected) =>
        Assert.Equal((byte)expected, After("ColdWaterMeter", readings).Condition);

    [Theory]
    [InlineData("energized=1", FeederCondition.InService)]
    [InlineData("energized=0", FeederCondition.OutOfService)]
    [InlineData("activePowerWatts=1", FeederCondition.Unknown)]
    public void AFeederIsInServiceOrNot(string readings, FeederCondition expected) =>
        Assert.Equal((byte)expected, After("Feeder", readings).Condition);

    [Theory]
    [InlineData("contactorClosed=1", CabinetCondition.On)]
    [InlineData("contactorClosed=0", CabinetCondition.Off)]
    [InlineData("contactorClosed=1 doorOpen=1", CabinetCondition.DoorOpen)]
    public void ACabinetShowsItsContactorAndDoor(string readings, CabinetCondition expected) =>
        Assert.Equal((byte)expected, After("LightingCabinet", readings).Condition);

    // Bounds: ETC HE report 2024/17. A concentration on a bound belongs to the better level.
    [Theory]
    [InlineData("pm25MicrogramsPerCubicMetre=5", 1)]
    [InlineData("pm25MicrogramsPerCubicMetre=5.01", 2)]
    [InlineData("pm25MicrogramsPerCubicMetre=50", 3)]
    [InlineData("pm25MicrogramsPerCubicMetre=140.1", 6)]
    [InlineData("pm25MicrogramsPerCubicMetre=3 no2MicrogramsPerCubicMetre=61", 4)]
    [InlineData("temperatureCelsius=-5", 0)]
    public void AnAirSensorShowsTheWorstPollutantsLevel(string readings, int expected)
    {
        Assert.Equal(expected, After("AirQualitySensor", readings).Condition);
        Assert.True(expected <= EuropeanAqi.LevelCount);
    }

    [Fact]
    public void ABadValueDoesNotCountInTheIndex()
    {
        var model = Model("AirQualitySensor");
        var (state, latest) = (TwinState.New, new LatestValue[model.SlotCount]);
        Apply(model, ref state, latest, "pm25MicrogramsPerCubicMetre", 900, Quality.Bad);
        Assert.Equal(0, state.Condition);
        Apply(model, ref state, latest, "pm10MicrogramsPerCubicMetre", 10, Quality.Good);
        Assert.Equal(1, state.Condition);
    }

    [Theory]
    [InlineData(0, Freshness.Live)]
    [InlineData(15, Freshness.Live)]
    [InlineData(15.1, Freshness.Stale)]
    [InlineData(60, Freshness.Stale)]
    [InlineData(60.1, Freshness.Lost)]
    public void SilenceIsCountedInMissedIntervals(double minutes, Freshness expected)
    {
        var model = Model("Streetlight");
        var (state, latest) = (TwinState.New, new LatestValue[model.SlotCount]);
        Apply(model, ref state, latest, "dimLevelPercent", 50, Quality.Good);
        var effects = default(Effects);

        var changed = TwinRules.Refresh(
            model, ref state, latest, s_noon.Plus(TimeSpan.FromMinutes(minutes)), s_interval,
            ModelCatalog.BuiltIn.Freshness, ref effects);

        Assert.Equal(expected, state.Freshness);
        Assert.Equal(expected != Freshness.Live, changed);
        Assert.Equal(changed, effects.Changed);
    }

    [Fact]
    public void OldReadingsDeliveredNowAreNotLive()
    {
        var model = Model("Streetlight");
        var (state, latest) = (TwinState.New, new LatestValue[model.SlotCount]);
        var effects = default(Effects);
        var reading = new Reading(default, (ushort)model.SlotOf("dimLevelPercent"), Quality.Good, 50, s_noon.Plus(TimeSpan.FromHours(-3)));

        TwinRules.Apply(model, ref state, latest, in reading, s_noon, s_interval, ModelCatalog.BuiltIn.Freshness, ref effects);

        Assert.Equal(Freshness.Lost, state.Freshness);
        Assert.Equal(s_noon, state.HeardAt);
    }

    [Fact]
    public void AMeterTellsItsBuildingOnlyTheDifference()
    {
        var model = Model("HeatMeter");
        var (state, latest) = (TwinState.New, new LatestValue[model.SlotCount]);

        Assert.Equal(new ContributionChange(Medium.Heat, 1_500_000, 1), Apply(model, ref state, latest, "heatPowerWatts", 1500, Quality.Good));
        Assert.Equal(new ContributionChange(Medium.Heat, -500_250, 0), Apply(model, ref state, latest, "heatPowerWatts", 999.75, Quality.Good, 1));
        Assert.Equal(new ContributionChange(Medium.Heat, -999_750, -1), Apply(model, ref state, latest, "heatPowerWatts", 5, Quality.Bad, 2));
        Assert.True(Apply(model, ref state, latest, "flowLitresPerHour", 5, Quality.Good, 3).IsNone);
    }

    private static TwinModel Model(string name) => ModelCatalog.BuiltIn[$"dtmi:kz:almaty:{name};1"];

    private static TwinState After(string modelName, string readings)
    {
        var model = Model(modelName);
        var (state, latest) = (TwinState.New, new LatestValue[model.SlotCount]);
        var second = 0;
        foreach (var reading in readings.Split(' ').Select(text => text.Split('=')))
            Apply(model, ref state, latest, reading[0], double.Parse(reading[1], System.Globalization.CultureInfo.InvariantCulture),
                Quality.Good, second++);
        return state;
    }

    private static ContributionChange Apply(
        TwinModel model, ref TwinState state, LatestValue[] latest, string name, double value, Quality quality, int second = 0)
    {
        var effects = default(Effects);
        var at = s_noon.Plus(TimeSpan.FromSeconds(second));
        var reading = new Reading(new TwinHandle(0), (ushort)model.SlotOf(name), quality, value, at);
        TwinRules.Apply(model, ref state, latest, in reading, at, s_interval, ModelCatalog.BuiltIn.Freshness, ref effects);
        return effects.Contribution;
    }
}
