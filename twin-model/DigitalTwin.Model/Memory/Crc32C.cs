using System.Buffers.Binary;
using System.Numerics;

namespace DigitalTwin.Model.Memory;

/// <summary>CRC-32C (Castagnoli, RFC 3720 §12.1): what tells damaged bytes from whole ones.</summary>
public static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes) => Continue(0, bytes);

    /// <summary>Continued from the checksum of what came before.</summary>
    public static uint Continue(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var crc = ~checksum;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
