using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// How a city is cut for a cluster. A unit is what lives and is stored together: a building with its meters, a cabinet
/// with its lights, all air sensors, or one twin alone. Equal on every machine that loads the same city.
/// </summary>
public sealed class UnitPlan
{
    /// <summary>The unit of all air sensors, which are held against each other.</summary>
    public const int AirUnit = PartitionMap.AirPartition;

    private readonly int[] _areas;
    private readonly Dictionary<int, List<int>> _members = [];

    /// <exception cref="ArgumentException">The city has no twin of kind City, or a building has too much in it.</exception>
    public UnitPlan(CityGraph graph, CityRules rules)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(rules);
        (Graph, Rules) = (graph, rules);
        Map = PartitionMap.OfUnits(graph);
        Groups = new CityGroups(graph);
        if (Groups.City < 0)
            throw new ArgumentException("a cluster needs a twin of kind City", nameof(graph));
        Identity = CityIdentity.Of(graph, rules);
        _areas = new int[Map.Partitions];
        for (var unit = 0; unit < _areas.Length; unit++)
        {
            var district = unit == AirUnit ? TwinHandle.None : graph.DistrictOf(HeadOf(unit));
            _areas[unit] = UnitOf(district.IsNone ? City : district);
            foreach (var group in GroupsOf(unit))
            {
                if (!_members.TryGetValue(UnitOf(group), out var members))
                    _members.Add(UnitOf(group), members = []);
                members.Add(unit);
            }
        }
    }

    public CityGraph Graph { get; }

    public CityRules Rules { get; }

    /// <summary>Names the city; machines of one cluster must agree on it.</summary>
    public Guid Identity { get; }

    public int Count => Map.Partitions;

    public TwinHandle City => Groups.Twins[Groups.City];

    internal PartitionMap Map { get; }

    internal CityGroups Groups { get; }

    public int UnitOf(TwinHandle twin) => Map.PartitionOf(twin);

    /// <summary>The twins of a unit, ascending; parents before children.</summary>
    public ReadOnlySpan<int> TwinsOf(int unit) => Map.Handles[unit];

    /// <summary>The twin that a unit is named after; none for the air sensors.</summary>
    public TwinHandle HeadOf(int unit) => unit == AirUnit ? TwinHandle.None : new TwinHandle(Map.Handles[unit][0]);

    /// <summary>The kind of the head; that of the air sensors for theirs.</summary>
    public TwinKind KindOf(int unit) =>
        unit == AirUnit ? TwinKind.AirQualitySensor : Graph.ModelOf(HeadOf(unit)).Kind;

    /// <summary>The unit of the district or the city that is told what changes in a unit.</summary>
    public int AreaOf(int unit) => _areas[unit];

    /// <summary>The units of all districts and of the city: together they are told every change, each once.</summary>
    public IEnumerable<int> Areas => _areas.Distinct();

    /// <summary>The groups that a unit tells its sums: its area and the feeders and polycentres of its twins.</summary>
    internal IEnumerable<TwinHandle> GroupsOf(int unit)
    {
        var area = HeadOf(AreaOf(unit));
        return new CityGroups(Groups, TwinsOf(unit)).Twins.Where(group =>
            Graph.ModelOf(group).Kind is TwinKind.Feeder or TwinKind.Polycentre).Append(area);
    }

    /// <summary>The units that tell a group their sums.</summary>
    public IReadOnlyList<int> MembersOf(int groupUnit) => _members.GetValueOrDefault(groupUnit) ?? [];

}
