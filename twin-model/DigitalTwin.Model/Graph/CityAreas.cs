using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Graph;

/// <summary>Which twins lie in, are supplied by or belong to another one.</summary>
public sealed class CityAreas(CityGraph graph)
{
    private readonly Polycentres _polycentres = new(graph);

    /// <summary>Whether twins of a kind have others in them.</summary>
    public static bool IsArea(TwinKind kind) => kind is TwinKind.City or TwinKind.District or TwinKind.Polycentre
        or TwinKind.Feeder or TwinKind.Building or TwinKind.LightingCabinet;

    /// <summary>
    /// What is in the city or a district, nearest to a polycentre, supplied by a feeder, or below a building or cabinet
    /// in the line of parents; by ascending handle. Nothing for other kinds.
    /// </summary>
    public IEnumerable<TwinHandle> MembersOf(TwinHandle area) => graph.ModelOf(area).Kind switch
    {
        TwinKind.City => graph.All().Where(twin => twin != area),
        TwinKind.District => graph.All().Where(twin => twin != area && graph.DistrictOf(twin) == area),
        TwinKind.Polycentre => graph.All().Where(twin => twin != area && _polycentres.NearestTo(twin) == area),
        TwinKind.Feeder => graph.All().Where(twin => graph.ServedBy(twin) == area),
        TwinKind.Building or TwinKind.LightingCabinet => Below(area).OrderBy(twin => twin.Ordinal),
        _ => [],
    };

    private IEnumerable<TwinHandle> Below(TwinHandle twin)
    {
        var open = new Stack<int>(graph.ChildrenOf(twin).ToArray());
        while (open.TryPop(out var ordinal))
        {
            var found = new TwinHandle(ordinal);
            yield return found;
            foreach (var child in graph.ChildrenOf(found))
                open.Push(child);
        }
    }
}
