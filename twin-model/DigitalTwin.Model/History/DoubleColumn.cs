using System.Numerics;

namespace DigitalTwin.Model.History;

/// <summary>
/// A column of doubles, bit for bit: as integers of a decimal fraction where every value is one, as instruments report
/// them; otherwise as the bits that differ from the value before (Gorilla, Pelkonen et al., VLDB 2015, §4.1.2).
/// </summary>
internal static class DoubleColumn
{
    private const byte DifferingBits = 0xFF;

    // Every integer up to here is a double of its own; and so is every power of ten up to 10^22.
    private const double IntegerMax = 9_007_199_254_740_992;

    // Decimals this wide are no fractions of an instrument; the other form is tried too.
    private const int WideBytesPerValue = 4;

    private static readonly double[] s_powersOfTen = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

    public static void Write(BitSink sink, ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            return;
        Span<long> integers = values.Length <= 512 ? stackalloc long[values.Length] : new long[values.Length];
        if (!TryAsDecimals(values, integers, out var decimals))
        {
            sink.Byte(DifferingBits);
            WriteDifferingBits(sink, values);
            return;
        }

        var column = new BitSink();
        IntegerColumn.Write(column, integers);
        if (column.Count > values.Length * WideBytesPerValue)
        {
            var other = new BitSink();
            WriteDifferingBits(other, values);
            if (other.Count < column.Count)
            {
                sink.Byte(DifferingBits);
                sink.Bytes(other.Written);
                return;
            }
        }

        sink.Byte((byte)decimals);
        sink.Bytes(column.Written);
    }

    public static void Read(ref BitSource source, scoped Span<double> into)
    {
        if (into.IsEmpty)
            return;
        var form = source.Byte();
        if (form == DifferingBits)
        {
            ReadDifferingBits(ref source, into);
            return;
        }

        if (form >= s_powersOfTen.Length)
            throw new HistoryFormatException($"values have the unknown form {form}");
        Span<long> integers = into.Length <= 512 ? stackalloc long[into.Length] : new long[into.Length];
        IntegerColumn.Read(ref source, integers);
        var power = s_powersOfTen[form];
        for (var i = 0; i < into.Length; i++)
            into[i] = integers[i] / power;
    }

    /// <summary>The integer that a decimal fraction of so many places is, or false.</summary>
    public static bool TryAsDecimal(double value, int decimals, out long integer)
    {
        var scaled = Math.Round(value * s_powersOfTen[decimals]);
        integer = 0;
        if (!(Math.Abs(scaled) <= IntegerMax))
            return false;
        integer = (long)scaled;
        return BitConverter.DoubleToInt64Bits(integer / s_powersOfTen[decimals]) == BitConverter.DoubleToInt64Bits(
            value);
    }

    // What is a fraction of d places is one of d + 1 places too, so that one pass finds the number of places.
    private static bool TryAsDecimals(ReadOnlySpan<double> values, Span<long> integers, out int decimals)
    {
        decimals = 0;
        foreach (var value in values)
            while (!TryAsDecimal(value, decimals, out _))
                if (++decimals == s_powersOfTen.Length)
                    return false;
        for (var i = 0; i < values.Length; i++)
            if (!TryAsDecimal(values[i], decimals, out integers[i]))
                return false;
        return true;
    }

    private static void WriteDifferingBits(BitSink sink, ReadOnlySpan<double> values)
    {
        var before = 0UL;
        var (windowLeading, windowLength) = (0, 0);
        foreach (var value in values)
        {
            var bits = BitConverter.DoubleToUInt64Bits(value);
            var differing = bits ^ before;
            before = bits;
            if (differing == 0)
            {
                sink.Bits(0, 1);
                continue;
            }

            var leading = BitOperations.LeadingZeroCount(differing);
            var trailing = BitOperations.TrailingZeroCount(differing);
            var windowTrailing = 64 - windowLeading - windowLength;
            if (windowLength > 0 && leading >= windowLeading && trailing >= windowTrailing)
            {
                sink.Bits(0b10, 2);
                sink.Bits(differing >> windowTrailing, windowLength);
                continue;
            }

            (windowLeading, windowLength) = (leading, 64 - leading - trailing);
            sink.Bits(0b11, 2);
            sink.Bits((ulong)windowLeading, 6);
            sink.Bits((ulong)windowLength - 1, 6);
            sink.Bits(differing >> trailing, windowLength);
        }

        sink.Align();
    }

    private static void ReadDifferingBits(ref BitSource source, scoped Span<double> into)
    {
        var bits = 0UL;
        var (leading, length) = (0, 0);
        for (var i = 0; i < into.Length; i++)
        {
            if (source.Bits(1) == 1)
            {
                if (source.Bits(1) == 1)
                    (leading, length) = ((int)source.Bits(6), (int)source.Bits(6) + 1);
                if (length == 0 || leading + length > 64)
                    throw new HistoryFormatException("a value's bits lie outside of it");
                bits ^= source.Bits(length) << (64 - leading - length);
            }

            into[i] = BitConverter.UInt64BitsToDouble(bits);
        }

        source.Align();
    }
}
