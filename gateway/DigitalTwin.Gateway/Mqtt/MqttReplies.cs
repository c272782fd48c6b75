using System.Buffers.Binary;
using System.Text;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>What CONNACK says beyond success or failure.</summary>
/// <param name="SessionExpirySeconds">Where it is less than the client asked for.</param>
/// <param name="KeepAliveSeconds">Where the client is to keep another than it asked for.</param>
/// <param name="Why">In words, to a client that wants them.</param>
internal sealed record ConnackDetails(
    bool IsSessionPresent = false, uint? SessionExpirySeconds = null, string? AssignedClientId = null,
    ushort? KeepAliveSeconds = null, string? Why = null);

/// <summary>Packets to a client, collected until they may be sent.</summary>
internal sealed class MqttReplies
{
    private const int ReasonBytesMax = 100; // keeps every packet with a reason below 128 bytes

    private byte[] _bytes = new byte[64];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public bool IsEmpty => _length == 0;

    public int Length => _length;

    public void Clear() => _length = 0;

    public void Connack(MqttVersion version, MqttReason reason, GatewayLimits limits, ConnackDetails? details = null)
    {
        details ??= new ConnackDetails();
        var acknowledge = (byte)(details.IsSessionPresent ? 1 : 0);
        if (version == MqttVersion.V311)
        {
            Append([(int)MqttPacketType.Connack << 4, 2, acknowledge, ReturnCode(reason)]);
            return;
        }

        var properties = new List<byte>();
        if (reason == MqttReason.Success)
        {
            if (details.SessionExpirySeconds is { } expiry)
                Add32(MqttProperty.SessionExpiry, expiry);
            Add16(MqttProperty.ReceiveMaximum, limits.ReceiveMax);
            Add32(MqttProperty.MaximumPacketSize, (uint)limits.MessageBytesMax);
            if (details.AssignedClientId is { } clientId)
                AddText(MqttProperty.AssignedClientId, clientId);
            Add16(MqttProperty.TopicAliasMaximum, limits.TopicAliasesMax);
            properties.AddRange([(byte)MqttProperty.SubscriptionIdsAvailable, 0]);
            properties.AddRange([(byte)MqttProperty.SharedSubscriptionsAvailable, 0]);
            if (details.KeepAliveSeconds is { } keepAlive)
                Add16(MqttProperty.ServerKeepAlive, keepAlive);
        }
        else if (details.Why is { } why)
        {
            AddText(MqttProperty.ReasonString, Short(why));
        }

        Append([
            (int)MqttPacketType.Connack << 4, (byte)(3 + properties.Count), acknowledge, (byte)reason,
            (byte)properties.Count, .. properties]);

        void Add16(MqttProperty property, int value) =>
            properties.AddRange([(byte)property, (byte)(value >> 8), (byte)value]);

        void Add32(MqttProperty property, uint value) => properties.AddRange(
            [(byte)property, (byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);

        void AddText(MqttProperty property, string text) => properties.AddRange(
            [(byte)property, 0, (byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)]);
    }

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP.</summary>
    /// <param name="why">In words; null for a client that does not want them, or where there is nothing to say.</param>
    public void Acknowledge(
        MqttPacketType type, MqttVersion version, ushort packetId, MqttReason reason = MqttReason.Success,
        string? why = null)
    {
        var hasReason = version == MqttVersion.V500 && reason != MqttReason.Success;
        var text = hasReason && why is not null ? Encoding.UTF8.GetBytes(Short(why)) : [];
        var properties = text.Length > 0 ? 1 + 3 + text.Length : 0;
        var length = hasReason ? 3 + properties : 2;
        var bytes = Take(2 + length);
        bytes[0] = (byte)((int)type << 4 | (type == MqttPacketType.Pubrel ? 2 : 0));
        bytes[1] = (byte)length;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], packetId);
        if (hasReason)
            bytes[4] = (byte)reason;
        if (properties > 0)
            WriteReason(bytes[5..], text);
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
    public void Disconnect(MqttReason reason, string? why = null)
    {
        var text = why is null ? [] : Encoding.UTF8.GetBytes(Short(why));
        var properties = text.Length > 0 ? 3 + text.Length : 0;
        var bytes = Take(4 + properties);
        bytes[0] = (int)MqttPacketType.Disconnect << 4;
        bytes[1] = (byte)(2 + properties);
        bytes[2] = (byte)reason;
        bytes[3] = 0;
        if (properties > 0)
            WriteReason(bytes[3..], text);
    }

    /// <summary>PUBLISH; false, and nothing is written, where the client takes no packet so large.</summary>
    /// <param name="flags">The low half of the first byte: DUP, QoS, RETAIN.</param>
    public bool TryPublish(OutboundMessage message, byte flags, ushort packetId, DateTimeOffset now, SessionPeer peer)
    {
        var properties = peer.Version == MqttVersion.V500 ? PublishProperties.Of(message, now) : [];
        var topicLength = Encoding.UTF8.GetByteCount(message.Topic);
        var idLength = (flags & 0x06) != 0 ? 2 : 0;
        var length = 2 + topicLength + idLength + properties.Length + message.Payload.Length;
        var lengthBytes = length < 1 << 7 ? 1 : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : 4;
        if (1 + lengthBytes + length > peer.PacketBytesMax)
            return false;
        var bytes = Take(1 + lengthBytes + length);
        bytes[0] = (byte)((int)MqttPacketType.Publish << 4 | flags);
        for (var i = 1; i <= lengthBytes; i++)
            bytes[i] = (byte)(length >> (7 * (i - 1)) & 0x7f | (i < lengthBytes ? 0x80 : 0));
        bytes = bytes[(1 + lengthBytes)..];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)topicLength);
        Encoding.UTF8.GetBytes(message.Topic, bytes[2..]);
        bytes = bytes[(2 + topicLength)..];
        if (idLength > 0)
            BinaryPrimitives.WriteUInt16BigEndian(bytes, packetId);
        bytes = bytes[idLength..];
        properties.CopyTo(bytes);
        message.Payload.Span.CopyTo(bytes[properties.Length..]);
        return true;
    }

    // MQTT 3.1.1 §3.2.2.3.
    private static byte ReturnCode(MqttReason reason) => reason switch
    {
        MqttReason.Success => 0,
        MqttReason.UnsupportedVersion => 1,
        MqttReason.InvalidClientId => 2,
        MqttReason.ServerBusy or MqttReason.QuotaExceeded or MqttReason.ConnectionRateExceeded => 3,
        _ => 5,
    };

    private static void WriteReason(Span<byte> bytes, ReadOnlySpan<byte> text)
    {
        bytes[0] = (byte)(3 + text.Length);
        bytes[1] = (byte)MqttProperty.ReasonString;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)text.Length);
        text.CopyTo(bytes[4..]);
    }

    // Printable ASCII, which is as many bytes as characters.
    private static string Short(string why) => string.Create(
        Math.Min(why.Length, ReasonBytesMax), why,
        static (text, source) =>
        {
            for (var i = 0; i < text.Length; i++)
                text[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
        });

    private void Append(ReadOnlySpan<byte> packet) => packet.CopyTo(Take(packet.Length));

    private Span<byte> Take(int length)
    {
        if (_length + length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + length));
        _length += length;
        return _bytes.AsSpan(_length - length, length);
    }
}
