using System.Buffers.Binary;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Durability;

/// <summary>What a snapshot's first bytes say; little-endian.</summary>
/// <param name="Version">1 says no instant.</param>
/// <param name="Sequence">The last input that it contains: a round of the clock.</param>
/// <param name="At">That round's instant; never where the version says none.</param>
internal readonly record struct SnapshotHeader(int Version, Guid City, long Sequence, Instant At)
{
    public const int Newest = 2;

    public const int BytesMax = 56;

    // magic 8, version 4, none 4, city 16, sequence 8, none 4, checksum 4; from version 2 on the instant, 8, comes before
    // the last 8. Later versions keep that.
    private const int BytesOfVersion1 = 48;

    private static ReadOnlySpan<byte> Magic => "DTCITY01"u8;

    /// <summary>Where the first block begins.</summary>
    public int Bytes => Version == 1 ? BytesOfVersion1 : BytesMax;

    public static byte[] Write(Guid city, long sequence, Instant at)
    {
        var bytes = new byte[BytesMax];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Newest);
        city.TryWriteBytes(bytes.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), at.UnixMilliseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(52), Crc32C.Of(bytes.AsSpan(..52)));
        return bytes;
    }

    /// <summary>False where the bytes are no header that was written whole.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SnapshotHeader header)
    {
        header = default;
        if (bytes.Length < BytesOfVersion1 || !bytes.StartsWith(Magic))
            return false;
        header = new SnapshotHeader(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]), new Guid(bytes[16..32]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]), Instant.Never);
        var end = header.Bytes - sizeof(uint);
        if (bytes.Length < header.Bytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes[end..]) != Crc32C.Of(bytes[..end]))
            return false;
        if (header.Version > 1)
            header = header with { At = new Instant(BinaryPrimitives.ReadInt64LittleEndian(bytes[40..])) };
        return true;
    }
}

/// <summary>A snapshot on disk; whether it is whole is not said.</summary>
internal readonly record struct StoredSnapshot(long Sequence, Instant At, long Bytes);
