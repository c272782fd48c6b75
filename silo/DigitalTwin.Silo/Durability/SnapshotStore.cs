using System.Buffers.Binary;
using System.Globalization;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.TimeTravel;

namespace DigitalTwin.Silo.Durability;

/// <summary>
/// Snapshots of a city in one folder, a file each. A file counts only when it is whole to its last byte: it ends with
/// a block that says how many there are, and every block has its checksum. The newest whole one is used, and the one
/// before it is kept for the day that the newest is damaged.
/// </summary>
internal sealed class SnapshotStore(IDiskFolder files, Guid city)
{
    public const int Kept = 2;

    private const string Prefix = "snapshot-";
    private const string Suffix = ".bin";

    internal const int BlockHeadBytes = 16;
    internal const int CheckBytes = sizeof(uint);

    // A block is a few dozen twins, or what a partition remembers beside them.
    internal const int BlockBytesMax = 256 << 20;

    // Looked through or written by this store: only these can be relied on for a start.
    private readonly HashSet<long> _whole = [];

    // Left by a kill, or damaged since.
    private readonly HashSet<long> _notWhole = [];

    /// <summary>The sequences of the files there are, newest first; whether they are whole is not said.</summary>
    public IReadOnlyList<long> Sequences =>
        [.. files.List().Select(SequenceOf).Where(sequence => sequence > 0).OrderDescending()];

    /// <summary>What the headers of the files say, newest first; what has no readable one is left out.</summary>
    public IReadOnlyList<StoredSnapshot> Stored
    {
        get
        {
            var stored = new List<StoredSnapshot>();
            foreach (var sequence in Sequences)
            {
                try
                {
                    using var file = files.Open(NameOf(sequence));
                    if (TryHeader(file, sequence, out var header))
                        stored.Add(new StoredSnapshot(sequence, header.At, file.Length));
                }
                catch (IOException)
                {
                    // It was let go meanwhile.
                }
            }

            return stored;
        }
    }

    /// <summary>The instant of the round that a snapshot stands at; never where its version says none.</summary>
    public Instant InstantOf(long sequence)
    {
        using var file = files.Open(NameOf(sequence));
        return TryHeader(file, sequence, out var header) ? header.At : Instant.Never;
    }

    /// <summary>The sequence that the oldest snapshot contains that a start may need; 0 where there is none.</summary>
    public long OldestForAStart => ForAStart.LastOrDefault();

    private IEnumerable<long> ForAStart => Sequences.Where(_whole.Contains).Take(Kept);

    /// <summary>Opens a snapshot to be read; the caller disposes the file.</summary>
    /// <exception cref="IOException">It is not there.</exception>
    public IDiskFile Open(long sequence) => files.Open(NameOf(sequence));

    /// <summary>Begins a snapshot that contains everything up to a sequence, a round at an instant.</summary>
    /// <exception cref="IOException">The disk does not write.</exception>
    public SnapshotWriter Begin(long sequence, Instant at)
    {
        var name = NameOf(sequence);
        if (files.Exists(name))
            files.Delete(name);
        return new SnapshotWriter(
            files, name, SnapshotHeader.Write(city, sequence, at),
            () =>
            {
                _whole.Add(sequence);
                _notWhole.Remove(sequence);
            });
    }

    /// <summary>The sequence that the newest whole snapshot contains, 0 where there is none.</summary>
    /// <exception cref="JournalException">One is of another city or another version.</exception>
    public async Task<long> NewestWholeAsync()
    {
        foreach (var sequence in Sequences)
        {
            using var file = files.Open(NameOf(sequence));
            if (await TryReadAsync(file, sequence, (_, _, _, _) => { }))
            {
                _whole.Add(sequence);
                return sequence;
            }

            _notWhole.Add(sequence);
        }

        return 0;
    }

    /// <summary>
    /// Reads the newest snapshot that is whole; returns its sequence, or 0 where there is none. One that is not whole is
    /// passed over and told.
    /// </summary>
    /// <param name="take">Of several threads at once, each with other blocks.</param>
    /// <exception cref="JournalException">One is of another city or another version: nothing is guessed from it.</exception>
    /// <exception cref="IOException">It is not any more what it was a moment ago.</exception>
    public async Task<long> ReadNewestAsync(SnapshotTaker take, Action<string> tellDamaged)
    {
        // Looked through before anything of it is taken.
        var newest = _whole.Count == 0 ? await NewestWholeAsync() : ForAStart.FirstOrDefault();
        foreach (var damaged in _notWhole.Where(sequence => sequence > newest).OrderDescending())
            tellDamaged(Path.Combine(files.Folder, NameOf(damaged)));
        if (newest == 0)
            return 0;
        using var file = files.Open(NameOf(newest));
        if (!await TryReadAsync(file, newest, take))
            throw new IOException($"{Path.Combine(files.Folder, NameOf(newest))} cannot be read twice alike");
        return newest;
    }

    /// <summary>
    /// Lets go of what neither a start nor the way back needs. One that a kill left unfinished is none to fall back on
    /// and takes no place.
    /// </summary>
    /// <param name="journalFrom">The oldest input that can still be played back.</param>
    public void Retire(PastRetention past, Instant now, long journalFrom)
    {
        var forAStart = ForAStart.ToHashSet();
        var older = Stored.Where(
            stored => !forAStart.Contains(stored.Sequence) && !_notWhole.Contains(stored.Sequence));
        var kept = past.Choose([.. older], now, journalFrom, files.FreeBytes);
        var old = Sequences.Where(sequence => !forAStart.Contains(sequence) && !kept.Contains(sequence)).ToArray();
        foreach (var sequence in old)
        {
            files.Delete(NameOf(sequence));
            _whole.Remove(sequence);
            _notWhole.Remove(sequence);
        }

        if (old.Length > 0)
            files.SyncFolder();
    }

    internal static byte[] Head(in SnapshotBlock block)
    {
        var head = new byte[BlockHeadBytes];
        head[0] = (byte)block.Kind;
        head[1] = block.Partition;
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), block.Index);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), block.Bytes.Length);
        return head;
    }

    internal static uint CheckOf(ReadOnlySpan<byte> head, ReadOnlySpan<byte> bytes) =>
        Crc32C.Continue(Crc32C.Of(head), bytes);

    private async Task<bool> TryReadAsync(IDiskFile file, long sequence, SnapshotTaker take) =>
        TryHeader(file, sequence, out var header)
        && await new SnapshotPass(file, header.Bytes, (_, _) => true, take, progress: null)
            .TryReadAsync(isPart: false, CancellationToken.None);

    /// <summary>False where it was not written whole.</summary>
    /// <exception cref="JournalException">It is of another city or another version.</exception>
    internal bool TryHeader(IDiskFile file, long sequence, out SnapshotHeader header)
    {
        Span<byte> bytes = stackalloc byte[SnapshotHeader.BytesMax];
        if (!SnapshotHeader.TryRead(bytes[..file.Read(0, bytes)], out header))
            return false;
        var path = Path.Combine(files.Folder, NameOf(sequence));
        if (header.Version is < 1 or > SnapshotHeader.Newest)
            throw new JournalException(
                path, $"is of version {header.Version}, not {SnapshotHeader.Newest}", "use the program that wrote it");
        if (header.City != city)
            throw new JournalException(path, "is of another city", "move it elsewhere");
        return header.Sequence == sequence;
    }

    internal static string NameOf(long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{sequence:D20}{Suffix}");

    private static long SequenceOf(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
        && long.TryParse(
            name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length), NumberStyles.None,
            CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : 0;
}

/// <summary>Writes one snapshot; it counts once <see cref="Finish"/> has returned, and is gone where that never came.</summary>
internal sealed class SnapshotWriter : IDisposable
{
    private readonly IDiskFolder _files;
    private readonly IDiskFile _file;
    private readonly string _name;
    private readonly Action _finished;
    private long _at;
    private int _blocks;
    private bool _isFinished;

    public SnapshotWriter(IDiskFolder files, string name, ReadOnlySpan<byte> header, Action finished)
    {
        (_files, _name, _finished) = (files, name, finished);
        _file = files.Create(name);
        try
        {
            _file.Write(0, header);
            _at = header.Length;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Write(in SnapshotBlock block)
    {
        var head = SnapshotStore.Head(in block);
        var check = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(check, SnapshotStore.CheckOf(head, block.Bytes));
        _file.Write(_at, head);
        _file.Write(_at + head.Length, block.Bytes);
        _file.Write(_at + head.Length + block.Bytes.Length, check);
        _at += head.Length + block.Bytes.Length + check.Length;
        _blocks++;
    }

    /// <summary>Returns once the snapshot is whole on disk.</summary>
    public void Finish()
    {
        Write(new SnapshotBlock(SnapshotBlockKind.End, 0, _blocks, []));
        _file.Sync();
        _files.SyncFolder();
        _isFinished = true;
        _finished();
    }

    public void Dispose()
    {
        _file.Dispose();
        if (_isFinished)
            return;
        try
        {
            // A disk that is full would have less room with every attempt.
            _files.Delete(_name);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It stays, counts for nothing, and goes with the next snapshot.
        }
    }
}
