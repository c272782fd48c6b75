using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// The twins that carry sums over more than one partition: feeders, districts, polycentres and the city; and to which
/// of them a twin belongs. A twin belongs to the polycentre that lies nearest.
/// </summary>
internal sealed class CityGroups
{
    private readonly CityGraph _graph;
    private readonly int[] _groupOfTwin;
    private readonly (TwinHandle Twin, GeoPoint Position)[] _polycentres;
    private readonly byte[] _polycentreOfTwin;

    public CityGroups(CityGraph graph)
    {
        _graph = graph;
        _groupOfTwin = new int[graph.Count];
        Array.Fill(_groupOfTwin, -1);
        var twins = new List<TwinHandle>();
        foreach (var twin in graph.All())
        {
            var kind = graph.ModelOf(twin).Kind;
            if (kind is not (TwinKind.Feeder or TwinKind.District or TwinKind.Polycentre or TwinKind.City))
                continue;
            _groupOfTwin[twin.Ordinal] = twins.Count;
            twins.Add(twin);
        }

        Twins = twins;
        City = IndexOf(twins.FirstOrDefault(twin => graph.ModelOf(twin).Kind == TwinKind.City, TwinHandle.None));
        _polycentres = [.. twins.Where(twin => graph.ModelOf(twin).Kind == TwinKind.Polycentre)
            .Take(byte.MaxValue).Select(twin => (twin, graph.PositionOf(twin)))];
        _polycentreOfTwin = _polycentres.Length == 0
            ? []
            : [.. graph.All().Select(twin => NearestPolycentre(graph.PositionOf(twin)))];
        ServedCounts = new int[twins.Count];
        foreach (var twin in graph.All())
            if (IndexOf(graph.ServedBy(twin)) is >= 0 and var feeder
                && graph.ModelOf(twin).Kind is TwinKind.UtilityMeter or TwinKind.LightingCabinet)
                ServedCounts[feeder]++;
    }

    /// <summary>The groups, by their index.</summary>
    public IReadOnlyList<TwinHandle> Twins { get; }

    /// <summary>How many meters and cabinets name a feeder, by group index.</summary>
    public int[] ServedCounts { get; }

    public int City { get; }

    public int IndexOf(TwinHandle twin) => twin.IsNone ? -1 : _groupOfTwin[twin.Ordinal];

    public int FeederOf(TwinHandle twin) => IndexOf(_graph.ServedBy(twin));

    public int DistrictOf(TwinHandle twin) => IndexOf(_graph.DistrictOf(twin));

    public int PolycentreOf(TwinHandle twin) =>
        _polycentreOfTwin.Length == 0 ? -1 : IndexOf(_polycentres[_polycentreOfTwin[twin.Ordinal]].Twin);

    // Degrees are no metres, but a degree of longitude is as much shorter for all of them.
    private byte NearestPolycentre(GeoPoint place)
    {
        var scale = Math.Cos(place.LatitudeDegrees * Math.PI / 180);
        var (nearest, least) = (0, double.MaxValue);
        for (var i = 0; i < _polycentres.Length; i++)
        {
            var east = (_polycentres[i].Position.LongitudeDegrees - place.LongitudeDegrees) * scale;
            var north = _polycentres[i].Position.LatitudeDegrees - place.LatitudeDegrees;
            if (east * east + north * north is var distance && distance < least)
                (nearest, least) = (i, distance);
        }

        return (byte)nearest;
    }
}
