using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>Green areas and weather stations.</summary>
internal static class OpenAirPlan
{
    private const double VergeMetres = 24;
    private const double SquareMetresPerTree = 90;

    private static readonly TimeSpan s_greenInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_weatherInterval = TimeSpan.FromSeconds(60);

    private static readonly LocalizedName s_verge = new("Green verge", "Зелёная полоса", "Жасыл белдеу");
    private static readonly LocalizedName s_station = new("Weather station", "Метеостанция", "Метеостанция");

    // The centre of mass of a district may lie high in the mountains; these are in its built-up part.
    private static readonly Dictionary<string, GeoPoint> s_stations = new()
    {
        ["d-alatau"] = new(76.8500, 43.2900),
        ["d-almaly"] = new(76.9089, 43.2523),
        ["d-auezov"] = new(76.8505, 43.2238),
        ["d-bostandyk"] = new(76.9100, 43.2200),
        ["d-zhetysu"] = new(76.9248, 43.3090),
        ["d-medeu"] = new(76.9700, 43.2450),
        ["d-nauryzbay"] = new(76.8309, 43.1850),
        ["d-turksib"] = new(76.9856, 43.3409),
    };

    /// <summary>The parks, and then the verges in the middle of the main streets.</summary>
    public static IEnumerable<TwinDefinition> GreenAreas(int count) =>
        Landscape.Parks.Select(Park).Concat(MainStreets.All.Select(Verge)).Take(count)
            .Select((area, index) => ServiceTwin.At(
                area.Position, "GreenArea", $"ga-{index + 1:00}", area.Name, s_greenInterval,
                ("areaSquareMetres", DemoText.Number(Math.Round(area.SquareMetres))),
                ("treeCount", DemoText.Number(Math.Round(area.SquareMetres / SquareMetresPerTree)))));

    /// <summary>One for each district.</summary>
    public static IEnumerable<TwinDefinition> WeatherStations() => DistrictOutlines.All.Select(district =>
    {
        var position = s_stations[district.Id];
        return ServiceTwin.At(
            position, "WeatherStation", $"ws-{district.Id[2..]}", ServiceTwin.Named(s_station, district.Name),
            s_weatherInterval, ("heightMetres", DemoText.Number(Math.Round(HeightMetres(position)))));
    });

    // The old centre lies at about 810 m; the city falls gently to the north and climbs to the mountains in the south.
    private static double HeightMetres(GeoPoint position)
    {
        var north = position.LatitudeDegrees - 43.25;
        return 810 - north * (north > 0 ? 1_300 : 4_000);
    }

    private static (LocalizedName Name, GeoPoint Position, double SquareMetres) Park(DemoLine park)
    {
        var corners = park.Course.Select(LocalPlane.Of).ToArray();
        var doubled = 0.0;
        for (var i = 0; i < corners.Length; i++)
        {
            var (a, b) = (corners[i], corners[(i + 1) % corners.Length]);
            doubled += a.Along * b.Across - b.Along * a.Across;
        }

        return (park.Name, new GeoPolygon(park.Course).Centroid(), Math.Abs(doubled) / 2);
    }

    private static (LocalizedName Name, GeoPoint Position, double SquareMetres) Verge(DemoLine street)
    {
        var middle = street.Course.Count / 2;
        var (from, to) = (LocalPlane.Of(street.Course[middle - 1]), LocalPlane.Of(street.Course[middle]));
        var length = from.DistanceTo(to);
        var direction = (to - from) * (1 / length);
        var spot = (from + to) * 0.5 + new Spot(-direction.Across, direction.Along) * VergeMetres;
        return (ServiceTwin.Named(s_verge, street.Name), LocalPlane.ToGeo(spot), length * 6);
    }
}
