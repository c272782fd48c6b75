using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Api;

/// <summary>The city at a glance.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Origin"><c>simulated</c> or <c>imported</c>.</param>
/// <param name="Epoch">Another one after every start; handles are valid within one.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Bounds">West, south, east, north in degrees.</param>
/// <param name="Counts">Twins by kind; a kind without twins is absent.</param>
/// <param name="Districts">In the order of their handles.</param>
/// <param name="View">What the map is drawn with.</param>
public sealed record CityAnswer(
    string Name, string Origin, uint Epoch, string TimeZone, IReadOnlyList<double> Bounds,
    IReadOnlyDictionary<string, int> Counts, IReadOnlyList<DistrictAnswer> Districts, ViewAnswer View)
{
    internal static CityAnswer Of(CityDefinition city, CityGraph graph, uint epoch, CityApiOptions options)
    {
        var counts = new int[ApiNames.Kinds.Count];
        var districts = new List<DistrictAnswer>();
        for (var ordinal = 0; ordinal < graph.Count; ordinal++)
        {
            var twin = new TwinHandle(ordinal);
            var kind = graph.ModelOf(twin).Kind;
            counts[(int)kind]++;
            if (kind == TwinKind.District)
                districts.Add(DistrictAnswer.Of(graph, twin));
        }

        var box = BoundsOf(graph, districts);
        return new CityAnswer(
            city.Name, city.Origin, epoch, options.TimeZone, [box.West, box.South, box.East, box.North],
            Enumerable.Range(0, counts.Length).Where(kind => counts[kind] > 0)
                .ToDictionary(kind => ApiNames.Kinds[kind], kind => counts[kind]),
            districts, new ViewAnswer(options.IonToken, options.TilesUrl, options.ImageryUrl));
    }

    // Outlines first: a twin that was placed wrongly must not blow up what the map shows at first.
    private static GeoBox BoundsOf(CityGraph graph, List<DistrictAnswer> districts)
    {
        var corners = districts.SelectMany(district => district.Outline).ToList();
        if (corners.Count > 0)
            return GeoBox.Around(corners.Select(corner => new GeoPoint(corner[0], corner[1])));
        return graph.Count > 0
            ? GeoBox.Around(graph.All().Select(graph.PositionOf))
            : new GeoBox(West: -180, South: -90, East: 180, North: 90);
    }
}

/// <summary>A district as the map draws it.</summary>
/// <param name="Handle">Its twin's handle in this epoch.</param>
/// <param name="Id">Its twin's id.</param>
/// <param name="Name">Its name; the id where it has none.</param>
/// <param name="Outline">Longitude and latitude of each vertex; an open ring, counter-clockwise; may be empty.</param>
/// <param name="Label">Where to write the name.</param>
/// <param name="Approximate">Whether the outline is only roughly known.</param>
public sealed record DistrictAnswer(
    int Handle, string Id, NameAnswer Name, IReadOnlyList<double[]> Outline, IReadOnlyList<double> Label,
    bool Approximate)
{
    private const string ApproximateAttribute = "approximate";

    internal static DistrictAnswer Of(CityGraph graph, TwinHandle twin)
    {
        var id = graph.IdOf(twin);
        var ring = graph.OutlineOf(twin);
        var count = OpenRing.CountOf(ring);
        var open = count == 0 ? [] : ring!.Take(count);
        if (count > 0 && OpenRing.IsClockwise(ring!, count))
            open = open.Reverse();
        var label = LabelOf(graph.PositionOf(twin), count == 0 ? null : new GeoPolygon(ring!));
        return new DistrictAnswer(
            twin.Ordinal, id, TwinTitles.NameOf(graph, twin) ?? new NameAnswer(id, id, id),
            [.. open.Select(point => new[] { point.LongitudeDegrees, point.LatitudeDegrees })],
            [label.LongitudeDegrees, label.LatitudeDegrees],
            graph.AttributesOf(twin).GetValueOrDefault(ApproximateAttribute) == "true");
    }

    // A position given with care stays; one outside its own outline is no place for the name.
    private static GeoPoint LabelOf(GeoPoint position, GeoPolygon? outline) =>
        outline is null || outline.Contains(position) ? position : outline.Centroid();
}

/// <summary>What the map is drawn with; what is not set is null.</summary>
/// <param name="IonToken">Access token of Cesium ion.</param>
/// <param name="TilesUrl">Address of a 3D Tiles set.</param>
/// <param name="ImageryUrl">Address template of map tiles.</param>
public sealed record ViewAnswer(string? IonToken, string? TilesUrl, string? ImageryUrl);
