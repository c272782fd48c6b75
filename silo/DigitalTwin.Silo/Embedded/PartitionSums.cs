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
    private readonly CityGraph _graph;
    private readonly PartitionMap _map;
    private readonly CityGroups _groups;
    private readonly int[] _containerIndex;
    private readonly Tally[] _containers;
    private readonly Tally[] _parts;
    private readonly DirtySet _dirtyParts;
    private readonly DirtySet _dirtyCabinets;
    private readonly FeederHours[] _hours;

    public PartitionSums(CityGraph graph, PartitionMap map, CityGroups groups, int[] handles)
    {
        _graph = graph;
        _map = map;
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
    }

    public ClassDays ClassDays { get; private set; } = new();

    /// <summary>Cabinets whose sums changed, by local place; <see cref="ClearCabinets"/> empties them.</summary>
    public ReadOnlySpan<int> DirtyCabinets => _dirtyCabinets.Locals;

    public ref readonly Tally Container(int local) => ref _containers[_containerIndex[local]];

    public ref readonly Tally Part(int group) => ref _parts[group];

    /// <summary>The hour of a feeder as told to this partition.</summary>
    public FeederHour HourOf(int group, int hour) => _hours[group].Of(hour);

    /// <summary>Puts a twin's new share in the place of its old one in all its groups; returns the building that it changes, or −1.</summary>
    public int Replace(TwinHandle twin, in Share before, in Share after)
    {
        var parent = _graph.ParentOf(twin);
        var building = -1;
        if (!parent.IsNone && _graph.ModelOf(parent).Kind is TwinKind.Building or TwinKind.LightingCabinet)
        {
            var local = _map.LocalOf(parent);
            _containers[_containerIndex[local]].Replace(in before, in after);
            if (_graph.ModelOf(parent).Kind == TwinKind.Building)
                building = local;
            else
                _dirtyCabinets.Mark(local);
        }

        ReplacePart(_groups.FeederOf(twin), in before, in after);
        ReplacePart(_groups.DistrictOf(twin), in before, in after);
        ReplacePart(_groups.PolycentreOf(twin), in before, in after);
        ReplacePart(_groups.City, in before, in after);
        return building;
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
}
