using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>Where the city's water comes from, and what lifts it to the houses.</summary>
internal static class WaterPlan
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(60);

    private static readonly LocalizedName s_pump = new("Pump station", "Насосная станция", "Сорғы станциясы");

    /// <summary>The two mountain rivers above the city, and wells where the slope ends.</summary>
    public static IEnumerable<TwinDefinition> Intakes() =>
    [
        Intake("wi-kishi", "river", 76.9960, 43.1740,
            new LocalizedName("Kishi Almaty intake", "Водозабор на Малой Алматинке", "Кіші Алматы су тоғаны")),
        Intake("wi-ulken", "river", 76.9080, 43.1610,
            new LocalizedName("Ulken Almaty intake", "Водозабор на Большой Алматинке", "Үлкен Алматы су тоғаны")),
        Intake("wi-wells", "well", 76.8450, 43.1760,
            new LocalizedName("Groundwater well field", "Скважинный водозабор", "Жерасты суының ұңғымалары")),
    ];

    /// <summary>As far from each other as the built-up blocks allow.</summary>
    public static IEnumerable<TwinDefinition> PumpStations(IReadOnlyList<Block> blocks, int count)
    {
        var number = 0;
        // Beside the street that runs along the block, where its pipe lies.
        var toCorner = new Spot(Block.Length / 2 - 9, Block.Depth / 2 - 9);
        var corners = blocks.Select(block => block.Centre - toCorner).ToArray();
        foreach (var spot in Spacing.Farthest(corners, count))
        {
            var position = LocalPlane.ToGeo(spot);
            yield return ServiceTwin.At(
                position, "PumpStation", $"ps-{++number:00}",
                ServiceTwin.Named(ServiceTwin.Numbered(s_pump, number), DistrictOutlines.Nearest(position).Name),
                s_interval, ("pumpCount", DemoText.Number(2 + number % 3)));
        }
    }

    private static TwinDefinition Intake(
        string id, string source, double longitude, double latitude, LocalizedName name) => ServiceTwin.At(
        new GeoPoint(longitude, latitude), "WaterIntake", id, name, s_interval, ("source", source));
}
