using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// The twins that carry sums over more than one partition: feeders, districts, polycentres and the city; and to which
/// of them a twin belongs.
/// </summary>
internal sealed class CityGroups
{
    private readonly CityGraph _graph;
    private readonly Dictionary<TwinHandle, int> _indices = [];
    private readonly Polycentres _polycentres;

    public CityGroups(CityGraph graph)
    {
        _graph = graph;
        var twins = new List<TwinHandle>();
        foreach (var twin in graph.All())
        {
            var kind = graph.ModelOf(twin).Kind;
            if (kind is not (TwinKind.Feeder or TwinKind.District or TwinKind.Polycentre or TwinKind.City))
                continue;
            _indices.Add(twin, twins.Count);
            twins.Add(twin);
        }

        Twins = twins;
        City = IndexOf(twins.FirstOrDefault(twin => graph.ModelOf(twin).Kind == TwinKind.City, TwinHandle.None));
        _polycentres = new Polycentres(graph);
        ServedCounts = new int[twins.Count];
        foreach (var twin in graph.All())
            if (IndexOf(graph.ServedBy(twin)) is >= 0 and var feeder
                && graph.ModelOf(twin).Kind is TwinKind.UtilityMeter or TwinKind.LightingCabinet)
                ServedCounts[feeder]++;
    }

    /// <summary>Those of a city's groups that some twins are or belong to, numbered anew.</summary>
    public CityGroups(CityGroups city, ReadOnlySpan<int> handles)
    {
        (_graph, _polycentres) = (city._graph, city._polycentres);
        var chosen = new SortedSet<int>();
        foreach (var handle in handles)
        {
            var twin = new TwinHandle(handle);
            foreach (var group in (int[])
                [city.IndexOf(twin), city.FeederOf(twin), city.DistrictOf(twin), city.PolycentreOf(twin), city.City])
                if (group >= 0)
                    chosen.Add(group);
        }

        Twins = [.. chosen.Select(group => city.Twins[group])];
        ServedCounts = [.. chosen.Select(group => city.ServedCounts[group])];
        for (var group = 0; group < Twins.Count; group++)
            _indices.Add(Twins[group], group);
        City = city.City < 0 ? -1 : IndexOf(city.Twins[city.City]);
    }

    /// <summary>The groups, by their index.</summary>
    public IReadOnlyList<TwinHandle> Twins { get; }

    /// <summary>How many meters and cabinets name a feeder, by group index.</summary>
    public int[] ServedCounts { get; }

    public int City { get; }

    public int IndexOf(TwinHandle twin) => _indices.GetValueOrDefault(twin, -1);

    public int FeederOf(TwinHandle twin) => IndexOf(_graph.ServedBy(twin));

    public int DistrictOf(TwinHandle twin) => IndexOf(_graph.DistrictOf(twin));

    public int PolycentreOf(TwinHandle twin) => IndexOf(_polycentres.NearestTo(twin));
}
