using DigitalTwin.Model.Memory;

namespace DigitalTwin.Silo.Embedded;

/// <summary>What the engine was at one input, told while it goes on.</summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>
    /// The checksum that <see cref="ChecksumAsync"/> gives of the engine as it was at one input, which is the last of the
    /// journal up to it. The engine goes on, as with a snapshot.
    /// </summary>
    internal async Task<(long Sequence, ulong Checksum)> ChecksumOfAMomentAsync(CancellationToken cancellationToken)
    {
        await _snapshotting.WaitAsync(cancellationToken);
        try
        {
            var (sequence, _, copies, beside, totals) = await BeginCopiesAsync();
            var check = 0UL;
            for (var i = 0; i < _loops.Length; i++)
            {
                // They come in the order in which they were copied.
                var chunks = new uint[copies[i].Chunks];
                while (!copies[i].IsWhole)
                    foreach (var block in await CopyAsync(i, copies[i], CancellationToken.None))
                        chunks[block.Index] = Crc32C.Of(block.Bytes);
                check = check * 31 + chunks.Aggregate(
                    (ulong)Crc32C.Of(beside[i].Bytes), (partition, chunk) => partition * 31 + chunk);
            }

            return (sequence, check * 31 + Crc32C.Of(totals));
        }
        finally
        {
            _snapshotting.Release();
        }
    }
}
