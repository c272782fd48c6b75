using System.Diagnostics.CodeAnalysis;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Journal;

/// <summary>One record as it lies in the reader's buffer; valid until the next is read.</summary>
public readonly ref struct JournalRecord(long sequence, byte kind, ReadOnlySpan<byte> payload)
{
    /// <summary>From 1, without gaps.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>What the payload is; the journal does not know.</summary>
    public byte Kind { get; } = kind;

    public ReadOnlySpan<byte> Payload { get; } = payload;
}

/// <summary>Takes a record of a replay.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is one.")]
public delegate void JournalVisitor(JournalRecord record);

internal enum SegmentReadStatus
{
    Record,
    End,
    Damaged,
}

/// <summary>Reads the records of one segment in order and says where they stop being what was written.</summary>
internal sealed class SegmentReader(IDiskFile file, SegmentHeader header, long endOffset)
{
    private const int FirstBufferBytes = 1 << 20;

    private byte[] _buffer = new byte[(int)Math.Min(FirstBufferBytes, Math.Max(endOffset, 1))];
    private long _bufferAt = SegmentFormat.HeaderBytes;
    private int _start;
    private int _end;

    /// <summary>Where the next record begins.</summary>
    public long Offset => _bufferAt + _start;

    /// <summary>The sequence that the next record has.</summary>
    public long NextSequence { get; private set; } = header.FirstSequence;

    /// <summary>More has been written behind what it knew.</summary>
    public void Extend(long newEndOffset)
    {
        endOffset = newEndOffset;
        if (_buffer.Length < FirstBufferBytes)
            Array.Resize(ref _buffer, (int)Math.Min(FirstBufferBytes, endOffset));
    }

    public SegmentReadStatus TryNext(out JournalRecord record)
    {
        record = default;
        if (Offset == endOffset)
            return SegmentReadStatus.End;
        if (!TryFill(SegmentFormat.RecordOverheadBytes))
            return SegmentReadStatus.Damaged;
        var bytes = SegmentFormat.RecordBytes(_buffer.AsSpan(_start.._end));
        if (bytes == 0 || Offset + bytes > endOffset || !TryFill((int)bytes))
            return SegmentReadStatus.Damaged;
        var whole = _buffer.AsSpan(_start, (int)bytes);
        if (!SegmentFormat.IsWhole(whole, header.Checksum) || SegmentFormat.SequenceOf(whole) != NextSequence)
            return SegmentReadStatus.Damaged;
        record = new JournalRecord(
            NextSequence, SegmentFormat.KindOf(whole), whole[SegmentFormat.RecordOverheadBytes..]);
        NextSequence++;
        _start += (int)bytes;
        return SegmentReadStatus.Record;
    }

    /// <summary>
    /// Whether a whole record lies anywhere behind the place where reading stopped, at any byte: then that place is
    /// damage, and not the end of a write that was cut short.
    /// </summary>
    public bool HasRecordBehind()
    {
        var rest = new byte[endOffset - Offset];
        rest = rest[..file.Read(Offset, rest)];
        // No record further on can have a higher sequence than one that only empty records lie before.
        var sequenceMax = NextSequence + rest.Length / SegmentFormat.RecordOverheadBytes;
        for (var at = 1; at + SegmentFormat.RecordOverheadBytes <= rest.Length; at++)
        {
            var candidate = rest.AsSpan(at);
            var sequence = SegmentFormat.SequenceOf(candidate);
            if (sequence < NextSequence || sequence > sequenceMax)
                continue;
            var bytes = SegmentFormat.RecordBytes(candidate);
            if (bytes == 0 || bytes > candidate.Length
                || !SegmentFormat.IsWhole(candidate[..(int)bytes], header.Checksum))
                continue;
            return true;
        }

        return false;
    }

    private bool TryFill(int bytes)
    {
        if (_end - _start >= bytes)
            return true;
        var kept = _buffer.AsSpan(_start.._end);
        var buffer = bytes > _buffer.Length ? new byte[bytes] : _buffer;
        kept.CopyTo(buffer);
        _bufferAt += _start;
        _end -= _start;
        _start = 0;
        _buffer = buffer;
        var room = (int)Math.Min(_buffer.Length - _end, endOffset - _bufferAt - _end);
        _end += file.Read(_bufferAt + _end, _buffer.AsSpan(_end, room));
        return _end >= bytes;
    }
}
