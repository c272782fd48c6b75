using DigitalTwin.Gateway.Fanout;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Tests.Fanout;

/// <summary>The bytes between gateways: contracts §2.3.</summary>
public sealed class RoundMessageTests
{
    private static readonly RoundHeader s_header = new(
        MessageKind.Round, 0x0102030405060708, 0x1112131415161718, 200, 199, 150, 1_795_219_200_123, 2);

    [Fact]
    public void AMessageIsAsDocumented()
    {
        var message = RoundMessage.Write(s_header, [Light(7, 37.5f, 200), Light(8, float.NaN, 120)]);
        Assert.Equal(48 + 2 * 40, message.Length);
        Assert.Equal("ALR1"u8.ToArray(), message[..4]);
        Assert.Equal(1, message[4]);
        Assert.Equal(0x0102030405060708ul, BitConverter.ToUInt64(message, 8));
        Assert.Equal(0x1112131415161718ul, BitConverter.ToUInt64(message, 16));
        Assert.Equal((200u, 199u, 150u), (At(24), At(28), At(32)));
        Assert.Equal(2u, At(36));
        Assert.Equal(1_795_219_200_123, BitConverter.ToInt64(message, 40));
        Assert.Equal((7u, 200u), (At(48), At(52)));
        Assert.Equal(1_795_219_200_000, BitConverter.ToInt64(message, 56));
        Assert.Equal([2, 1, 1], message[64..67]);
        Assert.Equal(37.5f, BitConverter.ToSingle(message, 68));
        Assert.Equal((8u, 120u), (At(88), At(92)));

        uint At(int offset) => BitConverter.ToUInt32(message, offset);
    }

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        MirroredTwin[] twins = [Light(7, 37.5f, 200), Light(8, float.NaN, 120), Light(0, -1, 1)];
        var message = RoundMessage.Write(s_header with { Count = 3 }, twins);
        Assert.True(RoundMessage.TryReadHeader(message, out var header));
        Assert.Equal(s_header with { Count = 3 }, header);
        var read = new List<MirroredTwin>();
        Assert.True(RoundMessage.TryReadTwins(message, header, 9, read));
        Assert.Equal(twins.Select(Text), read.Select(Text));
    }

    [Fact]
    public void AMessageThatIsCutOrTooLongIsNone()
    {
        var message = RoundMessage.Write(s_header, [Light(7, 1, 200), Light(8, 2, 200)]);
        for (var length = 0; length < message.Length; length++)
            Assert.False(RoundMessage.TryReadHeader(message.AsSpan(0, length), out _), $"{length} bytes");
        Assert.False(RoundMessage.TryReadHeader([.. message, 0], out _));
    }

    [Theory]
    [InlineData(0, 0)] // magic
    [InlineData(4, 0)] // kind
    [InlineData(4, 4)]
    [InlineData(39, 0x80)] // a negative count
    public void AHeaderThatIsWrongIsNone(int offset, byte value)
    {
        var message = RoundMessage.Write(s_header, [Light(7, 1, 200), Light(8, 2, 200)]);
        message[offset] = value;
        Assert.False(RoundMessage.TryReadHeader(message, out _));
    }

    [Theory]
    [InlineData(88, 9)] // a twin that there is not
    [InlineData(91, 0x80)]
    [InlineData(92, 201)] // a change of a later round
    [InlineData(92, 0)]
    [InlineData(105, 4)] // freshness
    [InlineData(106, 3)] // quality
    public void AMessageWithOneWrongTwinIsNotTakenInPart(int offset, byte value)
    {
        var message = RoundMessage.Write(s_header, [Light(7, 1, 200), Light(8, 2, 200)]);
        message[offset] = value;
        Assert.True(RoundMessage.TryReadHeader(message, out var header));
        var read = new List<MirroredTwin>();
        Assert.False(RoundMessage.TryReadTwins(message, header, 9, read));
        Assert.Empty(read);
    }

    [Fact]
    public void APartOfASnapshotMayBeNewerThanItsNumberAndCountsAsOfIt()
    {
        var header = s_header with { Kind = MessageKind.SnapshotPart, Count = 1 };
        var message = RoundMessage.Write(header, [Light(7, 1, 203)]);
        var read = new List<MirroredTwin>();
        Assert.True(RoundMessage.TryReadTwins(message, header, 9, read));
        Assert.Equal(200u, Assert.Single(read).ChangedIn);
    }

    private static MirroredTwin Light(int twin, float percent, uint changedIn)
    {
        var summary = new TwinSummary
        {
            Twin = new TwinHandle(twin), Condition = 2, Freshness = Freshness.Live, Quality = Quality.Suspect,
            MeasuredAt = new Instant(1_795_219_200_000),
        };
        for (var i = 0; i < Measures.CountMax; i++)
            summary.Measures[i] = i == 0 ? percent : float.NaN;
        return new MirroredTwin(summary, changedIn);
    }

    private static string Text(MirroredTwin twin) =>
        $"{twin.Summary.Twin.Ordinal} {twin.ChangedIn} {twin.Summary.Condition} {twin.Summary.Freshness} "
        + $"{twin.Summary.Quality} {twin.Summary.MeasuredAt} {twin.Summary.Measures[0]} {twin.Summary.Measures[4]}";
}
