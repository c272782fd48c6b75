using System.Buffers;
using System.Buffers.Text;
using DigitalTwin.Model.Memory;

namespace DigitalTwin.Silo.Storage;

/// <summary>
/// A JSON object on one line that carries its own checksum, as its last member <c>crc</c>: eight hexadecimal digits of
/// the CRC-32C (RFC 3720, B.4) of all bytes before that member. Whoever reads JSON reads it.
/// </summary>
internal static class CheckedLine
{
    private const int DigitsCount = 8;

    private static ReadOnlySpan<byte> Before => ",\"crc\":\""u8;

    private static ReadOnlySpan<byte> Behind => "\"}"u8;

    /// <summary>Writes an object of at least one member with its checksum, and a line feed.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        var content = json.TrimEnd((byte)'\n')[..^1];
        output.Write(content);
        output.Write(Before);
        Format(content, output.GetSpan(DigitsCount));
        output.Advance(DigitsCount);
        output.Write(Behind);
        output.Write("\n"u8);
    }

    /// <summary>Whether a line, without its line feed, is as it was written.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> line)
    {
        var length = line.Length - Before.Length - DigitsCount - Behind.Length;
        if (length <= 0 || !line[length..].StartsWith(Before) || !line.EndsWith(Behind))
            return false;
        Span<byte> digits = stackalloc byte[DigitsCount];
        Format(line[..length], digits);
        return line.Slice(length + Before.Length, DigitsCount).SequenceEqual(digits);
    }

    private static void Format(ReadOnlySpan<byte> content, Span<byte> digits) =>
        Utf8Formatter.TryFormat(Crc32C.Of(content), digits, out _, new StandardFormat('x', DigitsCount));
}
