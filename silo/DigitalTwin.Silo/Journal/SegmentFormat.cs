using System.Buffers.Binary;
using System.Globalization;
using DigitalTwin.Model.Memory;

namespace DigitalTwin.Silo.Journal;

/// <summary>What a segment's header says; the checksum is the seed of its records' checksums.</summary>
internal readonly record struct SegmentHeader(
    uint Version, long FirstSequence, Guid City, DateTimeOffset CreatedAt, uint Checksum);

/// <summary>
/// The bytes of a segment, little-endian; docs/journal.md is the description for people. Never throws on input.
/// </summary>
internal static class SegmentFormat
{
    public const uint Version = 1;

    // magic 8, version 4, first sequence 8, city 16, created at 8 (ticks), checksum 4. Later versions keep this layout.
    public const int HeaderBytes = 48;

    // checksum 4, payload length 4, sequence 8, kind 1
    public const int RecordOverheadBytes = 17;

    private const int HeaderChecksumAt = 44;
    private const int LengthAt = 4;
    private const int SequenceAt = 8;
    private const int KindAt = 16;
    private const string Prefix = "journal-";
    private const string Suffix = ".log";

    private static ReadOnlySpan<byte> Magic => "CITYJRNL"u8;

    public static string NameOf(long firstSequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{firstSequence:D20}{Suffix}");

    public static bool IsSegment(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal);

    public static bool TryFirstSequence(string name, out long firstSequence)
    {
        firstSequence = 0;
        return IsSegment(name)
            && long.TryParse(name.AsSpan(Prefix.Length..^Suffix.Length), NumberStyles.None,
                CultureInfo.InvariantCulture, out firstSequence)
            && firstSequence > 0
            && name == NameOf(firstSequence);
    }

    public static SegmentHeader WriteHeader(
        Span<byte> bytes, long firstSequence, Guid city, DateTimeOffset createdAt)
    {
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[12..], firstSequence);
        city.TryWriteBytes(bytes[20..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[36..], createdAt.UtcTicks);
        var checksum = Crc32C.Of(bytes[..HeaderChecksumAt]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[HeaderChecksumAt..], checksum);
        return new SegmentHeader(Version, firstSequence, city, createdAt, checksum);
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, out SegmentHeader header)
    {
        header = default;
        if (bytes.Length < HeaderBytes || !bytes.StartsWith(Magic))
            return false;
        var checksum = Crc32C.Of(bytes[..HeaderChecksumAt]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[HeaderChecksumAt..]) != checksum)
            return false;
        var ticks = BinaryPrimitives.ReadInt64LittleEndian(bytes[36..]);
        if (ticks < 0 || ticks > DateTimeOffset.MaxValue.UtcTicks)
            return false;
        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[12..]),
            new Guid(bytes[20..36], bigEndian: true),
            new DateTimeOffset(ticks, TimeSpan.Zero),
            checksum);
        return true;
    }

    /// <summary>Writes all of a record but its checksum, which depends on the segment it comes to lie in.</summary>
    public static void WriteRecord(Span<byte> bytes, long sequence, byte kind, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes[LengthAt..], payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[SequenceAt..], sequence);
        bytes[KindAt] = kind;
        payload.CopyTo(bytes[RecordOverheadBytes..]);
    }

    /// <summary>Writes the checksums of records that follow one another.</summary>
    public static void Seal(Span<byte> records, uint seed)
    {
        while (records.Length > 0)
        {
            var bytes = RecordOverheadBytes + BinaryPrimitives.ReadInt32LittleEndian(records[LengthAt..]);
            BinaryPrimitives.WriteUInt32LittleEndian(records, Crc32C.Continue(seed, records[LengthAt..bytes]));
            records = records[bytes..];
        }
    }

    /// <summary>Bytes of the record that begins here, as far as it says so; 0 when it cannot be a length.</summary>
    public static long RecordBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < RecordOverheadBytes)
            return 0;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthAt..]);
        return length < 0 ? 0 : RecordOverheadBytes + (long)length;
    }

    public static long SequenceOf(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadInt64LittleEndian(record[SequenceAt..]);

    public static byte KindOf(ReadOnlySpan<byte> record) => record[KindAt];

    /// <summary>Whether these bytes, which are exactly as long as the record says, are what was written.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> record, uint seed) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record) == Crc32C.Continue(seed, record[LengthAt..]);
}
