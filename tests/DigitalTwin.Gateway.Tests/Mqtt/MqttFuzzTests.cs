using System.Buffers;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>
/// A million mutations of valid packets through the same reading as a connection's, by seed: nothing but a violation
/// is thrown, every read comes to an end, and nothing grows. Alone, because it measures what is allocated.
/// </summary>
[Collection(nameof(MqttAllocationTests))]
public sealed class MqttFuzzTests
{
    private const int Cases = 1_000_000;
    private const int CasesASession = 2_000;
    private const string Events = "devices/cab-1/messages/events/";

    [Theory]
    [InlineData(Packets.V311, 1)]
    [InlineData(Packets.V5, 2)]
    public async Task AnythingIsReadOrRefused(byte version, int seed)
    {
        await using var server = await EdgeServer.StartAsync();
        var valid = Valid(version);
        var random = new Random(seed);
        var now = Instant.From(server.Time.GetUtcNow());
        var buffer = new byte[1_024];
        var (read, refused, whole) = (0, 0, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        MqttSession? session = null;
        for (var i = 0; i < Cases / 2; i++)
        {
            if (i % CasesASession == 0)
                session = Session(server, version);
            var length = Mutate(valid, random, buffer);
            var input = new ReadOnlySequence<byte>(buffer, 0, length);
            var round = MqttRound.Rent(now);
            try
            {
                session!.Read(ref input, round);
                read++;
                whole += round.Packets;
                Assert.True(round.Replies.Length <= 128 * (round.Packets + 1), $"case {i} of seed {seed} has too many replies");
            }
            catch (MqttViolation)
            {
                refused++;
            }

            round.Return();
        }

        var bytesACase = (GC.GetAllocatedBytesForCurrentThread() - before) / (Cases / 2);
        Assert.InRange(bytesACase, 0, 4_096);
        // Both happen often, or the mutations are too mild or too wild to say anything.
        Assert.InRange(read, Cases / 20, Cases / 2);
        Assert.InRange(refused, Cases / 20, Cases / 2);
        Assert.True(whole > Cases / 20, $"only {whole} packets were whole");
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public void EveryConnectIsReadOrRefused(byte version)
    {
        var valid = new[]
        {
            Packets.Connect(version, "cab-1", "h/cab-1/", "SharedAccessSignature sr=x", will: (Events, "{}")),
            Packets.Connect(version, "cab-1", properties: version == Packets.V5
                ? [0x11, 0, 0, 1, 0, 0x21, 0, 9, 0x27, 0, 0, 1, 0, 0x26, .. Packets.Text("a"), .. Packets.Text("b")]
                : null),
        };
        var random = new Random(version);
        var buffer = new byte[1_024];
        var taken = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var length = Mutate(valid, random, buffer);
            var input = new ReadOnlySequence<byte>(buffer, 0, length);
            try
            {
                if (!MqttFrame.TryTake(ref input, bytesMax: 1_024, out var header, out var body))
                    continue;
                ConnectPacket.VersionOf(body.FirstSpan);
                ConnectPacket.Parse(header, body.FirstSpan);
                taken++;
            }
            catch (MqttViolation)
            {
                // Refused.
            }
        }

        Assert.InRange(taken, 1_000, 99_000);
    }

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task EveryPacketCutAnywhereIsTheSamePacket(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        var now = Instant.From(server.Time.GetUtcNow());
        foreach (var packet in Valid(version))
        {
            var expected = ReadAll([packet]);
            for (var cut = 0; cut <= packet.Length; cut++)
                Assert.Equal(expected, ReadAll([packet[..cut], packet[cut..]]));
            Assert.Equal(expected, ReadAll([.. packet.Select(one => (byte[])[one])]));
        }

        // As a connection does: what is not whole yet is read again with what follows.
        string ReadAll(byte[][] pieces)
        {
            var session = Session(server, version);
            var round = MqttRound.Rent(now);
            var waiting = new List<byte>();
            var said = "";
            try
            {
                foreach (var piece in pieces)
                {
                    waiting.AddRange(piece);
                    var input = Segmented([.. waiting], pieces.Length);
                    var end = session.Read(ref input, round);
                    waiting.RemoveRange(0, waiting.Count - (int)input.Length);
                    said += end is RoundEnd.Left or RoundEnd.LeftWithWill ? $"{end} " : "";
                }
            }
            catch (MqttViolation violation)
            {
                said += violation.Message;
            }

            said += $"{round.Packets} {round.Batch.Count} {waiting.Count} {Convert.ToHexString(round.Replies.Written)}";
            round.Return();
            return said;
        }
    }

    private static MqttSession Session(EdgeServer server, byte version)
    {
        var connect = ConnectPacket.Parse(0x10, Packets.Connect(version, "cab-1").AsSpan(2));
        return new MqttSession(
            connect, new DeviceTopic("cab-1"), new ClientSession("cab-1", new GatewayLimits(), log: null), server.MqttServices);
    }

    // Every type that a client sends, with whatever may be in it, short and with lengths of one and two bytes.
    private static byte[][] Valid(byte version)
    {
        var reading = """[{"twin":"l-001","dimLevelPercent":40},{"twin":"l-002","dimLevelPercent":41}]""";
        byte[] properties =
        [
            0x01, 1, 0x02, 0, 0, 0, 9, 0x03, .. Packets.Text("t"), 0x08, .. Packets.Text("r"), 0x09, 0, 1, 9,
            0x26, .. Packets.Text("$.ctime"), .. Packets.Text("2026-11-21T00:00:00Z"), 0x23, 0, 3,
        ];
        List<byte[]> packets =
        [
            Packets.Publish(version, Events, reading, qos: 0), Packets.Publish(version, Events, "{}", 1, qos: 1),
            Packets.Publish(version, Events + "a=b&$.ctime=2026-11-21T00%3A00%3A00Z", reading, 2, qos: 2),
            Packets.Publish(version, "devices/cab-2/messages/events/", "{}", 3),
            Packets.Acknowledge(4, 1), Packets.Acknowledge(5, 1), Packets.Acknowledge(6, 2), Packets.Acknowledge(7, 1),
            Packets.Subscribe(version, 3, ("$iothub/methods/POST/#", 1), ("devices/cab-1/messages/devicebound/#", 0)),
            Packets.Unsubscribe(version, 4, "$iothub/methods/POST/#", "a/b"), Packets.Pingreq, Packets.Disconnect,
        ];
        if (version == Packets.V5)
            packets.AddRange(
            [
                Packets.Publish(version, Events, reading, 5, properties: properties),
                Packets.Publish(version, Events, "{", 6, qos: 2, properties: properties[..^3]),
                [0x40, 4, 0, 1, 0x80, 0], [0x62, 10, 0, 2, 0x92, 6, 0x1F, 0, 3, 0x61, 0x62, 0x63], [0xE0, 2, 4, 0],
            ]);
        return [.. packets];
    }

    // One to three packets, then up to four changes: a byte, a bit, a cut, a doubling, a length.
    private static int Mutate(byte[][] valid, Random random, byte[] buffer)
    {
        var length = 0;
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var packet = valid[random.Next(valid.Length)];
            packet.CopyTo(buffer, length);
            length += packet.Length;
        }

        for (var i = random.Next(5); i > 0 && length > 1; i--)
        {
            var at = random.Next(length);
            switch (random.Next(6))
            {
                case 0:
                    buffer[at] = (byte)random.Next(256);
                    break;
                case 1:
                    buffer[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    length = at + 1;
                    break;
                case 3:
                    Buffer.BlockCopy(buffer, at, buffer, random.Next(length), Math.Min(8, length - at));
                    break;
                case 4:
                    buffer[Math.Min(1, length - 1)] = (byte)random.Next(256);
                    break;
                default:
                    buffer[at] = (byte)(random.Next(2) * 255);
                    break;
            }
        }

        return length;
    }

    private static ReadOnlySequence<byte> Segmented(byte[] bytes, int pieces)
    {
        if (pieces < 2 || bytes.Length < 2)
            return new ReadOnlySequence<byte>(bytes);
        var first = new Segment(bytes.AsMemory(0, bytes.Length / 2), null);
        var last = new Segment(bytes.AsMemory(bytes.Length / 2), first);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null)
                return;
            before.Next = this;
            RunningIndex = before.RunningIndex + before.Memory.Length;
        }
    }
}
