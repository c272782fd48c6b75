using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Journal;

/// <summary>
/// Reads committed records one after another and goes on where it stands as more are committed, over the ends of
/// segments. One thread; beside appends and retirement.
/// </summary>
internal sealed class JournalCursor(SegmentStore store, IDiskFolder files, long fromSequence) : IDisposable
{
    private long _nextSequence = fromSequence;
    private Segment? _segment;
    private IDiskFile? _file;
    private SegmentReader? _reader;

    /// <summary>The record that comes next.</summary>
    public long NextSequence => Volatile.Read(ref _nextSequence);

    /// <summary>The next record, valid until the next call; false where none is committed yet.</summary>
    /// <exception cref="JournalException">It was retired or is damaged; the cursor stands where it stood.</exception>
    /// <exception cref="IOException">The disk does not read.</exception>
    public bool TryNext(out JournalRecord record)
    {
        record = default;
        while (true)
        {
            if (_reader is null)
                OpenSegment(store.SegmentOf(_nextSequence));
            switch (_reader!.TryNext(out record))
            {
                case SegmentReadStatus.Record:
                    // A segment is read from its beginning, whichever of its records is asked for.
                    if (record.Sequence < _nextSequence)
                        continue;
                    Volatile.Write(ref _nextSequence, record.Sequence + 1);
                    return true;
                case SegmentReadStatus.Damaged:
                    throw SegmentRecovery.DamagedRecord(files, _segment!.Name, _reader.Offset, _reader.NextSequence);
                default:
                    if (!TryGoOn())
                        return false;
                    break;
            }
        }
    }

    public void Dispose()
    {
        store.Release(this);
        _file?.Dispose();
        _file = null;
    }

    // At the end of what was known of the segment.
    private bool TryGoOn()
    {
        var now = store.SegmentOf(_nextSequence);
        if (now.Name != _segment!.Name)
        {
            CloseSegment();
            return true;
        }

        if (now.Bytes == _segment.Bytes)
            return false;
        _segment = now;
        _reader!.Extend(now.Bytes);
        return true;
    }

    private void OpenSegment(Segment segment)
    {
        try
        {
            _file = files.Open(segment.Name);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(Path.Combine(files.Folder, segment.Name), "cannot be opened",
                "it was retired while it was read, or the disk fails", cause);
        }

        _segment = segment;
        _reader = new SegmentReader(_file, segment.Header, segment.Bytes);
    }

    private void CloseSegment()
    {
        _file?.Dispose();
        (_file, _reader, _segment) = (null, null, null);
    }
}
