using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>A street, river or other line of the ground.</summary>
internal sealed record DemoLine(string Class, LocalizedName Name, IReadOnlyList<GeoPoint> Course)
{
    /// <summary>Longitude, latitude, longitude, latitude …</summary>
    public static IReadOnlyList<GeoPoint> Points(params double[] degrees)
    {
        var points = new GeoPoint[degrees.Length / 2];
        for (var i = 0; i < points.Length; i++)
            points[i] = new GeoPoint(degrees[2 * i], degrees[2 * i + 1]);
        return points;
    }

    public GroundFeature ToGround() => new(Class, Name, Course);
}
