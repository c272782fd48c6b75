using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
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
    private readonly int[] _containerIndex;
    private readonly Tally[] _containers;
    private readonly Tally[] _parts;
    private readonly DirtySet _dirtyParts;
    private readonly DirtySet _dirtyCabinets;
    private readonly FeederHours[] _hours;

    public PartitionSums(CityGraph graph, PartitionMap map, CityGroups groups, int[] handles)
    {
        _groups = groups;
        _containerIndex = new int[handles.Length];
        var containers = 0;
        for (var local = 0; local < handles.Length; local++)
            if (graph.ModelOf(new TwinHandle(handles[local])).Kind is TwinKind.Building or TwinKind.LightingCabinet)
                _containerIndex[local] = containers++;
        _containers = new Tally[containers];
        _parts = new Tally[groups.Twins.Count];
        _dirtyParts = new DirtySet(_parts.Length);
        _dirtyCabinets = new DirtySet(handles.Length);
        _hours = new FeederHours[groups.Twins.Count];
        _members = [.. handles.Select(ordinal => MembershipOf(graph, map, new TwinHandle(ordinal)))];
    }

    public ClassDays ClassDays { get; private set; } = new();

    /// <summary>Cabinets whose sums changed, by local place; <see cref="ClearCabinets"/> empties them.</summary>
    public ReadOnlySpan<int> DirtyCabinets => _dirtyCabinets.Locals;

    public ref readonly Tally Container(int local) => ref _containers[_containerIndex[local]];

    public ref readonly Tally Part(int group) => ref _parts[group];

    /// <summary>The hour of a feeder as told to this partition.</summary>
    public FeederHour HourOf(int group, int hour) => _hours[group].Of(hour);

    /// <summary>Asks the memory for what <see cref="Replace"/> of the twin will need.</summary>
    public void Prefetch(int local) => CacheLine.Prefetch(ref _members[local]);

    /// <summary>The building that the twin is a meter of, by local place, or −1.</summary>
    public int BuildingOf(int local) => _members[local].Building;

    /// <summary>Asks the memory for a building's sums.</summary>
    public void PrefetchBuilding(int building)
    {
        ref var sums = ref _containers[_containerIndex[building]];
        CacheLine.Prefetch(ref sums[0]);
        CacheLine.Prefetch(ref sums[RollupMeasures.Count / 2]);
    }

    /// <summary>Puts a twin's new share in the place of its old one in all its groups.</summary>
    public void Replace(int local, in Share before, in Share after)
    {
        ref readonly var member = ref _members[local];
        if (member.Building >= 0)
        {
            _containers[_containerIndex[member.Building]].Replace(in before, in after);
        }
        else if (member.Cabinet >= 0)
        {
            _containers[_containerIndex[member.Cabinet]].Replace(in before, in after);
            _dirtyCabinets.Mark(member.Cabinet);
        }

        ReplacePart(member.Feeder, in before, in after);
        ReplacePart(member.District, in before, in after);
        ReplacePart(member.Polycentre, in before, in after);
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

    private void ReplacePart(int group, in Share before, in Share after)
    {
        if (group < 0)
            return;
        _parts[group].Replace(in before, in after);
        _dirtyParts.Mark(group);
    }

    private Membership MembershipOf(CityGraph graph, PartitionMap map, TwinHandle twin)
    {
        var parent = graph.ParentOf(twin);
        var kind = parent.IsNone ? default : graph.ModelOf(parent).Kind;
        return new Membership(
            kind == TwinKind.Building ? map.LocalOf(parent) : -1,
            kind == TwinKind.LightingCabinet ? map.LocalOf(parent) : -1,
            _groups.FeederOf(twin), _groups.DistrictOf(twin), _groups.PolycentreOf(twin));
    }

    /// <summary>Whose sums a twin counts in; −1 for none. Containers by local place, the others by group.</summary>
    private readonly record struct Membership(int Building, int Cabinet, int Feeder, int District, int Polycentre);
}
