using System.Buffers.Binary;
using System.Text;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>Packets as the specifications write them, made without the code under test.</summary>
internal static class Packets
{
    public const byte V311 = 4;
    public const byte V5 = 5;

    public static readonly byte[] Pingreq = [0xC0, 0];
    public static readonly byte[] Disconnect = [0xE0, 0];

    public static byte[] Connect(
        byte version, string clientId, string? userName = null, string? password = null, ushort keepAliveSeconds = 60,
        (string Topic, string Payload)? will = null, byte[]? properties = null, bool isClean = true,
        byte[]? willProperties = null)
    {
        var flags = (byte)(isClean ? 0x02 : 0);
        if (will is not null)
            flags |= 0x0C;
        if (userName is not null)
            flags |= 0x80;
        if (password is not null)
            flags |= 0x40;
        List<byte> body =
        [
            .. Text("MQTT"), version, flags, (byte)(keepAliveSeconds >> 8), (byte)keepAliveSeconds,
            .. Properties(version, properties), .. Text(clientId),
        ];
        if (will is var (topic, payload))
            body.AddRange([.. Properties(version, willProperties), .. Text(topic), .. Text(payload)]);
        if (userName is not null)
            body.AddRange(Text(userName));
        if (password is not null)
            body.AddRange(Text(password));
        return Packet(0x10, [.. body]);
    }

    public static byte[] Publish(
        byte version, string topic, string payload, ushort packetId = 1, int qos = 1, byte[]? properties = null) =>
        Publish(version, topic, Encoding.UTF8.GetBytes(payload), packetId, qos, properties);

    public static byte[] Publish(
        byte version, string topic, byte[] payload, ushort packetId = 1, int qos = 1, byte[]? properties = null) =>
        Packet((byte)(0x30 | qos << 1),
            [.. Text(topic), .. qos > 0 ? UInt16(packetId) : [], .. Properties(version, properties), .. payload]);

    public static byte[] Subscribe(byte version, ushort packetId, params (string Filter, byte Options)[] filters) =>
        Packet(0x82, [.. UInt16(packetId), .. Properties(version, null),
            .. filters.SelectMany(filter => (byte[])[.. Text(filter.Filter), filter.Options])]);

    /// <summary>UNSUBSCRIBE.</summary>
    public static byte[] Unsubscribe(byte version, ushort packetId, params string[] filters) =>
        Packet(0xA2, [.. UInt16(packetId), .. Properties(version, null), .. filters.SelectMany(Text)]);

    /// <summary>PUBACK 4, PUBREC 5, PUBREL 6 or PUBCOMP 7, as short as it can be.</summary>
    public static byte[] Acknowledge(int type, ushort packetId) =>
        [(byte)(type << 4 | (type == 6 ? 2 : 0)), 2, .. UInt16(packetId)];

    /// <summary>What a 5.0 packet says in words; the text follows 0x1F and its length.</summary>
    public static string ReasonString(byte[] packet)
    {
        var at = Array.IndexOf(packet, (byte)0x1F, 4);
        return at < 0 ? "" : Encoding.UTF8.GetString(packet, at + 3, packet[at + 1] << 8 | packet[at + 2]);
    }

    public static byte[] Packet(byte header, byte[] body)
    {
        List<byte> packet = [header];
        var length = body.Length;
        do
        {
            packet.Add((byte)(length % 128 | (length > 127 ? 0x80 : 0)));
            length /= 128;
        }
        while (length > 0);
        return [.. packet, .. body];
    }

    public static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. UInt16((ushort)bytes.Length), .. bytes];
    }

    public static byte[] UInt16(ushort number)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Properties(byte version, byte[]? properties) =>
        version == V5 ? [(byte)(properties?.Length ?? 0), .. properties ?? []] : [];
}
