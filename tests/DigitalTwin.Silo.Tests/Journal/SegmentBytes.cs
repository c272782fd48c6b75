using System.Buffers.Binary;

namespace DigitalTwin.Silo.Tests.Journal;

/// <summary>The format of docs/journal.md written a second time, bit by bit, to compare the journal with.</summary>
internal static class SegmentBytes
{
    public static byte[] Header(
        long firstSequence, Guid city, DateTimeOffset createdAt, uint version = 1, string magic = "CITYJRNL")
    {
        var bytes = new List<byte>(magic.Select(letter => (byte)letter));
        AddLittleEndian(bytes, version, 4);
        AddLittleEndian(bytes, (ulong)firstSequence, 8);
        bytes.AddRange(Convert.FromHexString(city.ToString("N")));
        AddLittleEndian(bytes, (ulong)createdAt.UtcTicks, 8);
        AddLittleEndian(bytes, Crc32C(0, bytes), 4);
        return [.. bytes];
    }

    public static byte[] Record(byte[] header, long sequence, byte kind, params byte[] payload)
    {
        var bytes = new List<byte>();
        AddLittleEndian(bytes, (ulong)payload.Length, 4);
        AddLittleEndian(bytes, (ulong)sequence, 8);
        bytes.Add(kind);
        bytes.AddRange(payload);
        var checksum = new List<byte>();
        AddLittleEndian(checksum, Crc32C(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(44)), bytes), 4);
        return [.. checksum, .. bytes];
    }

    // RFC 3720 §12.1: reflected polynomial 0x82F63B78.
    public static uint Crc32C(uint checksum, IEnumerable<byte> bytes)
    {
        var crc = ~checksum;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
        }

        return ~crc;
    }

    private static void AddLittleEndian(List<byte> bytes, ulong value, int count)
    {
        for (var i = 0; i < count; i++)
            bytes.Add((byte)(value >> (8 * i)));
    }
}
