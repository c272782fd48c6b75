using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Journal;

/// <summary>What was found when a journal was opened.</summary>
/// <param name="FirstSequence">The oldest record that is kept, or the next one where there are none.</param>
/// <param name="LastSequence">The newest record.</param>
/// <param name="BytesCut">The length of a torn end, which nobody was acknowledged, that was cut off.</param>
/// <param name="CutFile">The file it was cut off from.</param>
public readonly record struct JournalRecovery(long FirstSequence, long LastSequence, long BytesCut, string? CutFile);

/// <summary>
/// Brings a folder to the last whole record, or refuses it and changes nothing; docs/journal.md has the table.
/// </summary>
internal sealed class SegmentRecovery(IDiskFolder files, Guid city, JournalOptions options, TimeProvider clock)
{
    private const int CopyBytes = 1 << 20;

    private readonly List<Segment> _segments = [];
    private IDiskFile? _newest;
    private long _bytesCut;
    private string? _cutFile;
    private long _lastSequence;

    public (SegmentStore Store, JournalRecovery Recovery) Run()
    {
        var place = files.Folder;
        try
        {
            if (files.FreeBytes < options.FreeBytesMin)
                throw new JournalException(place,
                    $"the disk is full: {files.FreeBytes:N0} bytes are free, {options.FreeBytesMin:N0} are needed",
                    "make room");
            var sequences = Sequences();
            if (sequences.Length == 0)
                BeginAnew();
            for (var i = 0; i < sequences.Length; i++)
            {
                place = Path.Combine(files.Folder, SegmentFormat.NameOf(sequences[i]));
                if (i < sequences.Length - 1)
                    TakeClosed(sequences[i], sequences[i + 1]);
                else
                    TakeNewest(sequences[i], sequences[0]);
            }

            files.SyncFolder();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            _newest?.Dispose();
            throw new JournalException(place, "cannot be read and written", "see to the disk and the folder's rights",
                cause);
        }
        catch
        {
            _newest?.Dispose();
            throw;
        }

        return (new SegmentStore(files, city, options, clock, _segments, _newest!),
            new JournalRecovery(_segments[0].Header.FirstSequence, _lastSequence, _bytesCut, _cutFile));
    }

    public static JournalException DamagedRecord(IDiskFolder files, string name, long offset, long sequence) =>
        new(Path.Combine(files.Folder, name),
            $"record {sequence} at byte {offset} is damaged, and records behind it are not",
            "bring this file back from a backup; to give up that record and all behind it instead, move the segments "
            + $"after this one elsewhere and cut this file to {offset} bytes; nothing was changed");

    private long[] Sequences()
    {
        var names = files.List().Where(SegmentFormat.IsSegment).ToArray();
        foreach (var name in names)
            if (!SegmentFormat.TryFirstSequence(name, out _))
                throw Refusal(name, "is not the name of a segment", "move the file elsewhere");
        return [.. names.Select(name => SegmentFormat.TryFirstSequence(name, out var first) ? first : 0).Order()];
    }

    private void BeginAnew()
    {
        if (options.SnapshotSequence > 0)
            throw new JournalException(files.Folder,
                $"there is no journal, but a snapshot that contains records up to {options.SnapshotSequence}",
                "bring the journal back, or begin a new one behind the snapshot if there was nothing after it");
        (var segment, _newest) = SegmentStore.Begin(files, 1, city, clock);
        _segments.Add(segment);
    }

    private void TakeClosed(long firstSequence, long nextFirstSequence)
    {
        var name = SegmentFormat.NameOf(firstSequence);
        using var file = files.Open(name);
        if (!TryHeader(file, name, firstSequence, out var header))
            throw Refusal(name, "its header, bytes 0 to 47, is damaged", "bring this file back from a backup");
        _segments.Add(new Segment(name, header, file.Length));
        // What the snapshot contains is not replayed.
        if (nextFirstSequence <= options.SnapshotSequence + 1)
            return;
        var reader = new SegmentReader(file, header, file.Length);
        if (ReadToEnd(reader) == SegmentReadStatus.Damaged)
            throw DamagedRecord(files, name, reader.Offset, reader.NextSequence);
        if (reader.NextSequence != nextFirstSequence)
            throw Refusal(name,
                $"it ends at byte {reader.Offset} before record {reader.NextSequence}, and the next segment begins "
                + $"with {nextFirstSequence}: those between are missing", "bring the missing file back from a backup");
    }

    private void TakeNewest(long firstSequence, long oldestSequence)
    {
        var name = SegmentFormat.NameOf(firstSequence);
        _newest = files.Open(name);
        if (!TryHeader(_newest, name, firstSequence, out var header))
        {
            // A header is on disk before the first record is written: this one was never finished.
            if (_newest.Length > SegmentFormat.HeaderBytes)
                throw Refusal(name, "its header, bytes 0 to 47, is damaged", "bring this file back from a backup");
            RefuseWithoutWhatFollowsTheSnapshot(oldestSequence, firstSequence - 1);
            Cut(name, _newest.Length);
            _newest.Truncate(0);
            _segments.Add(SegmentStore.WriteHeader(_newest, firstSequence, city, clock));
            _lastSequence = firstSequence - 1;
            return;
        }

        var reader = new SegmentReader(_newest, header, _newest.Length);
        var torn = ReadToEnd(reader) == SegmentReadStatus.Damaged;
        if (torn && reader.HasRecordBehind())
            throw DamagedRecord(files, name, reader.Offset, reader.NextSequence);
        RefuseWithoutWhatFollowsTheSnapshot(oldestSequence, reader.NextSequence - 1);
        if (torn)
        {
            Cut(name, _newest.Length - reader.Offset);
            _newest.Truncate(reader.Offset);
        }

        _lastSequence = reader.NextSequence - 1;
        _segments.Add(new Segment(name, header, reader.Offset));
        Rewrite(_newest, reader.Offset);
    }

    // After a failed fsync the kernel may hold pages that it takes for written and that never were: what is replayed
    // now must not be gone later. Only the last group can be such, and the same bytes over themselves cannot tear.
    private void Rewrite(IDiskFile file, long length)
    {
        var buffer = new byte[(int)Math.Min(CopyBytes, length)];
        for (var at = Math.Max(0, length - options.BufferBytes); at < length;)
        {
            var read = file.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at)));
            file.Write(at, buffer.AsSpan(0, read));
            at += read;
        }

        file.Sync();
    }

    private bool TryHeader(IDiskFile file, string name, long firstSequence, out SegmentHeader header)
    {
        Span<byte> bytes = stackalloc byte[SegmentFormat.HeaderBytes];
        if (!SegmentFormat.TryReadHeader(bytes[..file.Read(0, bytes)], out header))
            return false;
        if (header.Version != SegmentFormat.Version)
            throw Refusal(name, $"it has format version {header.Version}, this program reads {SegmentFormat.Version}",
                "open it with the program that wrote it");
        if (header.City != city)
            throw Refusal(name, $"it belongs to the city {header.City}, not to {city}", "move the folder elsewhere");
        if (header.FirstSequence != firstSequence)
            throw Refusal(name, $"its header says that it begins with record {header.FirstSequence}",
                "give the file its name back");
        return true;
    }

    private static SegmentReadStatus ReadToEnd(SegmentReader reader)
    {
        SegmentReadStatus status;
        while ((status = reader.TryNext(out _)) == SegmentReadStatus.Record)
        {
        }

        return status;
    }

    private void RefuseWithoutWhatFollowsTheSnapshot(long first, long last)
    {
        if (first > options.SnapshotSequence + 1)
            throw new JournalException(files.Folder,
                $"the journal begins with record {first}, and {options.SnapshotSequence + 1} is needed: the segments "
                + "between are missing, or the snapshot that let them go is", "bring them back from a backup");
        if (last < options.SnapshotSequence)
            throw new JournalException(files.Folder,
                $"the journal ends with record {last}, and the snapshot contains {options.SnapshotSequence}: "
                + "its newest segments are missing", "bring them back from a backup");
    }

    private void Cut(string name, long bytes) =>
        (_bytesCut, _cutFile) = (bytes, bytes > 0 ? Path.Combine(files.Folder, name) : null);

    private JournalException Refusal(string name, string problem, string remedy) =>
        new(Path.Combine(files.Folder, name), problem, $"{remedy}; nothing was changed");
}
