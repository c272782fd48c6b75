using System.Buffers;
using DigitalTwin.Gateway.Push.MessagePack;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace DigitalTwin.Gateway.Tests.Push.MessagePack;

/// <summary>The binary hub protocol, byte by byte, and whatever else a client may send.</summary>
public sealed class MessagePackHubProtocolTests
{
    private static readonly MessagePackHubProtocol s_protocol = new();
    private static readonly Binder s_binder = new();

    // The examples of HubProtocol.md, "MessagePack encoding", with a length before each.
    private static readonly byte[] s_watch =
        [0x0f, 0x96, 0x01, 0x80, 0xa1, (byte)'7', 0xa5, .. "Watch"u8, 0x91, 0xa2, .. "{}"u8, 0x90];

    [Fact]
    public void AnInvocationIsRead()
    {
        var watch = (byte[])s_watch.Clone();
        watch[0] = (byte)(watch.Length - 1);
        var invocation = Assert.IsType<InvocationMessage>(Read(watch));
        Assert.Equal("7", invocation.InvocationId);
        Assert.Equal("Watch", invocation.Target);
        Assert.Equal("{}", Assert.Single(invocation.Arguments));
    }

    [Fact]
    public void AnAcknowledgementWithoutAnIdIsRead()
    {
        // The id is nil and the number a uint32.
        byte[] packet = [0x96, 0x01, 0x80, 0xc0, 0xa3, .. "Ack"u8, 0x91, 0xce, 0xff, 0xff, 0xff, 0xff, 0x90];
        var invocation = Assert.IsType<InvocationMessage>(Read([(byte)packet.Length, .. packet]));
        Assert.Null(invocation.InvocationId);
        Assert.Equal(uint.MaxValue, Assert.Single(invocation.Arguments));
    }

    [Fact]
    public void AFrameIsWrittenAsBinary()
    {
        var written = s_protocol.GetMessageBytes(new InvocationMessage("frame", [new byte[] { 1, 2, 3 }])).ToArray();
        byte[] expected = [0x96, 0x01, 0x80, 0xc0, 0xa5, .. "frame"u8, 0x91, 0xc4, 0x03, 1, 2, 3, 0x90];
        Assert.Equal([(byte)expected.Length, .. expected], written);
    }

    [Fact]
    public void AnswersErrorsPingAndCloseAreWritten()
    {
        Assert.Equal(
            [0x07, 0x95, 0x03, 0x80, 0xa1, (byte)'7', 0x03, 0xc0],
            s_protocol.GetMessageBytes(CompletionMessage.WithResult("7", null)).ToArray());
        Assert.Equal(
            [0x0a, 0x95, 0x03, 0x80, 0xa1, (byte)'7', 0x01, 0xa3, .. "bad"u8],
            s_protocol.GetMessageBytes(CompletionMessage.WithError("7", "bad")).ToArray());
        Assert.Equal(
            [0x06, 0x94, 0x03, 0x80, 0xa1, (byte)'7', 0x02],
            s_protocol.GetMessageBytes(CompletionMessage.Empty("7")).ToArray());
        Assert.Equal([0x02, 0x91, 0x06], s_protocol.GetMessageBytes(PingMessage.Instance).ToArray());
        Assert.Equal([0x04, 0x93, 0x07, 0xc0, 0xc2], s_protocol.GetMessageBytes(CloseMessage.Empty).ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(300_000)]
    public void TextAndFramesOfAnyLengthComeBack(int length)
    {
        var text = new string('x', length);
        var written = s_protocol.GetMessageBytes(new InvocationMessage("7", "Watch", [text]));
        Assert.Equal(text, Assert.Single(Assert.IsType<InvocationMessage>(Read(written.ToArray())).Arguments));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-33)]
    [InlineData(-32)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(long.MaxValue)]
    public void IntegersComeBack(long number)
    {
        var written = s_protocol.GetMessageBytes(new InvocationMessage("7", "Long", [number]));
        Assert.Equal(number, Assert.Single(Assert.IsType<InvocationMessage>(Read(written.ToArray())).Arguments));
    }

    [Fact]
    public void AMessageInPiecesWaitsForItsEnd()
    {
        var whole = s_protocol.GetMessageBytes(new InvocationMessage("7", "Watch", [new string('x', 500)])).ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            var input = new ReadOnlySequence<byte>(whole, 0, length);
            Assert.False(s_protocol.TryParseMessage(ref input, s_binder, out _));
            Assert.Equal(length, input.Length);
        }
    }

    [Fact]
    public void WhateverIsSentIsAMessageOrRefused()
    {
        var sample = s_protocol.GetMessageBytes(new InvocationMessage("7", "Watch", ["{\"kinds\":[]}"])).ToArray();
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var packet = (byte[])sample.Clone();
            for (var i = random.Next(1, 5); i > 0; i--)
                packet[random.Next(packet.Length)] = (byte)random.Next(256);
            var input = new ReadOnlySequence<byte>(packet);
            try
            {
                while (s_protocol.TryParseMessage(ref input, s_binder, out var message))
                    Assert.NotNull(message);
            }
            catch (InvalidDataException)
            {
                // Refused: the connection is closed with this.
            }
        }
    }

    [Fact]
    public void DeepNestingAndFalseLengthsAreRefused()
    {
        byte[] deep = [0x96, 0x01, .. Enumerable.Repeat((byte)0x91, 100)];
        Assert.Throws<InvalidDataException>(() => Read([(byte)deep.Length, .. deep]));
        byte[] falseLength = [0x96, 0x01, 0xdd, 0xff, 0xff, 0xff, 0xff];
        Assert.Throws<InvalidDataException>(() => Read([(byte)falseLength.Length, .. falseLength]));
        Assert.Throws<InvalidDataException>(() => Read([0xff, 0xff, 0xff, 0xff, 0x7f]));
    }

    private static HubMessage Read(byte[] bytes)
    {
        var input = new ReadOnlySequence<byte>(bytes);
        Assert.True(s_protocol.TryParseMessage(ref input, s_binder, out var message));
        Assert.True(input.IsEmpty);
        return message;
    }

    private sealed class Binder : IInvocationBinder
    {
        public IReadOnlyList<Type> GetParameterTypes(string methodName) => methodName switch
        {
            "Watch" => [typeof(string)],
            "Ack" => [typeof(uint)],
            "Long" => [typeof(long)],
            _ => throw new HubException($"no method '{methodName}'"),
        };

        public Type GetReturnType(string invocationId) => typeof(object);

        public Type GetStreamItemType(string streamId) => typeof(object);
    }
}
