using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Graph;

/// <summary>The centres of the general plan; a twin belongs to the one that lies nearest.</summary>
public sealed class Polycentres(CityGraph graph)
{
    private readonly (TwinHandle Twin, GeoPoint Position)[] _centres = [.. graph.All()
        .Where(twin => graph.ModelOf(twin).Kind == TwinKind.Polycentre)
        .Select(twin => (twin, graph.PositionOf(twin)))];

    /// <summary>None where the city has no polycentres.</summary>
    public TwinHandle NearestTo(TwinHandle twin)
    {
        var place = graph.PositionOf(twin);
        // Degrees are no metres, but a degree of longitude is as much shorter for all of them.
        var scale = Math.Cos(place.LatitudeDegrees * Math.PI / 180);
        var (nearest, least) = (TwinHandle.None, double.MaxValue);
        foreach (var (polycentre, position) in _centres)
        {
            var east = (position.LongitudeDegrees - place.LongitudeDegrees) * scale;
            var north = position.LatitudeDegrees - place.LatitudeDegrees;
            if (east * east + north * north is var distance && distance < least)
                (nearest, least) = (polycentre, distance);
        }

        return nearest;
    }
}
