using System.Buffers.Binary;
using System.Globalization;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.TimeTravel;

namespace DigitalTwin.Silo.Durability;

/// <summary>
/// Snapshots of a city in one folder, a file each. A file counts only when it is whole to its last byte: it ends with
/// a block that says how many there are, and every block has its checksum. The newest whole one is used, and the one
/// before it is kept for the day that the newest is damaged.
/// </summary>
internal sealed class SnapshotStore(IJournalFiles files, Guid city)
{
    public const int Kept = 2;

    private const string Prefix = "snapshot-";
    private const string Suffix = ".bin";

    internal const int BlockHeadBytes = 16;
    internal const int CheckBytes = sizeof(uint);

    // A block is a few dozen twins, or what a partition remembers beside them.
    internal const int BlockBytesMax = 256 << 20;

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
    public Instant InstantOf(long sequence) =>
        Stored.FirstOrDefault(stored => stored.Sequence == sequence, new StoredSnapshot(0, Instant.Never, 0)).At;

    /// <summary>The sequence that the oldest snapshot contains that a start may need; 0 where there is none.</summary>
    public long OldestForAStart => Sequences.Take(Kept).LastOrDefault();

    /// <summary>Opens a snapshot to be read; the caller disposes the file.</summary>
    /// <exception cref="IOException">It is not there.</exception>
    public IJournalFile Open(long sequence) => files.Open(NameOf(sequence));

    /// <summary>Begins a snapshot that contains everything up to a sequence, a round at an instant.</summary>
    /// <exception cref="IOException">The disk does not write.</exception>
    public SnapshotWriter Begin(long sequence, Instant at)
    {
        var name = NameOf(sequence);
        if (files.List().Contains(name))
            files.Delete(name);
        return new SnapshotWriter(files, files.Create(name), SnapshotHeader.Write(city, sequence, at));
    }

    /// <summary>The sequence that the newest whole snapshot contains, 0 where there is none.</summary>
    /// <exception cref="JournalException">One is of another city or another version.</exception>
    public long NewestWhole()
    {
        foreach (var sequence in Sequences)
        {
            using var file = files.Open(NameOf(sequence));
            if (IsWhole(file, sequence, take: null))
                return sequence;
        }

        return 0;
    }

    /// <summary>
    /// Reads the newest snapshot that is whole, from its first block to its last; returns its sequence, or 0 where there
    /// is none. One that is not whole is passed over and told.
    /// </summary>
    /// <exception cref="JournalException">One is of another city or another version: nothing is guessed from it.</exception>
    public long ReadNewest(Action<SnapshotBlock> take, Action<string> tellDamaged)
    {
        foreach (var sequence in Sequences)
        {
            using var file = files.Open(NameOf(sequence));
            // Looked through before anything of it is taken.
            if (!IsWhole(file, sequence, take: null))
            {
                tellDamaged(Path.Combine(files.Folder, NameOf(sequence)));
                continue;
            }

            IsWhole(file, sequence, take);
            return sequence;
        }

        return 0;
    }

    /// <summary>Lets go of what neither a start nor the way back needs.</summary>
    /// <param name="journalFrom">The oldest input that can still be played back.</param>
    public void Retire(PastRetention past, Instant now, long journalFrom)
    {
        var forAStart = Sequences.Take(Kept).ToHashSet();
        var kept = past.Choose(
            [.. Stored.Where(stored => !forAStart.Contains(stored.Sequence))], now, journalFrom, files.FreeBytes);
        var old = Sequences.Where(sequence => !forAStart.Contains(sequence) && !kept.Contains(sequence)).ToArray();
        foreach (var sequence in old)
            files.Delete(NameOf(sequence));
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

    private bool IsWhole(IJournalFile file, long sequence, Action<SnapshotBlock>? take)
    {
        if (!TryHeader(file, sequence, out var header))
            return false;

        Span<byte> head = stackalloc byte[BlockHeadBytes];
        Span<byte> told = stackalloc byte[CheckBytes];
        long at = header.Bytes;
        for (var blocks = 0; ; blocks++)
        {
            if (file.Read(at, head) < BlockHeadBytes)
                return false;
            var length = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
            if (length is < 0 or > BlockBytesMax || at + BlockHeadBytes + length + CheckBytes > file.Length)
                return false;
            var bytes = new byte[length];
            if (file.Read(at + BlockHeadBytes, bytes) < length
                || file.Read(at + BlockHeadBytes + length, told) < CheckBytes
                || BinaryPrimitives.ReadUInt32LittleEndian(told) != CheckOf(head, bytes))
                return false;
            var block = new SnapshotBlock(
                (SnapshotBlockKind)head[0], head[1], BinaryPrimitives.ReadInt32LittleEndian(head[4..]), bytes);
            if (block.Kind == SnapshotBlockKind.End)
                return block.Index == blocks;
            take?.Invoke(block);
            at += BlockHeadBytes + length + CheckBytes;
        }
    }

    /// <summary>False where it was not written whole.</summary>
    /// <exception cref="JournalException">It is of another city or another version.</exception>
    internal bool TryHeader(IJournalFile file, long sequence, out SnapshotHeader header)
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

/// <summary>Writes one snapshot; it counts once <see cref="Finish"/> has returned.</summary>
internal sealed class SnapshotWriter : IDisposable
{
    private readonly IJournalFiles _files;
    private readonly IJournalFile _file;
    private long _at;
    private int _blocks;

    public SnapshotWriter(IJournalFiles files, IJournalFile file, ReadOnlySpan<byte> header)
    {
        (_files, _file) = (files, file);
        _file.Write(0, header);
        _at = header.Length;
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
    }

    public void Dispose() => _file.Dispose();
}
