using System.Buffers.Binary;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Memory;

/// <summary>
/// Reads what <see cref="MemoryWriter"/> wrote, and nothing else: damaged input is refused with a
/// <see cref="MemoryFormatException"/> that names what was being read, or gives a value within its bounds. What is
/// accepted would be written with the same bytes again.
/// </summary>
public ref struct MemoryReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    public readonly bool IsAtEnd => Position == _bytes.Length;

    /// <summary>The byte that an object begins with.</summary>
    /// <exception cref="MemoryFormatException">It is of another version.</exception>
    public void ReadVersion(string ofWhat, byte known)
    {
        var version = ReadByte(ofWhat);
        if (version != known)
            throw Refusal(ofWhat, $"version {version} is not known, only {known}");
    }

    public byte ReadByte(string what) => Take(1, what)[0];

    public bool ReadFlag(string what) => ReadByte(what) switch
    {
        0 => false,
        1 => true,
        var other => throw Refusal(what, $"{other} is neither yes nor no"),
    };

    public int ReadCount(string what, int max = int.MaxValue)
    {
        var value = ReadUnsigned(what);
        return value <= (ulong)max ? (int)value : throw Refusal(what, $"{value} is more than {max}");
    }

    public long ReadWhole(string what, long min = long.MinValue, long max = long.MaxValue)
    {
        var value = ZigZag.Decode(ReadUnsigned(what));
        return value >= min && value <= max ? value : throw Refusal(what, $"{value} is not in {min} to {max}");
    }

    public float ReadSingle(string what) => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float), what));

    public double ReadDouble(string what) => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double), what));

    public void ReadDoubles(string what, Span<double> values)
    {
        foreach (ref var value in values)
            value = ReadDouble(what);
    }

    /// <summary>Bytes that came with their number; good as long as what is read from.</summary>
    public ReadOnlySpan<byte> ReadBytes(string what) => Take(ReadCount(what), what);

    public Instant ReadInstant(string what)
    {
        var value = ReadUnsigned(what);
        return value == 0 ? Instant.Never : InRange(what, ZigZag.Decode(value - 1));
    }

    /// <summary>A time written by its distance from another.</summary>
    public Instant ReadStep(string what, Instant from)
    {
        var span = MemoryWriter.Latest.UnixMilliseconds - MemoryWriter.Earliest.UnixMilliseconds;
        return InRange(what, from.UnixMilliseconds + ReadWhole(what, -span, span));
    }

    /// <summary>What to throw where a value just read makes no sense.</summary>
    public readonly MemoryFormatException Refusal(string what, string why) =>
        new($"{what}, before byte {Position}: {why}");

    private readonly Instant InRange(string what, long unixMilliseconds)
    {
        var time = new Instant(unixMilliseconds);
        return time >= MemoryWriter.Earliest && time < MemoryWriter.Latest
            ? time
            : throw Refusal(what, $"{unixMilliseconds} ms is no time of the years 2 to 9998");
    }

    private ulong ReadUnsigned(string what)
    {
        ulong value = 0;
        for (var shift = 0; shift < 7 * MemoryWriter.WholeBytesMax; shift += 7)
        {
            var next = ReadByte(what);
            var bits = (ulong)(next & 0x7F);
            if (bits << shift >> shift != bits)
                break;
            value |= bits << shift;
            if (next > 0x7F)
                continue;
            // One number has one form: the last byte says something.
            return next > 0 || shift == 0 ? value : throw Refusal(what, "the number is longer than it needs to be");
        }

        throw Refusal(what, "the number has more than 64 bits");
    }

    private ReadOnlySpan<byte> Take(int length, string what)
    {
        var left = _bytes.Length - Position;
        if (left < length)
            throw Refusal(what, $"{length} bytes are needed, {left} are left");
        var taken = _bytes.Slice(Position, length);
        Position += length;
        return taken;
    }
}
