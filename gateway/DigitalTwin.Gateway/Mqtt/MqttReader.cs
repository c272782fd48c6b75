using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>Reads the data types of MQTT 5.0 §1.5 from one packet; whatever does not fit is a violation.</summary>
internal ref struct MqttReader(ReadOnlySpan<byte> packet)
{
    private ReadOnlySpan<byte> _rest = packet;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ReadOnlySpan<byte> Binary() => Take(UInt16());

    /// <summary>UTF-8 without U+0000 (§1.5.4).</summary>
    public ReadOnlySpan<byte> Text()
    {
        var text = Binary();
        return Utf8.IsValid(text) && !text.Contains((byte)0)
            ? text
            : throw MqttViolation.Malformed("a text is not UTF-8 or holds U+0000");
    }

    public string String() => Encoding.UTF8.GetString(Text());

    public int VariableInteger()
    {
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            var part = Byte();
            value |= (part & 0x7f) << (7 * i);
            // [MQTT-1.5.5-1]: a last byte of 0 would add nothing.
            if (part == 0 && i > 0)
                throw MqttViolation.Malformed("a variable byte integer is longer than it need be");
            if (part < 0x80)
                return value;
        }

        throw MqttViolation.Malformed("a variable byte integer has more than four bytes");
    }

    public ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
            throw MqttViolation.Malformed("the packet ends within a field");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    public readonly void MustEnd()
    {
        if (!_rest.IsEmpty)
            throw MqttViolation.Malformed($"{_rest.Length} bytes follow the packet's last field");
    }
}
