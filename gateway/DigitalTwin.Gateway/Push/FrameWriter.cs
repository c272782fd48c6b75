using System.Buffers.Binary;
using System.Runtime.InteropServices;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Push;

/// <summary>What stands in a frame's header beside its sections.</summary>
internal readonly record struct FrameHeader(
    FrameType Type, bool IsFirst, bool IsLast, uint Epoch, uint Number, uint Previous, int Members,
    double ServerTimeMilliseconds);

internal enum FrameType : byte
{
    SnapshotPart = 1,
    Delta = 2,
}

/// <summary>Encodes frames of format ALF1; contracts §2.1.</summary>
internal sealed class FrameWriter(CityMirror mirror)
{
    private const uint Magic = 0x31464C41;
    private const int HeaderBytes = 32;
    private const int SectionHeaderBytes = 8;

    // By kind, reused from frame to frame; used by one thread at a time.
    private readonly List<int>[] _byKind = [.. mirror.MeasureCounts.Select(_ => new List<int>())];

    /// <param name="hasMeasures">Whether sections carry measures; detail <c>condition</c> has none.</param>
    public byte[] Write(in FrameHeader header, ReadOnlySpan<int> twins, bool hasMeasures)
    {
        foreach (var list in _byKind)
            list.Clear();
        foreach (var twin in twins)
            _byKind[(int)mirror.KindOf(twin)].Add(twin);

        var length = HeaderBytes;
        var sections = 0;
        for (var kind = 0; kind < _byKind.Length; kind++)
        {
            if (_byKind[kind].Count == 0)
                continue;
            sections++;
            length += SectionBytes(_byKind[kind].Count, MeasuresOf(kind, hasMeasures));
        }

        var frame = new byte[length];
        WriteHeader(frame, header, sections);
        var at = HeaderBytes;
        for (var kind = 0; kind < _byKind.Length; kind++)
        {
            if (_byKind[kind].Count > 0)
                at += WriteSection(frame.AsSpan(at), (TwinKind)kind, MeasuresOf(kind, hasMeasures));
        }

        return frame;
    }

    internal static byte FlagsOf(in TwinSummary summary) =>
        (byte)((int)summary.Freshness | (int)summary.Quality << 2);

    internal static (uint Seconds, ushort Milliseconds) TimeOf(in TwinSummary summary)
    {
        if (summary.MeasuredAt.IsNever)
            return (0, 0);
        var milliseconds = summary.MeasuredAt.UnixMilliseconds;
        return ((uint)(milliseconds / 1_000), (ushort)(milliseconds % 1_000));
    }

    private int MeasuresOf(int kind, bool hasMeasures) => hasMeasures ? mirror.MeasureCounts[kind] : 0;

    private static int SectionBytes(int count, int measures) =>
        SectionHeaderBytes + count * 4 * (2 + measures) + Padded(2 * count) + 2 * Padded(count);

    private static int Padded(int bytes) => (bytes + 3) & ~3;

    private static void WriteHeader(Span<byte> frame, in FrameHeader header, int sections)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        frame[4] = (byte)header.Type;
        frame[5] = (byte)((header.IsFirst ? 1 : 0) | (header.IsLast ? 2 : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], (ushort)sections);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], header.Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], header.Number);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[16..], header.Previous);
        BinaryPrimitives.WriteInt32LittleEndian(frame[20..], header.Members);
        BinaryPrimitives.WriteDoubleLittleEndian(frame[24..], header.ServerTimeMilliseconds);
    }

    private int WriteSection(Span<byte> section, TwinKind kind, int measures)
    {
        var twins = CollectionsMarshal.AsSpan(_byKind[(int)kind]);
        section[0] = (byte)kind;
        section[1] = (byte)measures;
        BinaryPrimitives.WriteInt32LittleEndian(section[4..], twins.Length);
        var handles = section[SectionHeaderBytes..];
        var seconds = handles[(4 * twins.Length)..];
        var values = seconds[(4 * twins.Length)..];
        var milliseconds = values[(4 * twins.Length * measures)..];
        var conditions = milliseconds[Padded(2 * twins.Length)..];
        var flags = conditions[Padded(twins.Length)..];
        for (var i = 0; i < twins.Length; i++)
        {
            ref readonly var summary = ref mirror[twins[i]];
            var time = TimeOf(summary);
            BinaryPrimitives.WriteInt32LittleEndian(handles[(4 * i)..], twins[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(seconds[(4 * i)..], time.Seconds);
            for (var measure = 0; measure < measures; measure++)
                BinaryPrimitives.WriteSingleLittleEndian(
                    values[(4 * (measure * twins.Length + i))..], summary.Measures[measure]);
            BinaryPrimitives.WriteUInt16LittleEndian(milliseconds[(2 * i)..], time.Milliseconds);
            conditions[i] = summary.Condition;
            flags[i] = FlagsOf(summary);
        }

        return SectionBytes(twins.Length, measures);
    }
}
