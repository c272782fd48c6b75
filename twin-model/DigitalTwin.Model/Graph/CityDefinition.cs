using DigitalTwin.Model.Geo;

namespace DigitalTwin.Model.Graph;

/// <summary>A line or area of the ground that the map draws under the twins: it has no state.</summary>
/// <param name="Class">street, avenue, highway, river, water, park, mountain.</param>
public sealed record GroundFeature(string Class, LocalizedName? Name, IReadOnlyList<GeoPoint> Points);

/// <summary>A name in up to three languages; what is missing falls back to the first one given.</summary>
public sealed record LocalizedName(string? English, string? Russian, string? Kazakh);

/// <summary>Everything that is known of a city before the first message arrives.</summary>
/// <param name="Origin">Where it comes from: <c>simulated</c> for the demo, else <c>imported</c>.</param>
/// <param name="Twins">Parents before children.</param>
public sealed record CityDefinition(
    string Name,
    string Origin,
    IReadOnlyList<TwinDefinition> Twins,
    IReadOnlyList<GroundFeature> Ground);
