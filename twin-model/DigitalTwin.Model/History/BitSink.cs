using System.Buffers.Binary;
using DigitalTwin.Model.Memory;

namespace DigitalTwin.Model.History;

/// <summary>Writes bytes, variable-length integers and bits, the highest first, into one growing buffer.</summary>
internal sealed class BitSink
{
    private byte[] _bytes = new byte[512];
    private int _count;
    private int _freeBits;

    public int Count => _count;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

    public void Clear() => (_count, _freeBits) = (0, 0);

    /// <summary>The lowest <paramref name="count"/> bits of a value, 0 to 64.</summary>
    public void Bits(ulong value, int count)
    {
        while (count > 0)
        {
            if (_freeBits == 0)
            {
                Room(1)[0] = 0;
                _freeBits = 8;
            }

            var taken = Math.Min(count, _freeBits);
            count -= taken;
            _freeBits -= taken;
            var part = (value >> count) & ((1UL << taken) - 1);
            _bytes[_count - 1] |= (byte)(part << _freeBits);
        }
    }

    /// <summary>Fills the last byte with zeros: the next thing begins on a byte of its own.</summary>
    public void Align() => _freeBits = 0;

    public void Byte(byte value) => Room(1)[0] = value;

    public void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    public void Signed(long value) => Varint(ZigZag.Encode(value));

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Room(bytes.Length));

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Room(4), value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Room(8), value);

    private Span<byte> Room(int length)
    {
        _freeBits = 0;
        if (_count + length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + length));
        var room = _bytes.AsSpan(_count, length);
        _count += length;
        return room;
    }
}
