using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// Which partition holds a twin and where in it. A building and its meters share one, so that totals are kept
/// without crossing partitions; so do a cabinet and its lights.
/// </summary>
internal sealed class PartitionMap
{
    public const int PartitionsMax = 64;

    /// <summary>Where all air sensors are: they are few, and each is held against the others.</summary>
    public const int AirPartition = 0;

    private const int PartitionBits = 6;

    private readonly int[] _addresses;

    public PartitionMap(CityGraph graph, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(partitions is >= 1 and <= PartitionsMax, true, nameof(partitions));
        Partitions = partitions;
        _addresses = new int[graph.Count];
        var handles = new List<int>[partitions];
        for (var i = 0; i < partitions; i++)
            handles[i] = [];
        var groups = 0;
        for (var ordinal = 0; ordinal < graph.Count; ordinal++)
        {
            var twin = new TwinHandle(ordinal);
            var head = HeadOf(graph, twin);
            // Parents come before children, so the head of a group has its address already.
            var partition = graph.ModelOf(twin).Kind == TwinKind.AirQualitySensor ? AirPartition
                : head == twin ? groups++ % partitions
                : PartitionOf(head);
            _addresses[ordinal] = handles[partition].Count << PartitionBits | partition;
            handles[partition].Add(ordinal);
        }

        Handles = [.. handles.Select(list => list.ToArray())];
    }

    public int Partitions { get; }

    /// <summary>The twins of each partition, ascending.</summary>
    public int[][] Handles { get; }

    public int PartitionOf(TwinHandle twin) => _addresses[twin.Ordinal] & (PartitionsMax - 1);

    public int LocalOf(TwinHandle twin) => _addresses[twin.Ordinal] >> PartitionBits;

    private static TwinHandle HeadOf(CityGraph graph, TwinHandle twin)
    {
        var parent = graph.ParentOf(twin);
        return !parent.IsNone && graph.ModelOf(parent).Kind is TwinKind.Building or TwinKind.LightingCabinet ? parent : twin;
    }
}
