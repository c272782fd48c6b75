using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DigitalTwin.Simulator.Mqtt;

/// <summary>Writes the control packets that a publishing MQTT 3.1.1 client needs.</summary>
internal static class MqttPackets
{
    public const byte ConnAck = 0x20;
    public const byte PubAck = 0x40;
    public const byte SubAck = 0x90;
    public const byte PingResponse = 0xD0;

    /// <summary>The type of a PUBLISH; the lower four bits are its flags.</summary>
    public const byte Publish = 0x30;

    private const byte Connect = 0x10;
    private const byte Subscribe = 0x82;
    private const byte PublishQos1 = 0x32;
    private const byte PublishDuplicate = 0x08;

    // MQTT 3.1.1 §3.1.2.3: clean session, user name and password; an empty password is left out.
    private const byte CleanSession = 0x02;
    private const byte HasUserName = 0x80;
    private const byte HasPassword = 0x40;

    public static ReadOnlySpan<byte> PingRequest => [0xC0, 0];

    public static ReadOnlySpan<byte> Disconnect => [0xE0, 0];

    public static void WriteConnect(
        IBufferWriter<byte> output, string clientId, string userName, string? password, ushort keepAliveSeconds)
    {
        ReadOnlySpan<byte> protocol = [0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4];
        var length = protocol.Length + 3 + TextBytes(clientId) + TextBytes(userName)
            + (password is null ? 0 : TextBytes(password));
        WriteHeader(output, Connect, length);
        output.Write(protocol);
        output.Write([(byte)(CleanSession | HasUserName | (password is null ? 0 : HasPassword))]);
        WriteNumber(output, keepAliveSeconds);
        WriteText(output, clientId);
        WriteText(output, userName);
        if (password is not null)
            WriteText(output, password);
    }

    public static void WritePublish(
        IBufferWriter<byte> output, ReadOnlySpan<byte> topic, ushort packetId, ReadOnlySpan<byte> body, bool isDuplicate)
    {
        WriteHeader(output, (byte)(PublishQos1 | (isDuplicate ? PublishDuplicate : 0)), 4 + topic.Length + body.Length);
        WriteNumber(output, (ushort)topic.Length);
        output.Write(topic);
        WriteNumber(output, packetId);
        output.Write(body);
    }

    /// <summary>One filter at QoS 1.</summary>
    public static void WriteSubscribe(IBufferWriter<byte> output, ReadOnlySpan<byte> filter, ushort packetId)
    {
        WriteHeader(output, Subscribe, 5 + filter.Length);
        WriteNumber(output, packetId);
        WriteNumber(output, (ushort)filter.Length);
        output.Write(filter);
        output.Write((ReadOnlySpan<byte>)[1]);
    }

    public static void WritePubAck(IBufferWriter<byte> output, ushort packetId)
    {
        output.Write((ReadOnlySpan<byte>)[PubAck, 2]);
        WriteNumber(output, packetId);
    }

    /// <summary>The length of a packet and of its header; 0 where more bytes are needed to know.</summary>
    public static (int HeaderBytes, int Remaining) ReadHeader(ReadOnlySpan<byte> bytes)
    {
        var remaining = 0;
        for (var i = 1; i < bytes.Length && i <= 4; i++)
        {
            remaining |= (bytes[i] & 0x7F) << 7 * (i - 1);
            if (bytes[i] < 0x80)
                return (i + 1, remaining);
        }

        return bytes.Length > 4 ? throw new MqttException("the server sent a malformed packet length") : default;
    }

    // MQTT 3.1.1 §2.2.3: seven bits a byte, least significant first.
    private static void WriteHeader(IBufferWriter<byte> output, byte type, int remainingLength)
    {
        Span<byte> header = stackalloc byte[5];
        header[0] = type;
        var used = 1;
        do
        {
            header[used] = (byte)(remainingLength % 128 | (remainingLength >= 128 ? 0x80 : 0));
            remainingLength /= 128;
            used++;
        }
        while (remainingLength > 0);
        output.Write(header[..used]);
    }

    private static int TextBytes(string text) => 2 + Encoding.UTF8.GetByteCount(text);

    private static void WriteText(IBufferWriter<byte> output, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        WriteNumber(output, checked((ushort)bytes.Length));
        output.Write(bytes);
    }

    private static void WriteNumber(IBufferWriter<byte> output, ushort number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), number);
        output.Advance(2);
    }
}
