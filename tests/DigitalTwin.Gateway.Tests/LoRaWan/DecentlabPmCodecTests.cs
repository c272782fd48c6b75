using DigitalTwin.Gateway.LoRaWan.Codecs;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>
/// Vectors of decentlab/decentlab-decoders DL-PM; expected values of TheThingsNetwork/lorawan-devices
/// vendor/decentlab/dl-pm-codec.yaml.
/// </summary>
public sealed class DecentlabPmCodecTests
{
    private readonly DecentlabPmCodec _codec = new();

    [Fact]
    public void AllSensorsAreRead()
    {
        var decoded = _codec.Read(1, "021b50000f0c25002500270027002701f50107012c012d012d012d67bd618dbd10");

        Assert.Equal(3.109, decoded.Value("batteryVolts"));
        Assert.Equal(3.7, decoded.Value("pm1MicrogramsPerCubicMetre"));
        Assert.Equal(3.9, decoded.Value("pm25MicrogramsPerCubicMetre"));
        Assert.Equal(3.9, decoded.Value("pm4MicrogramsPerCubicMetre"));
        Assert.Equal(3.9, decoded.Value("pm10MicrogramsPerCubicMetre"));
        Assert.Equal(501, decoded.Value("typicalParticleNanometres"));
        Assert.Equal(26.3, decoded.Value("pm05PerCubicCentimetre"));
        Assert.Equal(30, decoded.Value("pm1PerCubicCentimetre"));
        Assert.Equal(30.1, decoded.Value("pm10PerCubicCentimetre"));
        Assert.Equal(24.35660461425781, decoded.Value("temperatureCelsius"), 12);
        Assert.Equal(41.63221740722656, decoded.Value("relativeHumidityPercent"), 12);
        Assert.Equal(968, decoded.Value("airPressureHectopascals"));
        Assert.All(decoded.Values, value => Assert.Null(value.MeasuredAt));
    }

    [Fact]
    public void ASensorThatIsNotFittedLeavesNoWords()
    {
        var decoded = _codec.Read(1, "021b50000d0c2567bd618dbd10");

        Assert.Equal(
            ["batteryVolts", "temperatureCelsius", "relativeHumidityPercent", "airPressureHectopascals"],
            decoded.Values.Select(value => value.Name));
        Assert.Equal(3.109, decoded.Value("batteryVolts"));
        Assert.Equal(968, decoded.Value("airPressureHectopascals"));
    }

    [Fact]
    public void ABatteryAloneIsRead() => Assert.Equal(3.109, Assert.Single(_codec.Read(1, "021b5000010c25").Values).Value);

    [Fact]
    public void ParticlesWithoutTheBatteryBeginWhereTheBatteryWas()
    {
        var decoded = _codec.Read(1, "021b500002002500270027002701f50107012c012d012d012d");

        Assert.Equal(3.7, decoded.Value("pm1MicrogramsPerCubicMetre"));
        Assert.Equal(3.9, decoded.Value("pm10MicrogramsPerCubicMetre"));
        Assert.Equal(10, decoded.Values.Count);
    }

    [Fact]
    public void SensorsToComeAreBehindTheKnownOnes() =>
        Assert.Equal(3.109, Assert.Single(_codec.Read(1, "021b5000110c25abcd").Values).Value);

    [Theory]
    [InlineData("011b5000010c25", "protocol version 1")]
    [InlineData("021b5000030c25", "do not fit the flags 0003")]
    [InlineData("021b5000010c2500", "do not fit the flags 0001")]
    public void AnotherVersionOrLengthIsRefused(string hex, string problem) =>
        Assert.Contains(problem, _codec.Refuse(1, hex));
}
