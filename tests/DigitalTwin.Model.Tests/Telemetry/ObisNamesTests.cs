using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Telemetry;

/// <summary>
/// Which code of the standards each quantity of a meter is: OBIS (IEC 62056-6-1, EN 13757-1) or a bit of the wireless
/// M-Bus status (EN 13757-3). The schema names it, so that who connects a meter need not guess.
/// </summary>
public sealed class ObisNamesTests
{
    [Theory]
    [InlineData("ElectricityMeter", "activePowerWatts", "1-0:1.7.0")]
    [InlineData("ElectricityMeter", "activeEnergyImportWattHours", "1-0:1.8.0")]
    [InlineData("ElectricityMeter", "voltageL1Volts", "1-0:32.7.0")]
    [InlineData("ElectricityMeter", "voltageL2Volts", "1-0:52.7.0")]
    [InlineData("ElectricityMeter", "voltageL3Volts", "1-0:72.7.0")]
    [InlineData("ElectricityMeter", "currentL1Amperes", "1-0:31.7.0")]
    [InlineData("ElectricityMeter", "currentL2Amperes", "1-0:51.7.0")]
    [InlineData("ElectricityMeter", "currentL3Amperes", "1-0:71.7.0")]
    [InlineData("ElectricityMeter", "powerFactor", "1-0:13.7.0")]
    [InlineData("ElectricityMeter", "frequencyHertz", "1-0:14.7.0")]
    [InlineData("ElectricityMeter", "lastGasp", "0-0:96.7.21")]
    [InlineData("ColdWaterMeter", "volumeLitres", "8-0:1.0.0")]
    [InlineData("ColdWaterMeter", "flowLitresPerHour", "8-0:2.0.0")]
    [InlineData("HotWaterMeter", "volumeLitres", "9-0:1.0.0")]
    [InlineData("HotWaterMeter", "flowLitresPerHour", "9-0:2.0.0")]
    [InlineData("GasMeter", "volumeLitres", "7-0:3.0.0")]
    [InlineData("GasMeter", "flowLitresPerHour", "7-0:43.0.0")]
    [InlineData("GasMeter", "pressureKilopascals", "7-0:42.0.0")]
    [InlineData("GasMeter", "gasTemperatureCelsius", "7-0:41.0.0")]
    [InlineData("HeatMeter", "heatEnergyWattHours", "6-0:1.0.0")]
    [InlineData("HeatMeter", "heatPowerWatts", "6-0:8.0.0")]
    [InlineData("HeatMeter", "flowLitresPerHour", "6-0:9.0.0")]
    [InlineData("HeatMeter", "supplyTemperatureCelsius", "6-0:10.0.0")]
    [InlineData("HeatMeter", "returnTemperatureCelsius", "6-0:11.0.0")]
    [InlineData("UtilityMeter", "magneticFieldDetected", "0-0:96.20.15")]
    [InlineData("UtilityMeter", "coverOpen", "0-0:96.20.0")]
    [InlineData("UtilityMeter", "coverOpen", "96.20.5")]
    [InlineData("ColdWaterMeter", "lowBattery", "EN 13757-3 status, 04")]
    [InlineData("HotWaterMeter", "lowBattery", "EN 13757-3 status, 04")]
    [InlineData("GasMeter", "lowBattery", "EN 13757-3 status, 04")]
    [InlineData("HeatMeter", "lowBattery", "EN 13757-3 status, 04")]
    public void TheSchemaNamesTheStandardsCode(string model, string property, string code)
    {
        using var document = JsonDocument.Parse(ModelCatalog.EmbeddedDocument($"dtdl/{model}.json"));
        var found = document.RootElement.GetProperty("contents").EnumerateArray()
            .Single(content => content.GetProperty("name").GetString() == property);
        Assert.Matches($@"(^|\D){System.Text.RegularExpressions.Regex.Escape(code)}($|[^\d.]|\.$)",
            found.GetProperty("comment").GetString());
    }
}
