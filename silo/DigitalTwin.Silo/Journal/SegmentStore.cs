using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Journal;

/// <summary>One segment as it is known while the journal is open.</summary>
internal sealed record Segment(string Name, SegmentHeader Header, long Bytes);

/// <summary>
/// The segments on disk: one thread writes groups to the newest, any thread reads, another lets the oldest go.
/// </summary>
internal sealed class SegmentStore : IDisposable
{
    private readonly IDiskFolder _files;
    private readonly Guid _city;
    private readonly JournalOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly Lock _retiring = new();
    private readonly List<Segment> _segments;
    private readonly List<JournalCursor> _cursors = [];
    private IDiskFile _newest;

    /// <summary>Takes over the segments, oldest first; the newest is open and ends with a whole record.</summary>
    public SegmentStore(
        IDiskFolder files, Guid city, JournalOptions options, TimeProvider clock,
        IEnumerable<Segment> segments, IDiskFile newest)
    {
        (_files, _city, _options, _clock) = (files, city, options, clock);
        _segments = [.. segments];
        _newest = newest;
    }

    /// <summary>The oldest sequence that is kept; the next one when there are none.</summary>
    public long FirstSequence
    {
        get
        {
            lock (_gate)
                return _segments[0].Header.FirstSequence;
        }
    }

    /// <summary>Bytes of all segments.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _segments.Sum(segment => segment.Bytes);
        }
    }

    /// <summary>The file that is written to, for messages.</summary>
    public string NewestPath
    {
        get
        {
            lock (_gate)
                return Path.Combine(_files.Folder, _segments[^1].Name);
        }
    }

    /// <summary>Makes a segment that is on disk, name included, when this returns.</summary>
    public static (Segment Segment, IDiskFile File) Begin(
        IDiskFolder files, long firstSequence, Guid city, TimeProvider clock)
    {
        var file = files.Create(SegmentFormat.NameOf(firstSequence));
        try
        {
            var segment = WriteHeader(file, firstSequence, city, clock);
            files.SyncFolder();
            return (segment, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes an empty file a segment without records.</summary>
    public static Segment WriteHeader(IDiskFile file, long firstSequence, Guid city, TimeProvider clock)
    {
        Span<byte> bytes = stackalloc byte[SegmentFormat.HeaderBytes];
        var header = SegmentFormat.WriteHeader(bytes, firstSequence, city, clock.GetUtcNow());
        file.Write(0, bytes);
        file.Sync();
        return new Segment(SegmentFormat.NameOf(firstSequence), header, bytes.Length);
    }

    /// <summary>
    /// Writes a group behind the newest record; it is on disk when this returns the bytes of the headers it needed.
    /// </summary>
    public int Write(CommitGroup group)
    {
        var newest = Newest();
        var headerBytes = 0;
        if (newest.Bytes > SegmentFormat.HeaderBytes && newest.Bytes + group.Length > _options.SegmentBytesMax)
        {
            newest = RollOver(group.FirstSequence);
            headerBytes = SegmentFormat.HeaderBytes;
        }

        SegmentFormat.Seal(group.Records, newest.Header.Checksum);
        _newest.Write(newest.Bytes, group.Records);
        _newest.Sync();
        lock (_gate)
            _segments[^1] = newest with { Bytes = newest.Bytes + group.Length };
        return headerBytes;
    }

    /// <summary>Reads from a sequence to another, both included, and what the disk says about them.</summary>
    public void Read(long fromSequence, long toSequence, JournalVisitor visitor)
    {
        var segments = SegmentsFrom(fromSequence);
        var nextSequence = segments[0].Header.FirstSequence;
        foreach (var segment in segments)
        {
            if (segment.Header.FirstSequence > toSequence)
                return;
            if (segment.Header.FirstSequence != nextSequence)
                throw new JournalException(Path.Combine(_files.Folder, segment.Name),
                    $"it begins with {segment.Header.FirstSequence}, and the one before ends before {nextSequence}",
                    "bring the file between them back from a backup");
            using var file = OpenToRead(segment);
            var reader = new SegmentReader(file, segment.Header, segment.Bytes);
            while (reader.NextSequence <= toSequence)
            {
                var status = reader.TryNext(out var record);
                if (status == SegmentReadStatus.Damaged)
                    throw SegmentRecovery.DamagedRecord(_files, segment.Name, reader.Offset, reader.NextSequence);
                if (status == SegmentReadStatus.End)
                    break;
                if (record.Sequence >= fromSequence)
                    visitor(record);
            }

            nextSequence = reader.NextSequence;
        }
    }

    /// <summary>
    /// A reader that goes on from a sequence as the journal does. What it has still to read does not grow too old; it
    /// goes all the same where the journal is larger than it may be.
    /// </summary>
    /// <exception cref="JournalException">The records were retired.</exception>
    public JournalCursor OpenCursor(long fromSequence)
    {
        lock (_gate)
        {
            ThrowIfRetired(fromSequence);
            var cursor = new JournalCursor(this, _files, fromSequence);
            _cursors.Add(cursor);
            return cursor;
        }
    }

    public void Release(JournalCursor cursor)
    {
        lock (_gate)
            _cursors.Remove(cursor);
    }

    /// <summary>The segment that a record is or will be in.</summary>
    /// <exception cref="JournalException">The record was retired.</exception>
    public Segment SegmentOf(long sequence)
    {
        lock (_gate)
        {
            ThrowIfRetired(sequence);
            return _segments.FindLast(segment => segment.Header.FirstSequence <= sequence)!;
        }
    }

    /// <summary>Deletes what a snapshot contains and the policy does not keep, oldest first; adds its bytes.</summary>
    public void Retire(long beforeSequence, ref long freedBytes)
    {
        lock (_retiring)
        {
            while (OldestToRetire(beforeSequence) is { } oldest)
            {
                DeleteOldest(oldest);
                freedBytes += oldest.Bytes;
            }
        }
    }

    public void Dispose() => _newest.Dispose();

    private Segment Newest()
    {
        lock (_gate)
            return _segments[^1];
    }

    private Segment RollOver(long firstSequence)
    {
        // What is in the old segment was flushed with its last group.
        var (segment, file) = Begin(_files, firstSequence, _city, _clock);
        _newest.Dispose();
        _newest = file;
        lock (_gate)
            _segments.Add(segment);
        return segment;
    }

    private Segment[] SegmentsFrom(long sequence)
    {
        lock (_gate)
        {
            ThrowIfRetired(sequence);
            var index = _segments.FindLastIndex(segment => segment.Header.FirstSequence <= sequence);
            return [.. _segments.Skip(index)];
        }
    }

    private void ThrowIfRetired(long sequence)
    {
        if (sequence < _segments[0].Header.FirstSequence)
            throw new JournalException(_files.Folder,
                $"records before {_segments[0].Header.FirstSequence} have been retired, {sequence} was asked for",
                "begin from a snapshot that contains them");
    }

    private IDiskFile OpenToRead(Segment segment)
    {
        try
        {
            return _files.Open(segment.Name);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(Path.Combine(_files.Folder, segment.Name), "cannot be opened",
                "it was retired while it was read, or the disk fails", cause);
        }
    }

    private void DeleteOldest(Segment oldest)
    {
        try
        {
            _files.Delete(oldest.Name);
            // One by one: a power cut must not bring an older one back without those behind it.
            _files.SyncFolder();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(Path.Combine(_files.Folder, oldest.Name), "cannot be deleted",
                "see to the disk; until then the journal grows", cause);
        }

        lock (_gate)
            _segments.RemoveAt(0);
    }

    private Segment? OldestToRetire(long beforeSequence)
    {
        lock (_gate)
        {
            // The newest stays: its name is what says how far the sequences have come.
            if (_segments.Count < 2 || _segments[1].Header.FirstSequence > beforeSequence)
                return null;
            var bytes = _segments.Sum(segment => segment.Bytes);
            var oldest = _segments[0];
            // Everything in it is older than the segment that follows it.
            var old = _clock.GetUtcNow() - _segments[1].Header.CreatedAt > _options.KeepAgeMax;
            var isRead = _cursors.Exists(cursor => cursor.NextSequence < _segments[1].Header.FirstSequence);
            return bytes - oldest.Bytes >= _options.KeepBytesMin && ((old && !isRead) || bytes > _options.KeepBytesMax)
                ? oldest
                : null;
        }
    }
}
