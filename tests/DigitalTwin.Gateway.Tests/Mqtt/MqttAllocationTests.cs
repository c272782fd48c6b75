using System.Buffers;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>What the hot path allocates between the socket and the engine; alone, because the pools are the process's.</summary>
[Collection(nameof(MqttAllocationTests))]
[CollectionDefinition(nameof(MqttAllocationTests), DisableParallelization = true)]
public sealed class MqttAllocationTests
{
    private const int MessagesPerRound = 500;

    [Theory]
    [InlineData(Packets.V311)]
    [InlineData(Packets.V5)]
    public async Task TheSteadyStateAllocatesNothing(byte version)
    {
        await using var server = await EdgeServer.StartAsync();
        var connect = ConnectPacket.Parse(0x10, Packets.Connect(version, "cab-1").AsSpan(2));
        var session = new MqttSession(
            connect, new DeviceTopic("cab-1"), new ClientSession("cab-1", new GatewayLimits(), log: null), server.MqttServices);
        var now = Instant.From(server.Time.GetUtcNow());
        var round = Enumerable.Range(1, MessagesPerRound).SelectMany(i => Packets.Publish(
            version, "devices/cab-1/messages/events/zone=A&$.ctime=2026-11-21T00%3A00%3A00Z",
            $$"""[{"twin":"l-00{{i % 10}}","ts":{{now.UnixMilliseconds}},"dimLevelPercent":{{i % 100}},"lampFailure":false}]""",
            (ushort)i)).ToArray();
        for (var i = 0; i < 20; i++)
            Read();

        // The least of a few: a collection may take from the pools what the next round makes anew.
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 20; i++)
                Read();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.Equal(0, server.Rejects.Total);

        void Read()
        {
            var input = new ReadOnlySequence<byte>(round);
            var read = MqttRound.Rent(now);
            session.Read(ref input, read);
            if (read.Batch.MessageCount != MessagesPerRound || read.Replies.Written.Length != 4 * MessagesPerRound)
                throw new InvalidOperationException("not every message was read");
            read.Return();
        }
    }
}
