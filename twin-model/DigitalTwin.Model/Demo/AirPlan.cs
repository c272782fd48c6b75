using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>Kazhydromet's automatic posts at their true coordinates, and indicative sensors of others.</summary>
internal static class AirPlan
{
    private const int IndicativeCount = 130;

    private static readonly TimeSpan s_officialInterval = TimeSpan.FromMinutes(20); // RD 52.04.186-89: 20-minute samples
    private static readonly TimeSpan s_indicativeInterval = TimeSpan.FromSeconds(60);

    // Number of the post, longitude, latitude (kazhydromet.kz, the automatic posts of 2020).
    private static readonly (int Number, double Longitude, double Latitude)[] s_posts =
    [
        (1, 76.93394, 43.237859), (2, 76.87545, 43.356554), (3, 76.81706, 43.258748), (4, 76.992008, 43.374376),
        (5, 76.990615, 43.288125), (6, 76.925444, 43.301062), (27, 76.844818, 43.271831), (28, 77.006407, 43.360683),
        (29, 76.952083, 43.338052), (30, 76.851498, 43.298778), (31, 76.888068, 43.180754),
    ];

    public static IEnumerable<TwinDefinition> Posts()
    {
        foreach (var (number, longitude, latitude) in s_posts)
            yield return Sensor($"post-{number:00}", new GeoPoint(longitude, latitude), s_officialInterval, new()
            {
                ["grade"] = "official",
                ["operator"] = "Kazhydromet",
                ["postNumber"] = DemoText.Number(number),
                ["name.en"] = $"Kazhydromet post {number}",
                ["name.ru"] = $"Пост Казгидромета № {number}",
                ["name.kk"] = $"Қазгидромет бекеті № {number}",
            });
    }

    /// <summary>Spread over the built-up city, as schools and people put them up.</summary>
    public static IEnumerable<TwinDefinition> Indicative(IReadOnlyList<Block> blocks, int seed)
    {
        var random = new Random(seed);
        var places = blocks.OrderBy(_ => random.Next()).Take(IndicativeCount).ToArray();
        for (var i = 0; i < IndicativeCount; i++)
        {
            // A very small city has fewer blocks than sensors.
            var spot = places[i % places.Length].Centre
                + new Spot((random.NextDouble() - 0.5) * Block.Length, (random.NextDouble() - 0.5) * Block.Depth);
            Dictionary<string, string> attributes = new() { ["grade"] = "indicative" };
            // Every second one counts particles by light and says what the particles' water makes of it.
            if (i % 2 == 0)
                attributes["correctionModel"] = "barkjohn-2021";
            yield return Sensor($"air-{i + 1:000}", LocalPlane.ToGeo(spot), s_indicativeInterval, attributes);
        }
    }

    private static TwinDefinition Sensor(
        string id, GeoPoint position, TimeSpan interval, Dictionary<string, string> attributes) => new()
        {
            Id = id,
            ModelId = DemoText.Model("AirQualitySensor"),
            ParentId = DistrictOutlines.Nearest(position).Id,
            Position = position,
            Attributes = attributes,
            ExpectedInterval = interval,
        };
}
