using DigitalTwin.Silo.Durability;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// A copy of a partition's twins as they were at one input, taken while the partition goes on: what is about to change
/// is copied first, the rest little by little. On the partition's loop only.
/// </summary>
internal sealed class StateCopy(PartitionStates states, byte partition)
{
    // Small enough that a batch that touches as many of them as it has twins is not held up.
    public const int TwinsPerChunk = 64;

    private readonly bool[] _isKept = new bool[(states.Entries.Length + TwinsPerChunk - 1) / TwinsPerChunk];
    private List<SnapshotBlock> _ready = [];
    private int _next;

    public int Chunks => _isKept.Length;

    /// <summary>Everything is copied; nothing needs to be kept any more.</summary>
    public bool IsWhole => _next == _isKept.Length;

    /// <summary>A twin is about to change.</summary>
    public void Keep(int local)
    {
        var chunk = local / TwinsPerChunk;
        if (_isKept[chunk])
            return;
        _isKept[chunk] = true;
        _ready.Add(Write(chunk));
    }

    /// <summary>Copies some more, and hands out what was copied since the last call.</summary>
    public List<SnapshotBlock> Advance(int chunks)
    {
        for (; chunks > 0 && !IsWhole; chunks--, _next++)
            if (!_isKept[_next])
            {
                _isKept[_next] = true;
                _ready.Add(Write(_next));
            }

        var ready = _ready;
        _ready = [];
        return ready;
    }

    private SnapshotBlock Write(int chunk)
    {
        var first = chunk * TwinsPerChunk;
        return new SnapshotBlock(
            SnapshotBlockKind.Twins, partition, chunk,
            states.Write(first, Math.Min(first + TwinsPerChunk, states.Entries.Length)));
    }
}
