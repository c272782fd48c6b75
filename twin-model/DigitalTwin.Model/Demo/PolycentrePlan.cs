using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>
/// The five polycentres of the draft general plan to 2040. Their names are the plan's; it publishes no outlines, so
/// each is a point amid the quarters it is named after.
/// </summary>
internal static class PolycentrePlan
{
    public static IEnumerable<TwinDefinition> Centres() =>
    [
        // The crossing of the old centre's avenues.
        Centre("pc-historic", "Historic centre", "Исторический центр", "Тарихи орталық", 76.945, 43.2500),
        // Where the Kuldzhinsky Highway comes into the city.
        Centre("pc-east", "Eastern gates", "Восточные ворота", "Шығыс қақпа", 76.995, 43.2780),
        Centre("pc-west", "West", "Запад", "Батыс", 76.826, 43.2480),
        Centre("pc-southwest", "South-West", "Юго-Запад", "Оңтүстік-батыс", 76.845, 43.2000),
        Centre("pc-north", "North", "Север", "Солтүстік", 76.925, 43.3250),
    ];

    private static TwinDefinition Centre(
        string id, string english, string russian, string kazakh, double longitude, double latitude) => new()
        {
            Id = id,
            ModelId = DemoText.Model("Polycentre"),
            ParentId = "almaty",
            Position = new GeoPoint(longitude, latitude),
            Attributes = new Dictionary<string, string>(
                DemoText.Names(new LocalizedName(english, russian, kazakh)))
            {
                ["approximate"] = "true",
            },
        };
}
