using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Meters;

/// <summary>Spikes, units and stuck values of what is not a register: quality, never alarms.</summary>
public sealed class MeterSpikeTests
{
    private static readonly Instant s_start = Instant.Utc(2026, 11, 2, 19);

    public static TheoryData<string> Models =>
        ["ElectricityMeter", "ColdWaterMeter", "HotWaterMeter", "GasMeter", "HeatMeter"];

    [Theory]
    [InlineData("ElectricityMeter", 2_000_000)]
    [InlineData("ColdWaterMeter", 200_000)]
    [InlineData("HotWaterMeter", 200_000)]
    [InlineData("GasMeter", 400_000)]
    [InlineData("HeatMeter", 20_000_000)]
    public void BeyondWhatTheMediumCarriesARateIsASpikeHoweverOften(string model, double rateMaximum)
    {
        var meter = new LoneTwin(model, TimeSpan.FromHours(1));
        var rate = MeterRules.SummaryNames(meter.Rules.Model.Id)[0];
        Assert.Equal(ApplyStatus.Advanced, meter.Report(rate, rateMaximum, At(0)));
        for (var minute = 1; minute <= 3; minute++)
        {
            var beyond = rateMaximum * 1.001 * (minute == 2 ? -1 : 1);
            Assert.Equal(ApplyStatus.Screened, meter.Report(rate, beyond, At(minute)));
            Assert.Equal((rateMaximum, QualityReason.Spike), (meter[rate].Value, meter.State.ScreenedReason));
        }

        foreach (var value in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
            Assert.Equal(ApplyStatus.Screened, meter.Report(rate, value, At(9)));
        Assert.Equal(rateMaximum, meter[rate].Value);
        Assert.Equal(Quality.Good, meter[rate].Quality);
    }

    // A small house draws 20 L/h; its burst pipe used to be taken for another unit and never became an alarm.
    [Fact]
    public void ABurstPipeIsNoUnitMixUp()
    {
        var meter = new LoneTwin("ColdWaterMeter", TimeSpan.FromHours(1), null, ("permanentFlowLitresPerHour", "2500"));
        for (var hour = 0; hour < 24 * 15; hour++)
            meter.Report("volumeLitres", 100_000 + hour * 20, At(hour * 60));
        for (var minute = 0; minute <= 35; minute++)
            meter.Report("flowLitresPerHour", 6000 + minute, At(24 * 15 * 60 + minute));
        Assert.Contains("+BURST", meter.Alarms);
    }

    // Level 500: sixty times that is a spike, about a thousand times that is another unit.
    [Theory, MemberData(nameof(Models))]
    public void AgainstItsUsualLevelARateIsASpikeOnceAndTrueTwice(string model)
    {
        var meter = Learned(model, out var rate, out var now);
        Assert.Equal(ApplyStatus.Advanced, Report(29_000));
        Assert.Equal(ApplyStatus.Advanced, Report(500));
        Assert.Equal(ApplyStatus.Screened, Report(40_000));
        Assert.Equal(QualityReason.Spike, meter.State.ScreenedReason);
        // The message delivered again is no second reading.
        Assert.Equal(ApplyStatus.Duplicate, meter.Report(rate, 40_000, now));
        Assert.Equal(500, meter[rate].Value);
        // Nor is a spike of long ago, with good values since.
        Assert.Equal(ApplyStatus.Advanced, Report(510));
        Assert.Equal(ApplyStatus.Screened, Report(41_000));
        Assert.Equal(ApplyStatus.Advanced, Report(42_000));
        Assert.Equal((42_000, Quality.Good), (meter[rate].Value, meter[rate].Quality));

        ApplyStatus Report(double value) => meter.Report(rate, value, now = now.Plus(TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData("ElectricityMeter")]
    [InlineData("GasMeter")]
    [InlineData("HeatMeter")]
    public void AThousandTimesTheUsualLevelIsAnotherUnitHoweverOften(string model)
    {
        var meter = Learned(model, out var rate, out var now);
        for (var minute = 1; minute <= 3; minute++)
        {
            now = now.Plus(TimeSpan.FromMinutes(1));
            Assert.Equal(ApplyStatus.Screened, meter.Report(rate, 390_000 + minute, now));
            Assert.Equal(QualityReason.UnitMixUp, meter.State.ScreenedReason);
        }
    }

    [Theory]
    [InlineData("ColdWaterMeter", "waterTemperatureCelsius", 10, 40)]
    [InlineData("HotWaterMeter", "waterTemperatureCelsius", 55, 40)]
    [InlineData("HeatMeter", "supplyTemperatureCelsius", 70, 40)]
    [InlineData("HeatMeter", "returnTemperatureCelsius", 50, 40)]
    [InlineData("ColdWaterMeter", "pressureKilopascals", 400, 600)]
    [InlineData("GasMeter", "pressureKilopascals", 300, 600)]
    [InlineData("ElectricityMeter", "voltageL1Volts", 220, 300)]
    [InlineData("ElectricityMeter", "voltageL2Volts", 220, 300)]
    [InlineData("ElectricityMeter", "voltageL3Volts", 220, 300)]
    public void AStepBeyondWhatAQuantityDoesIsRefusedUntilItIsRepeated(
        string model, string name, double usual, double step)
    {
        var meter = new LoneTwin(model, TimeSpan.FromHours(1));
        meter.Report(name, usual, At(0));
        Assert.Equal(ApplyStatus.Advanced, meter.Report(name, usual + step, At(1)));
        Assert.Equal(ApplyStatus.Advanced, meter.Report(name, usual, At(2)));
        Assert.Equal(ApplyStatus.Screened, meter.Report(name, usual + step + 1, At(3)));
        Assert.Equal(ApplyStatus.Duplicate, meter.Report(name, usual + step + 1, At(3)));
        Assert.Equal((usual, QualityReason.Spike), (meter[name].Value, meter.State.ScreenedReason));
        Assert.Equal(ApplyStatus.Advanced, meter.Report(name, usual, At(4)));
        Assert.Equal(ApplyStatus.Screened, meter.Report(name, usual + step + 1, At(5)));
        Assert.Equal(ApplyStatus.Advanced, meter.Report(name, usual + step + 2, At(6)));
        Assert.Equal(usual + step + 2, meter[name].Value);
        Assert.Empty(meter.Alarms);
    }

    // Each refusal used to push out the other's memory, so that both were refused for ever.
    [Fact]
    public void TwoQuantitiesThatChangeTogetherAreBothBelievedTheSecondTime()
    {
        var meter = new LoneTwin("HeatMeter", TimeSpan.FromHours(1));
        Tell(0, 20, 20);
        Tell(1, 85, 65);
        Assert.Equal((20, 20), (meter["supplyTemperatureCelsius"].Value, meter["returnTemperatureCelsius"].Value));
        Tell(2, 86, 66);
        Assert.Equal((86, 66), (meter["supplyTemperatureCelsius"].Value, meter["returnTemperatureCelsius"].Value));

        void Tell(int minute, double supply, double returned)
        {
            meter.Report("supplyTemperatureCelsius", supply, At(minute));
            meter.Report("returnTemperatureCelsius", returned, At(minute));
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void ARateThatStaysTheSameToTheBitForSixHoursIsStuck(string model)
    {
        var meter = new LoneTwin(model, TimeSpan.FromHours(1));
        var rate = MeterRules.SummaryNames(meter.Rules.Model.Id)[0];
        for (var minute = 0; minute < 360; minute += 15)
        {
            meter.Report(rate, 123.4, At(minute));
            Assert.Equal((Quality.Good, QualityReason.None), (meter[rate].Quality, meter[rate].Reason));
        }

        meter.Report(rate, 123.4, At(360));
        Assert.Equal((Quality.Suspect, QualityReason.Stuck), (meter[rate].Quality, meter[rate].Reason));
        Assert.Equal(Quality.Suspect, meter.State.Quality);
        meter.Report(rate, 123.5, At(375));
        Assert.Equal((Quality.Good, Quality.Good), (meter[rate].Quality, meter.State.Quality));
        Assert.DoesNotContain(meter.Alarms, alarm => alarm.Contains("STUCK"));
    }

    [Fact]
    public void NothingMayLastAsLongAsItLikes()
    {
        var meter = new LoneTwin("GasMeter", TimeSpan.FromHours(1));
        for (var hour = 0; hour < 48; hour++)
            meter.Report("flowLitresPerHour", 0, At(hour * 60));
        var flow = meter["flowLitresPerHour"];
        Assert.Equal((Quality.Good, QualityReason.None), (flow.Quality, flow.Reason));
    }

    // An inlet is summed up from its rate: one value that is no number would have spoilt the sum for ever.
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void WhatIsNoNumberIsRefusedByEveryKind(double value)
    {
        foreach (var (model, name) in (ReadOnlySpan<(string, string)>)
            [("Feeder", "activePowerWatts"), ("LightingCabinet", "activePowerWatts"),
                ("PumpStation", "outletPressureKilopascals")])
        {
            var twin = new LoneTwin(model, TimeSpan.FromMinutes(5));
            twin.Report(name, 400, At(0));
            Assert.Equal(ApplyStatus.Screened, twin.Report(name, value, At(5)));
            Assert.Equal((400, QualityReason.Jump), (twin[name].Value, twin.State.ScreenedReason));
        }
    }

    private static Instant At(double minute) => s_start.Plus(TimeSpan.FromMinutes(minute));

    private static LoneTwin Learned(string model, out string rate, out Instant now)
    {
        var meter = new LoneTwin(model, TimeSpan.FromHours(1));
        var names = MeterRules.SummaryNames(meter.Rules.Model.Id);
        for (var hour = 0; hour < 24 * 15; hour++)
            meter.Report(names[1], 100_000 + hour * 500, At(hour * 60));
        rate = names[0];
        now = At(24 * 15 * 60);
        meter.Report(rate, 500, now);
        return meter;
    }
}
