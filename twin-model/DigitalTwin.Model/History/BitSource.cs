using System.Buffers.Binary;
using System.Numerics;
using DigitalTwin.Model.Memory;

namespace DigitalTwin.Model.History;

/// <summary>
/// Reads what <see cref="BitSink"/> wrote; whatever else it is given ends in a <see cref="HistoryFormatException"/>.
/// </summary>
internal ref struct BitSource(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _next;
    private int _bitsLeft;

    public readonly bool IsAtEnd => _next == _bytes.Length;

    public readonly int Position => _next;

    public ulong Bits(int count)
    {
        var value = 0UL;
        while (count > 0)
        {
            if (_bitsLeft == 0)
            {
                if (_next == _bytes.Length)
                    throw EndsTooEarly();
                _next++;
                _bitsLeft = 8;
            }

            var taken = Math.Min(count, _bitsLeft);
            count -= taken;
            _bitsLeft -= taken;
            value = (value << taken) | (((ulong)_bytes[_next - 1] >> _bitsLeft) & ((1UL << taken) - 1));
        }

        return value;
    }

    /// <summary>Counts ones up to the next zero, which is taken too, or up to the bound.</summary>
    public int Ones(int max)
    {
        var ones = 0;
        while (ones < max)
        {
            if (_bitsLeft == 0)
            {
                if (_next == _bytes.Length)
                    throw EndsTooEarly();
                _next++;
                _bitsLeft = 8;
            }

            var aligned = (uint)(byte)(_bytes[_next - 1] << (8 - _bitsLeft)) << 24;
            var here = Math.Min(BitOperations.LeadingZeroCount(~aligned), Math.Min(_bitsLeft, max - ones));
            ones += here;
            _bitsLeft -= here;
            if (ones == max)
                break;
            if (_bitsLeft > 0)
            {
                _bitsLeft--;
                break;
            }
        }

        return ones;
    }

    public void Align() => _bitsLeft = 0;

    public byte Byte() => Bytes(1)[0];

    public ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }

        throw new HistoryFormatException("a number is longer than 64 bits");
    }

    public long Signed() => ZigZag.Decode(Varint());

    /// <summary>A count that must not be above a bound, so that a few bytes cannot ask for much memory.</summary>
    public int Count(int max, string what)
    {
        var count = Varint();
        return count <= (ulong)max ? (int)count : throw new HistoryFormatException($"{what}: {count} is above {max}");
    }

    public ReadOnlySpan<byte> Bytes(int length)
    {
        _bitsLeft = 0;
        if (length < 0 || length > _bytes.Length - _next)
            throw EndsTooEarly();
        _next += length;
        return _bytes.Slice(_next - length, length);
    }

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(8));

    private static HistoryFormatException EndsTooEarly() => new("it ends too early");
}
