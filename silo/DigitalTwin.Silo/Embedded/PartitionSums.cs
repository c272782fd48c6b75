using System.Runtime.InteropServices;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// One partition's part of the city's sums. A building's and a cabinet's are whole, because what they contain is in the
/// same partition; those of feeders and areas are parts that somebody adds up.
/// </summary>
internal sealed class PartitionSums
{
    private readonly CityGroups _groups;
    private readonly Membership[] _members;
    private readonly List<(int District, int Polycentre)> _areas;
    private readonly Tally[] _containers;

    // A building by its local place, a cabinet by its complement.
    private readonly int[] _containerLocals;
    private readonly Tally[] _parts;
    private readonly DirtySet _dirtyParts;
    private readonly DirtySet _dirtyCabinets;
    private readonly FeederHours[] _hours;

    public PartitionSums(CityGraph graph, PartitionMap map, CityGroups groups, int[] handles)
    {
        (_groups, _areas) = (groups, []);
        _members = new Membership[handles.Length];
        var areas = new Dictionary<(int, int), ushort>();
        var containers = new List<int>();
        // Parents come before children.
        for (var local = 0; local < handles.Length; local++)
        {
            var twin = new TwinHandle(handles[local]);
            var area = (groups.DistrictOf(twin), groups.PolycentreOf(twin));
            if (!areas.TryGetValue(area, out var areaIndex))
            {
                areas.Add(area, areaIndex = checked((ushort)areas.Count));
                _areas.Add(area);
            }

            _members[local] = new Membership(ContainerOf(graph, map, twin, local, containers), groups.FeederOf(twin), areaIndex);
        }

        _containerLocals = [.. containers];
        _containers = new Tally[containers.Count];
        _parts = new Tally[groups.Twins.Count];
        _dirtyParts = new DirtySet(_parts.Length);
        _dirtyCabinets = new DirtySet(handles.Length);
        _hours = new FeederHours[groups.Twins.Count];
    }

    /// <summary>Those of another time, of the same twins.</summary>
    public PartitionSums(PartitionSums other)
    {
        (_groups, _members, _areas, _containerLocals) =
            (other._groups, other._members, other._areas, other._containerLocals);
        _containers = new Tally[other._containers.Length];
        _parts = new Tally[other._parts.Length];
        _dirtyParts = new DirtySet(_parts.Length);
        _dirtyCabinets = new DirtySet(_members.Length);
        _hours = new FeederHours[other._hours.Length];
    }

    public ClassDays ClassDays { get; private set; } = new();

    /// <summary>Cabinets whose sums changed, by local place; <see cref="ClearCabinets"/> empties them.</summary>
    public ReadOnlySpan<int> DirtyCabinets => _dirtyCabinets.Locals;

    public ref readonly Tally Container(int local) => ref _containers[_members[local].Container];

    public ref readonly Tally Part(int group) => ref _parts[group];

    /// <summary>The hour of a feeder as told to this partition.</summary>
    public FeederHour HourOf(int group, int hour) => _hours[group].Of(hour);

    /// <summary>Asks the memory for what <see cref="Replace"/> of the twin will need.</summary>
    public void Prefetch(int local) => CacheLine.Prefetch(ref _members[local]);

    /// <summary>The building that the twin is a meter of, by local place, or −1.</summary>
    public int BuildingOf(int local) => _members[local].Container is >= 0 and var container
        ? Math.Max(-1, _containerLocals[container])
        : -1;

    /// <summary>Asks the memory for a building's sums.</summary>
    public void PrefetchBuilding(int building)
    {
        ref var sums = ref _containers[_members[building].Container];
        CacheLine.Prefetch(ref sums[0]);
        CacheLine.Prefetch(ref sums[RollupMeasures.Count / 2]);
    }

    /// <summary>Puts a twin's new share in the place of its old one in all its groups.</summary>
    public void Replace(int local, in Share before, in Share after)
    {
        ref readonly var member = ref _members[local];
        if (member.Container >= 0)
        {
            _containers[member.Container].Replace(in before, in after);
            if (_containerLocals[member.Container] is < 0 and var cabinet)
                _dirtyCabinets.Mark(~cabinet);
        }

        var (district, polycentre) = _areas[member.Areas];
        ReplacePart(member.Feeder, in before, in after);
        ReplacePart(district, in before, in after);
        ReplacePart(polycentre, in before, in after);
        ReplacePart(_groups.City, in before, in after);
    }

    /// <summary>A whole hour of a meter or a cabinet counts at its feeder; a feeder's own is its inlet.</summary>
    public void AddHour(TwinHandle twin, int hour, long amountThousandths)
    {
        if (_groups.IndexOf(twin) is >= 0 and var own)
            _hours[own].AddInlet(hour, amountThousandths);
        else if (_groups.FeederOf(twin) is >= 0 and var feeder)
            _hours[feeder].AddConsumer(hour, amountThousandths);
    }

    /// <summary>Hands out the parts that changed since the last call.</summary>
    public void TakeParts(List<(int Group, Tally Part)> into)
    {
        foreach (var group in _dirtyParts.Locals)
            into.Add((group, _parts[group]));
        _dirtyParts.Clear();
    }

    public void ClearCabinets() => _dirtyCabinets.Clear();

    /// <summary>Hands out the days that buildings closed since the last call.</summary>
    public ClassDays TakeClassDays()
    {
        var taken = ClassDays;
        ClassDays = new ClassDays();
        return taken;
    }

    /// <summary>Equal for partitions whose groups are the same, in the same order.</summary>
    public string GroupNames(CityGraph graph) => string.Join(' ', _groups.Twins.Select(graph.IdOf));

    /// <summary>What is not the sum of the twins' present shares: hours and days that are not over.</summary>
    public void Write(MemoryWriter writer)
    {
        ClassDays.Write(writer);
        writer.WriteCount(_hours.Length);
        foreach (ref readonly var hours in _hours.AsSpan())
            hours.Write(writer);
    }

    /// <exception cref="MemoryFormatException">The bytes are none.</exception>
    public void Read(ref MemoryReader reader)
    {
        ClassDays = ClassDays.Read(ref reader);
        if (reader.ReadCount("feeders") != _hours.Length)
            throw reader.Refusal("feeders", $"there are {_hours.Length} groups in this city");
        for (var group = 0; group < _hours.Length; group++)
            _hours[group] = FeederHours.Read(ref reader);
    }

    /// <summary>Takes over the hours and days that are not over.</summary>
    /// <param name="groupBefore">The place that a group had before, or −1.</param>
    public void Adopt(PartitionSums before, Func<int, int> groupBefore)
    {
        ClassDays = before.ClassDays;
        for (var group = 0; group < _hours.Length; group++)
            if (groupBefore(group) is >= 0 and var old)
                _hours[group] = before._hours[old];
    }

    private void ReplacePart(int group, in Share before, in Share after)
    {
        if (group < 0)
            return;
        _parts[group].Replace(in before, in after);
        _dirtyParts.Mark(group);
    }

    private int ContainerOf(CityGraph graph, PartitionMap map, TwinHandle twin, int local, List<int> containers)
    {
        var kind = graph.ModelOf(twin).Kind;
        if (kind is TwinKind.Building or TwinKind.LightingCabinet)
        {
            containers.Add(kind == TwinKind.Building ? local : ~local);
            return containers.Count - 1;
        }

        var parent = graph.ParentOf(twin);
        return !parent.IsNone && graph.ModelOf(parent).Kind is TwinKind.Building or TwinKind.LightingCabinet
            && map.PartitionOf(parent) == map.PartitionOf(twin)
            ? _members[map.LocalOf(parent)].Container
            : -1;
    }

    /// <summary>Whose sums a twin counts in; there are as many of these as twins.</summary>
    /// <param name="Container">Place of its building's or cabinet's sums, of its own where it is one; −1 for none.</param>
    /// <param name="Feeder">Group of its feeder, or −1.</param>
    /// <param name="Areas">Place of its district and polycentre.</param>
    [StructLayout(LayoutKind.Sequential, Pack = sizeof(ushort))]
    internal readonly record struct Membership(int Container, int Feeder, ushort Areas);
}
