using DigitalTwin.Gateway.LoRaWan.Codecs;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>
/// Vectors and expected values: the tests of ELEMENT-IoT's open parser, made by "Axioma Lora Payload W1 V01.7 Extended"
/// and from a real meter; TheThingsNetwork/lorawan-devices vendor/axioma, a real meter of 2024.
/// </summary>
public sealed class AxiomaW1CodecTests
{
    private const string Documented =
        "0ea0355d30 29350000 54c0345d e7290000 b800b900b800b800b800b900b800b800b800b800b800b800b900b900b900";

    private const string Real =
        "41643A5E10 77010000 F086395E 77010000 000000000000000000000000000000000000000000000000000000000000";

    private const string Enhanced =
        "01aeac986a003217000000000000000000008003800054000e4005100048000240020000200000000000000000000000000000";

    private readonly AxiomaW1Codec _codec = new();

    [Fact]
    public void FifteenHourlyDeltasBecomeRegistersOfTheirOwnHours()
    {
        var decoded = _codec.Read(100, Documented);

        var registers = decoded.Values.Where(value => value.Name == "volumeLitres").ToArray();
        Assert.Equal(
            [10727, 10911, 11096, 11280, 11464, 11648, 11833, 12017, 12201, 12385, 12569, 12753, 12937, 13122, 13307,
                13492, 13609],
            registers.Select(value => value.Value));
        var first = Decoding.At("2019-07-21T19:00:00Z");
        Assert.Equal(
            [.. Enumerable.Range(0, 16).Select(hour => first.Plus(TimeSpan.FromHours(hour))), Decoding.At("2019-07-22T11:37:50Z")],
            registers.Select(value => value.MeasuredAt!.Value));
        Assert.All(registers, value => Assert.Equal("litre", value.Unit));
        Assert.Equal(["leakDetected", "temporaryError"], decoded.Set());
    }

    [Fact]
    public void ARealMeterInADryPipeSaysSo()
    {
        var decoded = _codec.Read(100, Real);

        var registers = decoded.Values.Where(value => value.Name == "volumeLitres").ToArray();
        Assert.Equal(Enumerable.Repeat(375.0, 17), registers.Select(value => value.Value));
        Assert.Equal(Decoding.At("2020-02-04T15:00:00Z"), registers[0].MeasuredAt);
        Assert.Equal(Decoding.At("2020-02-05T06:00:00Z"), registers[15].MeasuredAt);
        Assert.Equal(Decoding.At("2020-02-05T06:44:17Z"), registers[16].MeasuredAt);
        Assert.Equal(["dryDetected", "temporaryError"], decoded.Set());
    }

    [Fact]
    public void APaddingByteAtTheEndIsNoValue() =>
        Assert.Equal(_codec.Read(100, Documented).Values, _codec.Read(100, Documented + "2f").Values);

    [Fact]
    public void TheEnhancedPayloadHolds23PackedHours()
    {
        var decoded = _codec.Read(100, Enhanced);

        int[] deltas = [0, 0, 0, 0, 0, 14, 8, 21, 14, 21, 1, 18, 2, 9, 0, 8, 0, 0, 0, 0, 0, 0, 0];
        var expected = new List<double> { 5938 };
        foreach (var delta in deltas)
            expected.Add(expected[^1] + delta);
        var registers = decoded.Values.Where(value => value.Name == "volumeLitres").ToArray();
        Assert.Equal(expected, registers.Select(value => value.Value));
        Assert.Equal(6054, registers[^1].Value);
        Assert.Equal(Decoding.At("2026-09-01T01:00:00Z"), registers[0].MeasuredAt);
        Assert.Equal(Decoding.At("2026-09-02T00:00:00Z"), registers[^1].MeasuredAt);
        Assert.Empty(decoded.Set());
    }

    [Theory]
    [InlineData("00", "")]
    [InlineData("20", "leakDetected")]
    [InlineData("A0", "burstDetected")]
    [InlineData("60", "reverseFlowDetected")]
    [InlineData("80", "freezeDetected")]
    [InlineData("E0", "burstDetected reverseFlowDetected")]
    [InlineData("10", "dryDetected temporaryError")]
    [InlineData("90", "freezeDetected temporaryError")]
    [InlineData("04", "lowBattery")]
    [InlineData("08", "permanentError")]
    [InlineData("A4", "burstDetected lowBattery")]
    [InlineData("40", "")]
    public void AMaskOfTwoBitsIsNotTheAlarmsOfItsBits(string status, string expected)
    {
        var decoded = _codec.Read(100, $"0ea0355d{status}2935000054c0345de7290000");

        Assert.Equal(expected, string.Join(' ', decoded.Set()));
    }

    [Fact]
    public void AnAlarmPacketHasBitsOfItsOwn()
    {
        var decoded = _codec.Read(103, "43b1315d30");

        Assert.Equal(["noConsumptionDetected", "reverseFlowDetected"], decoded.Set());
        Assert.All(decoded.Values, value => Assert.Equal(Decoding.At("2019-07-19T12:02:11Z"), value.MeasuredAt));
    }

    [Fact]
    public void AConfigurationPacketIsNothingToTheTwin() =>
        Assert.Empty(_codec.Read(101, "04FF891331FD17041344FF891344134D931E206201").Values);

    // The layout with a temperature has 47 bytes too: its log time, read two bytes early, is years away.
    [Fact]
    public void AnotherLayoutOfTheSameLengthIsNotTakenForThisOne() =>
        Assert.Contains("log", _codec.Refuse(
            100, "0ea0355d3029350000a40654c0345de7290000b800b900b800b800b800b900b800b800b800b800b800b800b900b900"));

    [Fact]
    public void AnUnknownPortIsNamed() => Assert.Equal("fPort: 7 is none of 100, 101, 103", _codec.Refuse(7, "00"));
}
