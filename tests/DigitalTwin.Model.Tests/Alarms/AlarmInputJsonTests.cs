using System.Buffers;
using System.Text;
using DigitalTwin.Model.Alarms;

namespace DigitalTwin.Model.Tests.Alarms;

public sealed class AlarmInputJsonTests
{
    private const string Awkward = "Ораз \"Ә\"\n\t😀:";

    public static TheoryData<AlarmInput> Inputs()
    {
        var at = AlarmCity.Noon;
        return
        [
            new AlarmInput.Signal(at, "e:1:1", "UV", true, AlarmCity.At(-5), 187.30000000000001),
            new AlarmInput.Signal(at, "e:1:1", "UV", false, AlarmCity.At(-5), double.NaN),
            new AlarmInput.Acknowledge(at, "e:1:1:UV", Awkward, Awkward),
            new AlarmInput.Acknowledge(at, "e:1:1:UV", "a", null),
            new AlarmInput.AcknowledgeIncident(at, "INC-f-1:UV:7", "a", "b"),
            new AlarmInput.Shelve(at, "e:1:1:UV", "a", "b", AlarmCity.At(60), true),
            new AlarmInput.Unshelve(at, "e:1:1:UV", "a"),
            new AlarmInput.Reset(at, "e:1:1:UV", "a", "b"),
            new AlarmInput.Assign(at, "e:1:1:UV", "a", "b"),
            new AlarmInput.Assign(at, "e:1:1:UV", "a", null),
            new AlarmInput.TakeOutOfService(at, "e:1:1:UV", "a", "b"),
            new AlarmInput.ReturnToService(at, "e:1:1:UV", "a"),
            new AlarmInput.Tick(at),
        ];
    }

    [Theory]
    [MemberData(nameof(Inputs))]
    public void AnInputIsReadAsItWasWrittenAndTakesOneLine(AlarmInput input)
    {
        var line = new ArrayBufferWriter<byte>();
        AlarmInputJson.WriteLine(line, input);

        Assert.Equal(line.WrittenCount - 1, line.WrittenSpan.IndexOf((byte)'\n'));
        Assert.Equal(input, AlarmInputJson.Read(line.WrittenMemory));
    }

    [Fact]
    public void AnUnknownMemberIsIgnored() => Assert.Equal(
        new AlarmInput.Tick(AlarmCity.Noon),
        Read($$"""{"type":"tick","recordedAt":{{AlarmCity.Noon.UnixMilliseconds}} ,"mood":{"of":["the","day"] } }"""));

    [Theory]
    [InlineData("""{"type":"tick"}""", "recordedAt")]
    [InlineData("""{"type":"tick","recordedAt":"noon"}""", "recordedAt")]
    [InlineData("""{"type":"tick","recordedAt":1.5}""", "recordedAt")]
    [InlineData("""{"recordedAt":1}""", "type")]
    [InlineData("""{"type":"dance","recordedAt":1}""", "type")]
    [InlineData("""{"type":"acknowledge","recordedAt":1,"by":"a"}""", "alarm")]
    [InlineData("""{"type":"acknowledge","recordedAt":1,"alarm":"x:Y","by":7}""", "by")]
    [InlineData("""{"type":"acknowledge","recordedAt":1,"alarm":"x:Y","by":"a","comment":7}""", "comment")]
    [InlineData("""{"type":"shelve","recordedAt":1,"alarm":"x:Y","by":"a","reason":"r","until":1}""", "oneShot")]
    [InlineData("""{"type":"signal","recordedAt":1,"twin":"x","code":"Y","raised":1,"at":1}""", "raised")]
    [InlineData("""{"type":"signal","recordedAt":1,"twin":"x","code":"Y","raised":true,"at":1,"value":"7"}""", "value")]
    [InlineData("[]", "object")]
    [InlineData("{\"type\":", "JSON")]
    [InlineData("", "JSON")]
    public void WhatIsWrongIsNamed(string line, string member) =>
        Assert.Contains(member, Assert.Throws<FormatException>(() => Read(line)).Message, StringComparison.Ordinal);

    [Fact]
    public void ALineBeyondTheBoundIsRefusedUnread() => Assert.Throws<FormatException>(
        () => Read($$"""{"type":"tick","recordedAt":1,"x":"{{new string(' ', AlarmInputJson.LineBytesMax)}}"}"""));

    private static AlarmInput Read(string line) => AlarmInputJson.Read(Encoding.UTF8.GetBytes(line));
}
