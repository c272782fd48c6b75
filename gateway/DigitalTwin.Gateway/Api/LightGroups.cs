using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Api;

/// <summary>What lights are gathered by for those who repair them.</summary>
public enum LightingGrouping
{
    /// <summary>The street a light stands in.</summary>
    Street,

    /// <summary>The cabinet that feeds it.</summary>
    Cabinet,
}

/// <summary>Which lights belong together, and how many they are; counted once: the graph never changes.</summary>
internal sealed class LightGroups
{
    private readonly Lazy<LightGrouper> _streets;
    private readonly Lazy<LightGrouper> _cabinets;

    public LightGroups(CityGraph graph)
    {
        _streets = new(() => LightGrouper.ByStreet(graph));
        _cabinets = new(() => LightGrouper.ByCabinet(graph));
    }

    public LightGrouper By(LightingGrouping by) => by == LightingGrouping.Cabinet ? _cabinets.Value : _streets.Value;
}

/// <summary>The lights of one street or one cabinet, or those that have none.</summary>
internal sealed class LightGroup(string? id, NameAnswer? name, TwinHandle cabinet)
{
    private readonly Dictionary<int, int> _lightsByDistrict = [];

    public string? Id { get; } = id;

    public NameAnswer? Name { get; } = name;

    /// <summary>None for a street.</summary>
    public TwinHandle Cabinet { get; } = cabinet;

    /// <summary>How many lights it has, or has in one district.</summary>
    public int LightsIn(TwinHandle district) => district.IsNone
        ? _lightsByDistrict.Values.Sum()
        : _lightsByDistrict.GetValueOrDefault(district.Ordinal);

    internal void Count(TwinHandle district) =>
        _lightsByDistrict[district.Ordinal] = _lightsByDistrict.GetValueOrDefault(district.Ordinal) + 1;
}

/// <summary>From a light or cabinet to its group.</summary>
internal sealed class LightGrouper
{
    private readonly Dictionary<int, LightGroup> _groupOf = [];
    private readonly Dictionary<string, LightGroup> _groups = new(StringComparer.Ordinal);
    private readonly LightGroup _none = new(id: null, name: null, TwinHandle.None);

    private LightGrouper()
    {
    }

    /// <summary>Every group that has a light; an empty cabinet can have no failed one.</summary>
    public IEnumerable<LightGroup> All => _groups.Values.Append(_none);

    public static LightGrouper ByStreet(CityGraph graph)
    {
        var grouper = new LightGrouper();
        foreach (var light in Lights(graph))
            grouper.Add(graph, light, TwinTitles.StreetOf(graph, light) is { } street
                ? grouper.GroupOf(
                    street, () => new LightGroup(street, NameAnswer.Of(street, null, null), TwinHandle.None))
                : grouper._none);
        return grouper;
    }

    public static LightGrouper ByCabinet(CityGraph graph)
    {
        var grouper = new LightGrouper();
        foreach (var cabinet in graph.All().Where(twin => graph.ModelOf(twin).Kind == TwinKind.LightingCabinet))
        {
            var id = graph.IdOf(cabinet);
            grouper._groupOf[cabinet.Ordinal] = grouper.GroupOf(id, () => new LightGroup(
                id, TwinTitles.NameOf(graph, cabinet) ?? NameAnswer.Of(id, null, null), cabinet));
        }

        foreach (var light in Lights(graph))
            grouper.Add(graph, light, grouper.Find(graph.ParentOf(light)));
        return grouper;
    }

    /// <summary>The group of a light or cabinet; of anything else, that of lights without one.</summary>
    public LightGroup Find(TwinHandle twin) => _groupOf.GetValueOrDefault(twin.Ordinal, _none);

    private static IEnumerable<TwinHandle> Lights(CityGraph graph) =>
        graph.All().Where(twin => graph.ModelOf(twin).Kind == TwinKind.Streetlight);

    private LightGroup GroupOf(string id, Func<LightGroup> create) =>
        _groups.TryGetValue(id, out var known) ? known : _groups[id] = create();

    private void Add(CityGraph graph, TwinHandle light, LightGroup group)
    {
        _groupOf[light.Ordinal] = group;
        group.Count(graph.DistrictOf(light));
    }
}
