using System.Buffers.Binary;
using System.Text;

namespace DigitalTwin.Gateway.Push.MessagePack;

/// <summary>Reads MessagePack (msgpack.org specification) as far as hub messages use it.</summary>
internal ref struct MessagePackReader(ReadOnlySpan<byte> bytes)
{
    private const int DepthMax = 16;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public readonly bool IsAtEnd => _at == _bytes.Length;

    /// <exception cref="InvalidDataException">Not an array.</exception>
    public int ReadArrayLength()
    {
        var type = ReadByte();
        return type switch
        {
            >= 0x90 and <= 0x9f => type & 0x0f,
            0xdc => (int)ReadBigEndian(2),
            0xdd => CheckedLength(ReadBigEndian(4)),
            _ => throw Unexpected("array", type),
        };
    }

    public bool TryReadNil()
    {
        if (_at >= _bytes.Length || _bytes[_at] != 0xc0)
            return false;
        _at++;
        return true;
    }

    public string? ReadString()
    {
        if (TryReadNil())
            return null;
        var type = ReadByte();
        var length = type switch
        {
            >= 0xa0 and <= 0xbf => type & 0x1f,
            0xd9 => (int)ReadBigEndian(1),
            0xda => (int)ReadBigEndian(2),
            0xdb => CheckedLength(ReadBigEndian(4)),
            _ => throw Unexpected("string", type),
        };
        try
        {
            return s_strictUtf8.GetString(Take(length));
        }
        catch (DecoderFallbackException illegal)
        {
            throw new InvalidDataException("A string is not UTF-8.", illegal);
        }
    }

    public bool ReadBoolean()
    {
        var type = ReadByte();
        return type is 0xc2 or 0xc3 ? type == 0xc3 : throw Unexpected("boolean", type);
    }

    public long ReadInteger()
    {
        var type = ReadByte();
        return type switch
        {
            <= 0x7f => type,
            >= 0xe0 => (sbyte)type,
            0xcc => (long)ReadBigEndian(1),
            0xcd => (long)ReadBigEndian(2),
            0xce => (long)ReadBigEndian(4),
            0xcf => ReadBigEndian(8) is <= long.MaxValue and var value
                ? (long)value
                : throw new InvalidDataException("An integer is too large."),
            0xd0 => (sbyte)ReadBigEndian(1),
            0xd1 => (short)ReadBigEndian(2),
            0xd2 => (int)ReadBigEndian(4),
            0xd3 => (long)ReadBigEndian(8),
            _ => throw Unexpected("integer", type),
        };
    }

    /// <summary>A float, or an integer: the JavaScript encoder writes a whole number as an integer.</summary>
    public double ReadNumber()
    {
        if (_at >= _bytes.Length || _bytes[_at] is not (0xca or 0xcb))
            return ReadInteger();
        return ReadByte() == 0xca
            ? BinaryPrimitives.ReadSingleBigEndian(Take(4))
            : BinaryPrimitives.ReadDoubleBigEndian(Take(8));
    }

    /// <summary>Skips one value of any type.</summary>
    public void Skip() => Skip(DepthMax);

    private void Skip(int depth)
    {
        if (depth == 0)
            throw new InvalidDataException($"Values are nested deeper than {DepthMax}.");
        var type = ReadByte();
        switch (type)
        {
            case <= 0x7f or >= 0xe0 or 0xc0 or 0xc2 or 0xc3:
                break;
            case <= 0x8f:
                SkipMany(2 * (type & 0x0f), depth);
                break;
            case <= 0x9f:
                SkipMany(type & 0x0f, depth);
                break;
            case <= 0xbf:
                Take(type & 0x1f);
                break;
            case 0xdc or 0xdd:
                SkipMany(CheckedLength(ReadBigEndian(type == 0xdc ? 2 : 4)), depth);
                break;
            case 0xde or 0xdf:
                SkipMany(2 * CheckedLength(ReadBigEndian(type == 0xde ? 2 : 4)), depth);
                break;
            default:
                Take(LengthOf(type));
                break;
        }
    }

    private void SkipMany(int count, int depth)
    {
        for (var i = 0; i < count; i++)
            Skip(depth - 1);
    }

    private int LengthOf(byte type) => type switch
    {
        0xc4 or 0xd9 => (int)ReadBigEndian(1),
        0xc5 or 0xda => (int)ReadBigEndian(2),
        0xc6 or 0xdb => CheckedLength(ReadBigEndian(4)),
        0xc7 => (int)ReadBigEndian(1) + 1, // an extension has its type beside its data
        0xc8 => (int)ReadBigEndian(2) + 1,
        0xc9 => CheckedLength(ReadBigEndian(4)) + 1,
        0xcc or 0xd0 => 1,
        0xcd or 0xd1 => 2,
        0xce or 0xd2 or 0xca => 4,
        0xcf or 0xd3 or 0xcb => 8,
        0xd4 => 2,
        0xd5 => 3,
        0xd6 => 5,
        0xd7 => 9,
        0xd8 => 17,
        _ => throw Unexpected("value", type),
    };

    private byte ReadByte() => Take(1)[0];

    private ulong ReadBigEndian(int length)
    {
        ulong value = 0;
        foreach (var part in Take(length))
            value = (value << 8) | part;
        return value;
    }

    // An element takes at least one byte, so a longer array or text than the rest cannot be.
    private readonly int CheckedLength(ulong length) => length <= (ulong)(_bytes.Length - _at)
        ? (int)length
        : throw new InvalidDataException("A value is longer than its message.");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _bytes.Length - _at)
            throw new InvalidDataException("A message ends within a value.");
        var taken = _bytes.Slice(_at, length);
        _at += length;
        return taken;
    }

    private static InvalidDataException Unexpected(string expected, byte type) =>
        new($"Expected a MessagePack {expected}, found type 0x{type:x2}.");
}
