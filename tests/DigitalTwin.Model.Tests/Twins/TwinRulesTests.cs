using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Rollups;
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
    [InlineData("dimLevelPercent=0", LightCondition.UnexpectedlyOff)]
    [InlineData("dimLevelPercent=100", LightCondition.On)]
    [InlineData("dimLevelPercent=0.5", LightCondition.Dimmed)]
    [InlineData("dimLevelPercent=99.9", LightCondition.Dimmed)]
    [InlineData("dimLevelPercent=100 lampFailure=1", LightCondition.Failed)]
    [InlineData("controlGearFailure=1", LightCondition.Failed)]
    [InlineData("lampFailure=1 lampFailure=0 dimLevelPercent=0", LightCondition.UnexpectedlyOff)]
    [InlineData("activePowerWatts=80", LightCondition.Unknown)]
    public void AStreetlightAtDuskShowsWhatAPasserBySees(string readings, LightCondition expected) =>
        Assert.Equal((byte)expected, After("Streetlight", readings).Condition);

    [Theory]
    [InlineData(0, LightCondition.Off)]
    [InlineData(100, LightCondition.BurnsByDay)]
    public void AStreetlightByDayIsToBeDark(double percent, LightCondition expected)
    {
        var light = new LoneTwin("Streetlight", s_interval);
        light.Report("dimLevelPercent", percent, s_noon.Plus(TimeSpan.FromHours(-5)));
        Assert.Equal((byte)expected, light.State.Condition);
    }

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
        var sensor = new LoneTwin("AirQualitySensor");
        sensor.Report("pm25MicrogramsPerCubicMetre", 900, s_noon, quality: Quality.Bad);
        Assert.Equal(0, sensor.State.Condition);
        sensor.Report("pm10MicrogramsPerCubicMetre", 10, s_noon);
        Assert.Equal(1, sensor.State.Condition);
    }

    [Theory]
    [InlineData(0, Freshness.Live)]
    [InlineData(15, Freshness.Live)]
    [InlineData(15.1, Freshness.Stale)]
    [InlineData(60, Freshness.Stale)]
    [InlineData(60.1, Freshness.Lost)]
    public void SilenceIsCountedInMissedIntervals(double minutes, Freshness expected)
    {
        var light = new LoneTwin("Streetlight", s_interval);
        light.Report("dimLevelPercent", 100, s_noon);

        light.Look(s_noon.Plus(TimeSpan.FromMinutes(minutes)));

        Assert.Equal(expected, light.State.Freshness);
        Assert.Equal(expected != Freshness.Live, light.LastEffects.Changed);
    }

    [Fact]
    public void OldReadingsDeliveredNowAreNotLive()
    {
        var light = new LoneTwin("Streetlight", s_interval);

        light.Report("dimLevelPercent", 50, s_noon.Plus(TimeSpan.FromHours(-3)), receivedAt: s_noon);

        Assert.Equal(Freshness.Lost, light.State.Freshness);
        Assert.Equal(s_noon, light.State.HeardAt);
    }

    [Fact]
    public void AMeterTellsItsGroupsOnlyTheDifference()
    {
        var meter = new LoneTwin("HeatMeter");

        Assert.Equal((1_500_000, 1), Step("heatPowerWatts", 1500, Quality.Good, 0));
        Assert.Equal((-500_250, 0), Step("heatPowerWatts", 999.75, Quality.Good, 1));
        Assert.Equal((-999_750, -1), Step("heatPowerWatts", 5, Quality.Bad, 2));
        Assert.Equal((0, 0), Step("flowLitresPerHour", 5, Quality.Good, 3));
        Assert.False(meter.LastEffects.HasStep);

        (long, long) Step(string name, double value, Quality quality, int second)
        {
            meter.Report(name, value, s_noon.Plus(TimeSpan.FromSeconds(second)), quality: quality);
            var step = default(Tally);
            step.Replace(meter.LastEffects.Before, meter.LastEffects.After);
            return (step.Of(RollupMeasure.HeatPowerMilliwatts), step.Of(RollupMeasure.HeatMetersCounted));
        }
    }

    private static TwinState After(string modelName, string readings)
    {
        var twin = new LoneTwin(modelName, s_interval);
        var second = 0;
        foreach (var reading in readings.Split(' ').Select(text => text.Split('=')))
            twin.Report(
                reading[0], double.Parse(reading[1], System.Globalization.CultureInfo.InvariantCulture),
                s_noon.Plus(TimeSpan.FromSeconds(second++)));
        return twin.State;
    }
}
