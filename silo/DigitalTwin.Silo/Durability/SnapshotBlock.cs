namespace DigitalTwin.Silo.Durability;

/// <summary>What a part of a snapshot holds; the numbers are part of the format.</summary>
internal enum SnapshotBlockKind : byte
{
    /// <summary>The states of neighbouring twins of one partition.</summary>
    Twins = 1,

    /// <summary>What a partition remembers beside its twins.</summary>
    Partition = 2,

    /// <summary>What the sums over all partitions remember.</summary>
    Totals = 3,

    /// <summary>The last one: how many came before it.</summary>
    End = 255,
}

/// <summary>One part of a snapshot.</summary>
/// <param name="Partition">Whose it is.</param>
/// <param name="Index">Its place among the blocks of its kind in that partition.</param>
internal readonly record struct SnapshotBlock(SnapshotBlockKind Kind, byte Partition, int Index, byte[] Bytes);
