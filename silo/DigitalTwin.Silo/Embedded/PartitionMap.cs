using System.Numerics;
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

    private const int BitsOfPartitionsMax = 6;

    private readonly int[] _addresses;

    // Of an address: the lowest bits are the partition, the others the place in it.
    private readonly int _partitionBits;

    public PartitionMap(CityGraph graph, int partitions)
        : this(graph, Checked(partitions), BitsOfPartitionsMax, group => group % partitions)
    {
    }

    private PartitionMap(CityGraph graph, int partitions, int partitionBits, Func<int, int> partitionOfGroup)
    {
        (Partitions, _partitionBits) = (partitions, partitionBits);
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
                : head == twin ? partitionOfGroup(groups++)
                : PartitionOf(head);
            if (handles[partition].Count > int.MaxValue >> partitionBits)
                throw new ArgumentException($"too many twins belong to {graph.IdOf(head)}", nameof(graph));
            _addresses[ordinal] = handles[partition].Count << partitionBits | partition;
            handles[partition].Add(ordinal);
        }

        Handles = [.. handles.Select(list => list.ToArray())];
    }

    private PartitionMap(PartitionMap whole, bool[] isChosen)
    {
        (Whole, Partitions, _partitionBits) = (whole, whole.Partitions, whole._partitionBits);
        _addresses = new int[whole._addresses.Length];
        Array.Fill(_addresses, -1);
        var (handles, places) = (new int[Partitions][], new int[Partitions][]);
        for (var i = 0; i < Partitions; i++)
        {
            var (mine, at) = (new List<int>(), new List<int>());
            for (var place = 0; place < whole.Handles[i].Length; place++)
            {
                var ordinal = whole.Handles[i][place];
                if (!isChosen[ordinal])
                    continue;
                _addresses[ordinal] = mine.Count << _partitionBits | i;
                mine.Add(ordinal);
                at.Add(place);
            }

            (handles[i], places[i]) = ([.. mine], [.. at]);
        }

        (Handles, Places) = (handles, places);
    }

    /// <summary>
    /// A map as fine as can be: a partition for each building with its meters, each cabinet with its lights and each
    /// twin that stands alone; the air sensors are the first.
    /// </summary>
    public static PartitionMap OfUnits(CityGraph graph)
    {
        var heads = graph.All().Count(twin =>
            graph.ModelOf(twin).Kind != TwinKind.AirQualitySensor && HeadOf(graph, twin) == twin);
        return new PartitionMap(graph, heads + 1, BitOperations.Log2((uint)heads + 1) + 1, group => group + 1);
    }

    /// <summary>
    /// The part of a whole map that the twins of one district need to be what they are: themselves, all that their
    /// feeders serve, and the air sensors that are held against theirs; buildings and cabinets with all in them.
    /// </summary>
    public static PartitionMap PartFor(PartitionMap whole, CityGraph graph, TwinHandle district)
    {
        var isChosen = new bool[graph.Count];
        // A building that comes in through one of its meters may bring in a feeder: until none is new.
        for (var isGrowing = true; isGrowing;)
        {
            isGrowing = false;
            for (var ordinal = 0; ordinal < isChosen.Length; ordinal++)
            {
                var twin = new TwinHandle(ordinal);
                var head = HeadOf(graph, twin);
                if (isChosen[ordinal] && isChosen[head.Ordinal])
                    continue;
                var feeder = graph.ServedBy(twin);
                if (!isChosen[ordinal] && !isChosen[head.Ordinal] && graph.DistrictOf(twin) != district
                    && (feeder.IsNone || !isChosen[feeder.Ordinal])
                    && graph.ModelOf(twin).Kind != TwinKind.AirQualitySensor)
                    continue;
                isChosen[ordinal] = isChosen[head.Ordinal] = isGrowing = true;
            }
        }

        return new PartitionMap(whole, isChosen);
    }

    /// <summary>The map that this one is a part of; null where it has the whole city.</summary>
    public PartitionMap? Whole { get; }

    /// <summary>Of a part: where its twins are in the partitions of the whole, ascending; null where it is whole.</summary>
    public int[][]? Places { get; }

    /// <summary>All twins that it has.</summary>
    public int Count => Handles.Sum(handles => handles.Length);

    /// <summary>Whether it has a twin; a whole one has all.</summary>
    public bool Has(TwinHandle twin) => _addresses[twin.Ordinal] >= 0;

    public int Partitions { get; }

    /// <summary>The twins of each partition, ascending.</summary>
    public int[][] Handles { get; }

    public int PartitionOf(TwinHandle twin) => _addresses[twin.Ordinal] & ((1 << _partitionBits) - 1);

    public int LocalOf(TwinHandle twin) => _addresses[twin.Ordinal] >> _partitionBits;

    private static int Checked(int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(partitions is >= 1 and <= PartitionsMax, true, nameof(partitions));
        return partitions;
    }

    private static TwinHandle HeadOf(CityGraph graph, TwinHandle twin)
    {
        var parent = graph.ParentOf(twin);
        return !parent.IsNone && graph.ModelOf(parent).Kind is TwinKind.Building or TwinKind.LightingCabinet ? parent : twin;
    }
}
