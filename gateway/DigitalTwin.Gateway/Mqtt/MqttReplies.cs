using System.Buffers.Binary;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>Packets to a client, collected until they may be sent.</summary>
internal sealed class MqttReplies
{
    // CONNACK §3.2.2.3: no sessions, QoS 1 at most, nothing retained, no shared or numbered subscriptions.
    private const int ConnackPropertiesBytes = 5 + 2 + 3 + 5 + 2 + 2 + 2;

    private byte[] _bytes = new byte[64];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public bool IsEmpty => _length == 0;

    public void Clear() => _length = 0;

    public void Connack(MqttVersion version, MqttReason reason, GatewayLimits limits)
    {
        if (version == MqttVersion.V311)
        {
            ReadOnlySpan<byte> packet = [(int)MqttPacketType.Connack << 4, 2, 0, ReturnCode(reason)];
            packet.CopyTo(Take(packet.Length));
            return;
        }

        if (reason != MqttReason.Success)
        {
            ReadOnlySpan<byte> packet = [(int)MqttPacketType.Connack << 4, 3, 0, (byte)reason, 0];
            packet.CopyTo(Take(packet.Length));
            return;
        }

        var bytes = Take(5 + ConnackPropertiesBytes);
        ReadOnlySpan<byte> head =
            [(int)MqttPacketType.Connack << 4, 3 + ConnackPropertiesBytes, 0, 0, ConnackPropertiesBytes];
        head.CopyTo(bytes);
        bytes = bytes[head.Length..];
        bytes[0] = 0x11; // session expiry interval: 0
        BinaryPrimitives.WriteUInt32BigEndian(bytes[1..], 0);
        bytes[5] = 0x24; // maximum QoS
        bytes[6] = 1;
        bytes[7] = 0x21; // receive maximum
        BinaryPrimitives.WriteUInt16BigEndian(
            bytes[8..], (ushort)Math.Min(ushort.MaxValue, limits.PacketsPerRoundMax));
        bytes[10] = 0x27; // maximum packet size
        BinaryPrimitives.WriteInt32BigEndian(bytes[11..], limits.MessageBytesMax);
        ReadOnlySpan<byte> refused = [0x25, 0, 0x29, 0, 0x2A, 0]; // retain, subscription identifiers, shared
        refused.CopyTo(bytes[15..]);
    }

    public void Puback(MqttVersion version, ushort packetId, MqttReason reason)
    {
        var hasReason = version == MqttVersion.V500 && reason != MqttReason.Success;
        var bytes = Take(hasReason ? 5 : 4);
        bytes[0] = (int)MqttPacketType.Puback << 4;
        bytes[1] = (byte)(hasReason ? 3 : 2);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], packetId);
        if (hasReason)
            bytes[4] = (byte)reason;
    }

    /// <summary>SUBACK or UNSUBACK: one code a filter, few enough for one byte of length.</summary>
    public void Subscription(MqttPacketType type, MqttVersion version, ushort packetId, ReadOnlySpan<byte> codes)
    {
        // UNSUBACK has codes only in 5.0.
        if (type == MqttPacketType.Unsuback && version == MqttVersion.V311)
            codes = default;
        var properties = version == MqttVersion.V500 ? 1 : 0;
        var bytes = Take(4 + properties + codes.Length);
        bytes[0] = (byte)((int)type << 4);
        bytes[1] = (byte)(2 + properties + codes.Length);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], packetId);
        bytes[4..].Clear();
        codes.CopyTo(bytes[(4 + properties)..]);
    }

    public void Pingresp()
    {
        var bytes = Take(2);
        bytes[0] = (int)MqttPacketType.Pingresp << 4;
        bytes[1] = 0;
    }

    /// <summary>5.0 only: 3.1.1 has no DISCONNECT from a server.</summary>
    public void Disconnect(MqttReason reason)
    {
        ReadOnlySpan<byte> packet = [(int)MqttPacketType.Disconnect << 4, 2, (byte)reason, 0];
        packet.CopyTo(Take(packet.Length));
    }

    // MQTT 3.1.1 §3.2.2.3.
    private static byte ReturnCode(MqttReason reason) => reason switch
    {
        MqttReason.Success => 0,
        MqttReason.UnsupportedVersion => 1,
        MqttReason.InvalidClientId => 2,
        MqttReason.ServerBusy => 3,
        _ => 5,
    };

    private Span<byte> Take(int length)
    {
        if (_length + length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + length));
        _length += length;
        return _bytes.AsSpan(_length - length, length);
    }
}
