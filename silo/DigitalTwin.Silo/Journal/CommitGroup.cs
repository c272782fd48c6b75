namespace DigitalTwin.Silo.Journal;

/// <summary>Records that are written and flushed together, and who waits for them. Its owner locks.</summary>
internal sealed class CommitGroup(int bytesMax)
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(bytesMax);

    // Not private: a struct that is changed in place.
#pragma warning disable CA1051
    public CommitWaiterLine Waiters;
#pragma warning restore CA1051

    public int Length { get; private set; }

    public long FirstSequence { get; private set; }

    public long LastSequence { get; private set; }

    public Span<byte> Records => _bytes.AsSpan(0, Length);

    public bool TryAdd(long sequence, byte kind, ReadOnlySpan<byte> payload)
    {
        var bytes = SegmentFormat.RecordOverheadBytes + payload.Length;
        if (bytes > _bytes.Length - Length)
            return false;
        SegmentFormat.WriteRecord(_bytes.AsSpan(Length, bytes), sequence, kind, payload);
        if (Length == 0)
            FirstSequence = sequence;
        LastSequence = sequence;
        Length += bytes;
        return true;
    }

    public void Clear()
    {
        Length = 0;
        FirstSequence = 0;
        LastSequence = 0;
    }
}
