using System.Buffers.Binary;
using System.Globalization;
using DigitalTwin.Model.Memory;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Silo.Durability;

/// <summary>
/// Snapshots of a city in one folder, a file each. A file counts only when it is whole to its last byte: it ends with
/// a block that says how many there are, and every block has its checksum. The newest whole one is used, and the one
/// before it is kept for the day that the newest is damaged.
/// </summary>
internal sealed class SnapshotStore(IJournalFiles files, Guid city)
{
    public const int Version = 1;
    public const int Kept = 2;

    private const string Prefix = "snapshot-";
    private const string Suffix = ".bin";
    private const int HeaderBytes = 48;
    private const int BlockHeadBytes = 16;
    private const int CheckBytes = sizeof(uint);

    // A block is a few dozen twins, or what a partition remembers beside them.
    private const int BlockBytesMax = 256 << 20;

    // Looked through or written by this store: only these can be relied on.
    private readonly HashSet<long> _whole = [];

    private static ReadOnlySpan<byte> Magic => "DTCITY01"u8;

    /// <summary>The sequences of the files there are, newest first; whether they are whole is not said.</summary>
    public IReadOnlyList<long> Sequences =>
        [.. files.List().Select(SequenceOf).Where(sequence => sequence > 0).OrderDescending()];

    /// <summary>Begins a snapshot that contains everything up to a sequence.</summary>
    /// <exception cref="IOException">The disk does not write.</exception>
    public SnapshotWriter Begin(long sequence)
    {
        var name = NameOf(sequence);
        if (files.List().Contains(name))
            files.Delete(name);
        Span<byte> header = stackalloc byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Version);
        city.TryWriteBytes(header[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(header[44..], Crc32C.Of(header[..44]));
        return new SnapshotWriter(files, name, header, () => _whole.Add(sequence));
    }

    /// <summary>The sequence that the newest whole snapshot contains, 0 where there is none.</summary>
    /// <exception cref="JournalException">One is of another city or another version.</exception>
    public long NewestWhole()
    {
        foreach (var sequence in Sequences)
        {
            using var file = files.Open(NameOf(sequence));
            if (!IsWhole(file, sequence, take: null))
                continue;
            _whole.Add(sequence);
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
            _whole.Add(sequence);
            return sequence;
        }

        return 0;
    }

    /// <summary>
    /// Lets go of all but the newest whole ones; returns the sequence that the oldest kept one contains, 0 where there
    /// is none. One that a kill left unfinished is none to fall back on and takes no place.
    /// </summary>
    public long Retire()
    {
        var sequences = Sequences;
        var kept = sequences.Where(_whole.Contains).Take(Kept).ToArray();
        foreach (var other in sequences.Except(kept))
        {
            files.Delete(NameOf(other));
            _whole.Remove(other);
        }

        if (sequences.Count > kept.Length)
            files.SyncFolder();
        return kept.LastOrDefault();
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
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.Read(0, header) < HeaderBytes || !header[..8].SequenceEqual(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[44..]) != Crc32C.Of(header[..44]))
            return false;
        var path = Path.Combine(files.Folder, NameOf(sequence));
        if (BinaryPrimitives.ReadInt32LittleEndian(header[8..]) is var version && version != Version)
            throw new JournalException(path, $"is of version {version}, not {Version}", "use the program that wrote it");
        if (new Guid(header[16..32]) != city)
            throw new JournalException(path, "is of another city", "move it elsewhere");
        if (BinaryPrimitives.ReadInt64LittleEndian(header[32..]) != sequence)
            return false;

        Span<byte> head = stackalloc byte[BlockHeadBytes];
        Span<byte> told = stackalloc byte[CheckBytes];
        long at = HeaderBytes;
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

    private static string NameOf(long sequence) =>
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
    private readonly IJournalFiles _files;
    private readonly IJournalFile _file;
    private readonly string _name;
    private readonly Action _finished;
    private long _at;
    private int _blocks;
    private bool _isFinished;

    public SnapshotWriter(IJournalFiles files, string name, ReadOnlySpan<byte> header, Action finished)
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
