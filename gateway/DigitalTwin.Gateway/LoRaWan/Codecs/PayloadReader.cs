using System.Buffers.Binary;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>
/// Reads a payload from front to back. Past its end it gives zeros and remembers that: a codec looks once, at the
/// end, instead of before every byte.
/// </summary>
public ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>More was read than there is.</summary>
    public bool IsShort { get; private set; }

    public readonly int Remaining => _rest.Length;

    public byte Byte() => Take(1)[0];

    public sbyte SignedByte() => (sbyte)Take(1)[0];

    public ushort UInt16LittleEndian() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint UInt32LittleEndian() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ushort UInt16BigEndian() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public short Int16BigEndian() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int24BigEndian()
    {
        var bytes = Take(3);
        return (sbyte)bytes[0] << 16 | bytes[1] << 8 | bytes[2];
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            IsShort = true;
            _rest = [];
            return "\0\0\0\0"u8[..count];
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
