using System.Buffers;
using System.Buffers.Binary;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Memory;

/// <summary>
/// Writes what twins remember, for <see cref="MemoryReader"/>. Every value has exactly one form: fixed sizes are
/// little-endian, whole numbers take seven bits a byte, the lowest first, negative ones in zigzag.
/// </summary>
public sealed class MemoryWriter(IBufferWriter<byte> output)
{
    // 64 bits, seven a byte.
    internal const int WholeBytesMax = 10;

    /// <summary>The times that can be written: those for which civil dates are safely defined.</summary>
    internal static readonly Instant Earliest = Instant.Utc(2, 1, 1);

    /// <inheritdoc cref="Earliest"/>
    internal static readonly Instant Latest = Instant.Utc(9999, 1, 1);

    public void WriteByte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public void WriteFlag(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>A whole number that is never negative.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public void WriteCount(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        WriteUnsigned((ulong)value);
    }

    public void WriteWhole(long value) => WriteUnsigned(ZigZag.Encode(value));

    public void WriteSingle(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(output.GetSpan(sizeof(float)), value);
        output.Advance(sizeof(float));
    }

    public void WriteDouble(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(output.GetSpan(sizeof(double)), value);
        output.Advance(sizeof(double));
    }

    public void WriteDoubles(ReadOnlySpan<double> values)
    {
        foreach (var value in values)
            WriteDouble(value);
    }

    /// <summary>Some bytes and, before them, how many.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteCount(bytes.Length);
        output.Write(bytes);
    }

    /// <exception cref="ArgumentOutOfRangeException">The time is not never, nor in the years 2 to 9998.</exception>
    public void WriteInstant(Instant time) => WriteUnsigned(time.IsNever ? 0 : 1 + ZigZag.Encode(Checked(time)));

    /// <summary>A time close to another one that is known when it is read; neither of them is never.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is not in the years 2 to 9998.</exception>
    public void WriteStep(Instant from, Instant to) => WriteWhole(Checked(to) - Checked(from));

    // Refused when it is written: a memory that cannot be read back is found out too late.
    private static long Checked(Instant time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, Earliest);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(time, Latest);
        return time.UnixMilliseconds;
    }

    private void WriteUnsigned(ulong value)
    {
        var bytes = output.GetSpan(WholeBytesMax);
        var length = 0;
        for (; value > 0x7F; value >>= 7)
            bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        output.Advance(length);
    }
}
