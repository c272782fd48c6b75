using DigitalTwin.Gateway.LoRaWan.Codecs;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>
/// Vectors and expected values: the tests of nasys/nas-codecs named "from DS" (the maker's data sheet), and the table of
/// downlinks and the example of telemetry in the public Zenopix DALI LoRaWAN controller reference.
/// </summary>
public sealed class LuminaireCodecTests
{
    private readonly NasLuminaireCodec _nas = new();
    private readonly ZenopixD4iCodec _zenopix = new();

    [Fact]
    public void AStatusPacketHasTheLevelOfEachDriverAndTheClockOfTheController()
    {
        var decoded = _nas.Read(24, "DFD41D5E004B041502AE05050AFF32030306FF00");

        Assert.Equal(50, decoded.Value("dimLevelPercent"));
        Assert.Equal(21, decoded.Value("controllerTemperatureCelsius"));
        Assert.Equal(-75, decoded.Value("downlinkRssiDecibelMilliwatts"));
        Assert.Equal(4, decoded.Value("downlinkSnrDecibels"));
        Assert.Equal(174, decoded.Value("lightSensor"));
        Assert.Empty(decoded.Set());
        Assert.All(decoded.Values, value => Assert.Equal(Decoding.At("2020-01-14T14:49:03Z"), value.MeasuredAt));
    }

    [Fact]
    public void AStatusPacketTellsOfTheDaliBus()
    {
        var decoded = _nas.Read(24, "8044465e054d07ff02db02fafeff00");

        Assert.Equal(0, decoded.Value("dimLevelPercent"));
        Assert.Equal(-1, decoded.Value("controllerTemperatureCelsius"));
        Assert.Equal(["daliSupplyFault"], decoded.Set());
    }

    // 946684814 is 14 seconds after the controller's own zero, 2000-01-01: its clock was never set.
    [Fact]
    public void AClockThatWasNeverSetIsNoTime() =>
        Assert.All(_nas.Read(24, "8e436d38004b041500").Values, value => Assert.Null(value.MeasuredAt));

    [Fact]
    public void DriversBehindOneControllerAddUp()
    {
        var decoded = _nas.Read(25, "04030000000000000603151400000000");

        Assert.Equal(5141, decoded.Value("controllerEnergyWattHours"));
        Assert.Equal(0, decoded.Value("activePowerWatts"));
    }

    [Fact]
    public void TheControllersOwnMeterIsRead() =>
        Assert.Equal(237, _nas.Read(25, "ff03ed0000000000").Value("controllerEnergyWattHours"));

    // Drivers of 30 and 40 W behind a meter of 75 W: 75, not 145. Driver 7200 s and 3600 s lit: 2 h; 230 V at 0.95.
    [Fact]
    public void TheControllersOwnMeterIsNotAddedToItsDrivers()
    {
        var decoded = _nas.Read(25, "02821e00201c0000 0482280010 0e0000 ff32 4b00 5f e6");

        Assert.Equal(75, decoded.Value("activePowerWatts"));
        Assert.Equal(2, decoded.Value("burningHours"));
        Assert.Equal(230, decoded.Value("supplyVoltageVolts"));
        Assert.Equal(0.95, decoded.Value("powerFactor"));
    }

    [Theory]
    [InlineData(60, "00020406020C02", false, true)]
    [InlineData(60, "000204", false, false)]
    [InlineData(60, "000201", true, false)]
    [InlineData(61, "83200202", false, true)]
    public void ADriversStatusByteTellsItsFailureFromTheLamps(byte fPort, string hex, bool gear, bool lamp)
    {
        var decoded = _nas.Read(fPort, hex);

        Assert.Equal((gear, lamp), (decoded.Flag("controlGearFailure"), decoded.Flag("lampFailure")));
    }

    [Fact]
    public void AMeteringAlertHasPowerVoltageAndItsCause()
    {
        var decoded = _nas.Read(61, "84025900e50056");

        Assert.Equal(89, decoded.Value("activePowerWatts"));
        Assert.Equal(229, decoded.Value("supplyVoltageVolts"));
        Assert.Equal(0.86, decoded.Value("powerFactor"));
        Assert.Equal(["overCurrent"], decoded.Set());
    }

    [Fact]
    public void AnEchoedCommandIsTheControllersFeedback() =>
        Assert.Equal(100, _nas.Read(60, "01FE64").Value("feedbackDimPercent"));

    [Theory]
    [InlineData(61, "80200600")]
    [InlineData(99, "000D008350010101F37F205E000CFE0104")]
    [InlineData(50, "07100E0000")]
    public void WhatIsNotOfTheTwinGivesNoValues(byte fPort, string hex) => Assert.Empty(_nas.Read(fPort, hex).Values);

    [Theory]
    [InlineData(0, "84 01 00")]
    [InlineData(25, "84 01 19")]
    [InlineData(50, "84 01 32")]
    [InlineData(75, "84 01 4B")]
    [InlineData(100, "84 01 64")]
    public void ADimLevelIsWrittenForZenopix(double percent, string bytes)
    {
        Assert.True(_zenopix.TryEncode(new DeviceCommand("setDimLevel", percent), out var payload, out _));

        Assert.Equal(8, payload.FPort);
        Assert.Equal(bytes.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(payload.Bytes.Span));
    }

    [Fact]
    public void ADimLevelIsWrittenForNas()
    {
        Assert.True(_nas.TryEncode(new DeviceCommand("setDimLevel", 99.6), out var payload, out _));

        Assert.Equal((60, "01FE64"), (payload.FPort, Convert.ToHexString(payload.Bytes.Span)));
    }

    [Theory]
    [InlineData("setDimLevel", -1, "percent: -1 is not 0 to 100")]
    [InlineData("setDimLevel", 100.5, "percent: 100.5 is not 0 to 100")]
    [InlineData("setDimLevel", double.NaN, "percent: NaN is not 0 to 100")]
    [InlineData("setValve", 1, "command: 'setValve' is not setDimLevel")]
    public void ACommandThatDoesNotFitIsNotWritten(string name, double argument, string problem)
    {
        foreach (var codec in new ICommandCodec[] { _nas, _zenopix })
        {
            Assert.False(codec.TryEncode(new DeviceCommand(name, argument), out _, out var said));
            Assert.Equal(problem, said);
        }
    }

    [Fact]
    public void TheFieldsOfZenopixsOwnDecoderAreRead()
    {
        var decoded = _zenopix.Read("""
            {"supply_voltage": 230.5, "power_factor": 0.95, "internal_temp": 42, "light_src_voltage": 48.2,
             "light_src_current": 350, "dim_value": 75, "operating_time": 1500, "message_type": "sensor_data"}
            """);

        Assert.Equal(230.5, decoded.Value("supplyVoltageVolts"));
        Assert.Equal(75, decoded.Value("dimLevelPercent"));
        Assert.Equal(1500, decoded.Value("burningHours"));
        Assert.Equal(42, decoded.Value("controllerTemperatureCelsius"));
        Assert.DoesNotContain(decoded.Values, value => value.Name == "activePowerWatts");
        Assert.DoesNotContain(decoded.Values, value => value.IsFlag);
    }

    [Theory]
    [InlineData("""{"fault_light_src_failure": true, "fault_thermal_shutdown": false, "fault_overall_failure": true}""", "lampFailure")]
    [InlineData("""{"status_lamp_failure": true, "fault_light_src_failure": false}""", "lampFailure")]
    [InlineData("""{"fault_thermal_shutdown": true}""", "controlGearFailure")]
    [InlineData("""{"fault_overall_failure": true}""", "controlGearFailure")]
    [InlineData("""{"fault_over_voltage": true, "fault_overall_failure": true}""", "overVoltage")]
    [InlineData("""{"fault_light_src_failure": false, "fault_thermal_shutdown": false}""", "")]
    public void TheOverallFaultIsTheGearsOnlyWhereNothingElseExplainsIt(string fields, string expected) =>
        Assert.Equal(expected, string.Join(' ', _zenopix.Read(fields).Set()));
}
