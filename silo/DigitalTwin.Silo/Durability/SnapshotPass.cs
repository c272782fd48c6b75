using System.Buffers.Binary;
using System.Threading.Channels;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Durability;

/// <summary>Takes one block of a snapshot; of several threads at once, each with other blocks.</summary>
internal delegate void SnapshotTaker(SnapshotBlockKind kind, int partition, int index, ReadOnlySpan<byte> bytes);

/// <summary>
/// Reads a snapshot once from its first byte to its last: one thread reads and finds the blocks, others hold them
/// against their checksums and take them. Whether it was whole is known at the end; what was taken counts only then.
/// </summary>
internal sealed class SnapshotPass(
    IDiskFile file, long firstBlockAt, Func<int, int, bool> areWanted, SnapshotTaker take, IProgress<double>? progress)
{
    private const int BufferBytes = 2 << 20;

    // Between blocks that nobody wants little is read that is not needed.
    private const int BufferBytesOfPart = 256 << 10;

    private readonly long _length = file.Length;
    private long _at = firstBlockAt;
    private int _blocks;
    private bool _isEnded;
    private volatile bool _isDamaged;

    /// <summary>False where it is not whole: then nothing that was taken counts.</summary>
    /// <exception cref="IOException">The disk does not read.</exception>
    /// <exception cref="InvalidDataException">It is whole, and not of these twins.</exception>
    public async Task<bool> TryReadAsync(bool isPart, CancellationToken cancellationToken)
    {
        var workers = Math.Clamp(Environment.ProcessorCount, 1, 8);
        var free = Channel.CreateUnbounded<byte[]>();
        var bytes = (int)Math.Clamp(_length, SnapshotStore.BlockHeadBytes, isPart ? BufferBytesOfPart : BufferBytes);
        for (var i = 0; i < workers + 2; i++)
            free.Writer.TryWrite(new byte[bytes]);
        var full = Channel.CreateUnbounded<(byte[] Buffer, int Length)>();
        var taking = Enumerable.Range(0, workers)
            .Select(_ => Task.Run(() => TakeAllAsync(full.Reader, free.Writer), CancellationToken.None)).ToArray();
        try
        {
            while (!_isEnded && !_isDamaged)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var buffer = await free.Reader.ReadAsync(cancellationToken);
                var length = Fill(ref buffer);
                if (length == 0)
                    break;
                full.Writer.TryWrite((buffer, length));
                progress?.Report(_at / (double)_length);
            }
        }
        finally
        {
            full.Writer.Complete();
            await Task.WhenAll(taking);
        }

        return _isEnded && !_isDamaged;
    }

    // Whole blocks, the first of them wanted; 0 where there are no more that make sense.
    private int Fill(ref byte[] buffer)
    {
        if (!SkipUnwanted())
            return 0;
        var filled = file.Read(_at, buffer);
        var length = 0;
        while (!_isEnded && TryBlock(buffer.AsSpan(length..filled), out var block))
        {
            if (length + block > filled)
            {
                if (length > 0)
                    break;
                // One that is larger than the buffer has one of its own.
                if (_at + block > _length)
                    return 0;
                buffer = new byte[block];
                filled = file.Read(_at, buffer);
                if (filled < block)
                    return 0;
            }

            Count(buffer.AsSpan(length));
            length += block;
        }

        _at += length;
        return length;
    }

    private bool SkipUnwanted()
    {
        Span<byte> head = stackalloc byte[SnapshotStore.BlockHeadBytes];
        while (file.Read(_at, head) == head.Length && TryBlock(head, out var block))
        {
            if (IsWanted(head))
                return true;
            Count(head);
            _at += block;
        }

        return false;
    }

    private void Count(ReadOnlySpan<byte> head)
    {
        if (KindOf(head) == SnapshotBlockKind.End)
        {
            _isEnded = true;
            _isDamaged |= IndexOf(head) != _blocks;
        }

        _blocks++;
    }

    private async Task TakeAllAsync(ChannelReader<(byte[] Buffer, int Length)> full, ChannelWriter<byte[]> free)
    {
        await foreach (var (buffer, length) in full.ReadAllAsync())
        {
            try
            {
                if (!_isDamaged)
                    TakeAll(buffer.AsSpan(0, length));
            }
            catch
            {
                _isDamaged = true;
                throw;
            }
            finally
            {
                free.TryWrite(buffer);
            }
        }
    }

    private void TakeAll(ReadOnlySpan<byte> blocks)
    {
        while (!blocks.IsEmpty)
        {
            _ = TryBlock(blocks, out var block);
            if (IsWanted(blocks))
            {
                var end = block - SnapshotStore.CheckBytes;
                var bytes = blocks[SnapshotStore.BlockHeadBytes..end];
                if (BinaryPrimitives.ReadUInt32LittleEndian(blocks[end..])
                    != SnapshotStore.CheckOf(blocks[..SnapshotStore.BlockHeadBytes], bytes))
                {
                    _isDamaged = true;
                    return;
                }

                if (KindOf(blocks) != SnapshotBlockKind.End)
                    take(KindOf(blocks), blocks[1], IndexOf(blocks), bytes);
            }

            blocks = blocks[block..];
        }
    }

    private bool IsWanted(ReadOnlySpan<byte> head) =>
        KindOf(head) != SnapshotBlockKind.Twins || areWanted(head[1], IndexOf(head));

    private static bool TryBlock(ReadOnlySpan<byte> bytes, out int block)
    {
        block = 0;
        if (bytes.Length < SnapshotStore.BlockHeadBytes)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (length is < 0 or > SnapshotStore.BlockBytesMax)
            return false;
        block = SnapshotStore.BlockHeadBytes + length + SnapshotStore.CheckBytes;
        return true;
    }

    private static SnapshotBlockKind KindOf(ReadOnlySpan<byte> head) => (SnapshotBlockKind)head[0];

    private static int IndexOf(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
}
