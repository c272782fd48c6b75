using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Import;

/// <summary>Knows where the city is, and so recognises latitude before longitude.</summary>
internal sealed class SwappedAxes(GeoBox area)
{
    // Almaty and its surroundings; only asked while the city has no district yet.
    private static readonly GeoBox s_almaty = new(West: 75.5, South: 42.5, East: 78.5, North: 44.5);

    private const double MarginDegrees = 0.5;

    public static SwappedAxes For(CityDefinition city)
    {
        var outlines = city.Twins.Where(twin => twin.Outline is { Count: > 0 });
        if (!outlines.Any())
            return new SwappedAxes(s_almaty);
        var box = GeoBox.Around(outlines.SelectMany(twin => twin.Outline!));
        return new SwappedAxes(new GeoBox(
            box.West - MarginDegrees, box.South - MarginDegrees, box.East + MarginDegrees, box.North + MarginDegrees));
    }

    /// <summary>What is wrong with a position, or nothing.</summary>
    public string? ProblemOf(GeoPoint point)
    {
        if (area.Contains(point))
            return null;
        var swapped = new GeoPoint(point.LatitudeDegrees, point.LongitudeDegrees);
        if (area.Contains(swapped))
            return $"({point.LongitudeDegrees}, {point.LatitudeDegrees}) has latitude and longitude swapped: "
                + "longitude comes first";
        if (point.IsValid)
            return null;
        var metres = Math.Abs(point.LongitudeDegrees) > 1_000 ? "; it looks like metres of a projection" : "";
        return $"({point.LongitudeDegrees}, {point.LatitudeDegrees}) is off the globe{metres}";
    }
}
