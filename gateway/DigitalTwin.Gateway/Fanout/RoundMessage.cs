using System.Buffers.Binary;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Fanout;

/// <summary>What stands before the twins of a message; contracts §2.3.</summary>
/// <param name="Publisher">Chosen anew at every start.</param>
/// <param name="Number">Of the round after which these are the newest states.</param>
/// <param name="Since">Everything that changed after this round is here; a snapshot: the publisher's first round.</param>
/// <param name="Snapshot">The newest one in the cache, or 0; of a part of one: which part it is.</param>
/// <param name="SentAt">Unix milliseconds.</param>
/// <param name="Count">Twins; of the head of a snapshot: its parts.</param>
internal readonly record struct RoundHeader(
    MessageKind Kind, ulong City, ulong Publisher, uint Number, uint Since, uint Snapshot, long SentAt, int Count);

internal enum MessageKind : byte
{
    Round = 1,
    SnapshotHead = 2,
    SnapshotPart = 3,
}

/// <summary>Encodes what goes between gateways, format <c>ALR1</c>; contracts §2.3.</summary>
internal static class RoundMessage
{
    public const int HeaderBytes = 48;
    public const int TwinBytes = 40;

    private const uint Magic = 0x31524C41;

    public static byte[] Write(in RoundHeader header, ReadOnlySpan<MirroredTwin> twins)
    {
        var message = new byte[HeaderBytes + twins.Length * TwinBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(message, Magic);
        message[4] = (byte)header.Kind;
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(8), header.City);
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(16), header.Publisher);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(24), header.Number);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(28), header.Since);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(32), header.Snapshot);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(36), header.Count);
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(40), header.SentAt);
        for (var i = 0; i < twins.Length; i++)
            WriteTwin(message.AsSpan(HeaderBytes + i * TwinBytes), twins[i]);
        return message;
    }

    /// <summary>False where it is no message of this form; the twins are then not to be read.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> message, out RoundHeader header)
    {
        header = default;
        if (message.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(message) != Magic)
            return false;
        header = new RoundHeader(
            (MessageKind)message[4],
            BinaryPrimitives.ReadUInt64LittleEndian(message[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(message[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(message[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(message[28..]),
            BinaryPrimitives.ReadUInt32LittleEndian(message[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(message[40..]),
            BinaryPrimitives.ReadInt32LittleEndian(message[36..]));
        var twins = header.Kind == MessageKind.SnapshotHead ? 0 : header.Count;
        return header.Kind is >= MessageKind.Round and <= MessageKind.SnapshotPart && header.Count >= 0
            && message.Length == HeaderBytes + (long)twins * TwinBytes;
    }

    /// <summary>Adds the twins of a message whose header was read; false, and none, where one cannot be.</summary>
    public static bool TryReadTwins(
        ReadOnlySpan<byte> message, in RoundHeader header, int twinCount, List<MirroredTwin> into)
    {
        var before = into.Count;
        for (var i = 0; i < header.Count; i++)
        {
            if (TryReadTwin(message[(HeaderBytes + i * TwinBytes)..], twinCount, header.Kind, header.Number, out var twin))
            {
                into.Add(twin);
                continue;
            }

            into.RemoveRange(before, into.Count - before);
            return false;
        }

        return true;
    }

    private static void WriteTwin(Span<byte> into, in MirroredTwin twin)
    {
        var summary = twin.Summary;
        BinaryPrimitives.WriteInt32LittleEndian(into, summary.Twin.Ordinal);
        BinaryPrimitives.WriteUInt32LittleEndian(into[4..], twin.ChangedIn);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], summary.MeasuredAt.UnixMilliseconds);
        into[16] = summary.Condition;
        into[17] = (byte)summary.Freshness;
        into[18] = (byte)summary.Quality;
        for (var i = 0; i < Measures.CountMax; i++)
            BinaryPrimitives.WriteSingleLittleEndian(into[(20 + 4 * i)..], summary.Measures[i]);
    }

    private static bool TryReadTwin(
        ReadOnlySpan<byte> from, int twinCount, MessageKind kind, uint number, out MirroredTwin twin)
    {
        var ordinal = BinaryPrimitives.ReadInt32LittleEndian(from);
        var changedIn = BinaryPrimitives.ReadUInt32LittleEndian(from[4..]);
        twin = default;
        // A part of a snapshot may hold states newer than its number; the rounds after it bring them again.
        if (ordinal < 0 || ordinal >= twinCount || changedIn == 0 || (changedIn > number && kind == MessageKind.Round)
            || from[17] > (byte)Freshness.Lost || from[18] > (byte)Quality.Bad)
            return false;
        var summary = new TwinSummary
        {
            Twin = new TwinHandle(ordinal),
            MeasuredAt = new Instant(BinaryPrimitives.ReadInt64LittleEndian(from[8..])),
            Condition = from[16],
            Freshness = (Freshness)from[17],
            Quality = (Quality)from[18],
        };
        for (var i = 0; i < Measures.CountMax; i++)
            summary.Measures[i] = BinaryPrimitives.ReadSingleLittleEndian(from[(20 + 4 * i)..]);
        twin = new MirroredTwin(summary, Math.Min(changedIn, number));
        return true;
    }
}
