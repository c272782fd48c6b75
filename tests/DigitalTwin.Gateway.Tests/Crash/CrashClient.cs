using System.Buffers.Binary;
using System.Globalization;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.Crash;

/// <summary>What a client sent of one probe: when each count was measured, and which was acknowledged last.</summary>
internal sealed class ProbeRecord(string id)
{
    public string Id { get; } = id;

    /// <summary>Unix milliseconds of counts 1, 2, 3 …</summary>
    public List<long> SentAt { get; } = [];

    public int Acknowledged { get; set; }
}

/// <summary>
/// An MQTT 5 client of its own device that outlives the host: it keeps what it sent and what was acknowledged, and
/// after a reconnection sends again, marked as such, what was not.
/// </summary>
internal sealed class CrashClient(string deviceId, IEnumerable<string> probes, Random random)
{
    private const int OutstandingMax = 16; // MQTT 5.0 §3.3.4: below the server's Receive Maximum
    private const byte Duplicate = 0x08;

    private readonly Queue<(ushort PacketId, ProbeRecord Probe, int Count, byte[] Packet)> _outstanding = [];
    private ushort _packetId;
    private int _window = 1;

    public IReadOnlyList<ProbeRecord> Probes { get; } = [.. probes.Select(id => new ProbeRecord(id))];

    public long Resent { get; private set; }

    public int Outstanding => _outstanding.Count;

    /// <summary>Sends until the connection ends or, if nothing new is to be sent, until all is acknowledged.</summary>
    public async Task RunAsync(int port, string token, bool sendsNew, Action acknowledged)
    {
        try
        {
            using var client = await RawClient.ConnectAsync(port);
            await client.SendAsync(Packets.Connect(
                Packets.V5, deviceId, $"localhost/{deviceId}/?api-version=2021-04-12", token));
            var connack = await client.ReadAsync();
            if (connack.Length == 0)
                return;
            Assert.Equal((0x20, 0), (connack[0], connack[3]));
            await ResendAsync(client);
            while (sendsNew || _outstanding.Count > 0)
            {
                if (sendsNew)
                    await SendNewAsync(client);
                if (await client.ReadAsync() is not { Length: > 0 } answer || !Take(answer))
                    return;
                acknowledged();
            }
        }
        catch (Exception lost) when (lost is IOException or System.Net.Sockets.SocketException)
        {
            // The host was killed; who called knows whether it was.
        }
    }

    // 5.0 §4.4 and §4.6: with their packet identifiers and in their order.
    private async Task ResendAsync(RawClient client)
    {
        foreach (var message in _outstanding)
        {
            message.Packet[0] |= Duplicate;
            Resent++;
            await client.SendAsync(message.Packet);
        }
    }

    private async Task SendNewAsync(RawClient client)
    {
        // Anything from one at a time to a full window, so that rounds of the server differ in length.
        if (_outstanding.Count < _window)
            _window = random.Next(1, OutstandingMax + 1);
        while (_outstanding.Count < _window)
        {
            var probe = Probes[random.Next(Probes.Count)];
            var at = Math.Max(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), probe.SentAt.LastOrDefault() + 1);
            probe.SentAt.Add(at);
            var count = probe.SentAt.Count;
            var odd = count % 2 == 1 ? "true" : "false";
            _packetId = _packetId == ushort.MaxValue ? (ushort)1 : (ushort)(_packetId + 1);
            var packet = Packets.Publish(
                Packets.V5, $"devices/{deviceId}/messages/events/",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"twin":"{{probe.Id}}","ts":{{at}},"count":{{count}},"odd":{{odd}}}"""),
                _packetId);
            _outstanding.Enqueue((_packetId, probe, count, packet));
            await client.SendAsync(packet);
        }
    }

    // False where the packet is torn: the host died while it was writing it.
    private bool Take(byte[] answer)
    {
        if (answer.Length < 2 + answer[1])
            return false;
        Assert.Equal(0x40, answer[0]);
        Assert.True(answer.Length == 4 || answer[4] == 0, $"{deviceId} was refused with {Convert.ToHexString(answer)}");
        // 5.0 §4.6: acknowledged in the order in which it was sent.
        var message = _outstanding.Dequeue();
        Assert.Equal(message.PacketId, BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(2)));
        message.Probe.Acknowledged = message.Count;
        return true;
    }
}
