using System.Text.Json.Serialization;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Api;

/// <summary>What the map draws under the twins.</summary>
/// <param name="Features">In drawing order.</param>
public sealed record GroundAnswer(IReadOnlyList<GroundFeatureAnswer> Features)
{
    internal static GroundAnswer Of(IReadOnlyList<GroundFeature> ground) => new(
        [.. ground.Select(feature => new GroundFeatureAnswer(
            feature.Class,
            [.. feature.Points.Select(Rounded)],
            NameAnswer.Of(feature.Name?.English, feature.Name?.Russian, feature.Name?.Kazakh)))]);

    // Six decimals are a tenth of a metre, and half the bytes.
    private static double[] Rounded(GeoPoint point) =>
        [Math.Round(point.LongitudeDegrees, 6), Math.Round(point.LatitudeDegrees, 6)];
}

/// <summary>A line or an area of the ground.</summary>
/// <param name="Class">street, avenue, highway, river, water, park or mountain.</param>
/// <param name="Points">Longitude and latitude in degrees.</param>
/// <param name="Name">Its name; absent where it has none.</param>
public sealed record GroundFeatureAnswer(
    string Class,
    IReadOnlyList<double[]> Points,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] NameAnswer? Name = null);
