using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>Seismic stations, SOS buttons and cameras.</summary>
internal static class SafetyPlan
{
    // The city's plan of an early-warning network.
    private const int SeismicStationCount = 28;

    // Above it there are only slopes.
    private const double SouthernmostLatitude = 43.15;
    private const double GridDegrees = 0.004;

    // A button stands on the pavement and not on the carriageway.
    private const double PavementMetres = 22;

    private static readonly TimeSpan s_seismicInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_buttonInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_cameraInterval = TimeSpan.FromSeconds(60);

    private static readonly LocalizedName s_station =
        new("Seismic station", "Сейсмическая станция", "Сейсмикалық станция");
    private static readonly LocalizedName s_button = new("SOS button", "Кнопка SOS", "SOS түймесі");
    private static readonly LocalizedName s_camera = new("Camera", "Камера", "Камера");

    private static readonly (LocalizedName Name, GeoPoint Position)[] s_squares =
    [
        Square("Republic Square", "площадь Республики", "Республика алаңы", 76.9450, 43.2386),
        Square("Astana Square", "площадь Астана", "Астана алаңы", 76.9455, 43.2520),
        Square("Abay Square", "площадь Абая", "Абай алаңы", 76.9575, 43.2428),
        Square("Almaty-2 station", "вокзал Алматы-2", "Алматы-2 вокзалы", 76.9405, 43.2735),
        Square("Almaty-1 station", "вокзал Алматы-1", "Алматы-1 вокзалы", 76.9490, 43.3420),
        Square("Sayran bus station", "автовокзал «Сайран»", "«Сайран» автовокзалы", 76.8590, 43.2460),
    ];

    /// <summary>The same at every scale, spread evenly over the flat part of the districts.</summary>
    public static IEnumerable<TwinDefinition> SeismicStations()
    {
        var number = 0;
        foreach (var spot in Spacing.Farthest(Grid(), SeismicStationCount))
        {
            var position = LocalPlane.ToGeo(spot);
            yield return ServiceTwin.At(
                position, "SeismicStation", $"eq-{++number:00}",
                ServiceTwin.Named(ServiceTwin.Numbered(s_station, number), DistrictOutlines.Nearest(position).Name),
                s_seismicInterval, ("sensorModel", "three-axis accelerometer"));
        }
    }

    /// <summary>Squares first, then the parks' corners, then the pavements of the main crossings.</summary>
    public static IEnumerable<TwinDefinition> SosButtons(int count)
    {
        var squares = s_squares.Select(square => (square.Name, square.Position));
        var parks = Landscape.Parks.SelectMany(park => Entrances(park).Select(entrance => (park.Name, entrance)));
        var crossings = MainCrossings.All.Select(crossing => (
            NameOf(crossing), LocalPlane.ToGeo(crossing.Spot + new Spot(PavementMetres, PavementMetres))));
        return squares.Concat(parks).Concat(crossings).Take(count).Select((place, index) => ServiceTwin.At(
            place.Item2, "SosButton", $"sos-{index + 1:000}", ServiceTwin.Named(s_button, place.Item1),
            s_buttonInterval, ("operatorService", "112")));
    }

    /// <summary>One at each main crossing from the centre outward, then a second that looks the other way.</summary>
    public static IEnumerable<TwinDefinition> Cameras(int count)
    {
        for (var index = 0; index < count; index++)
        {
            var crossing = MainCrossings.All[index % MainCrossings.All.Count];
            var turn = index / MainCrossings.All.Count;
            var aside = new Spot(-14, 14) * (turn % 2 == 0 ? 1 : -1);
            yield return ServiceTwin.At(
                LocalPlane.ToGeo(crossing.Spot + aside), "Camera", $"cam-{index + 1:000}",
                ServiceTwin.Named(s_camera, NameOf(crossing)), s_cameraInterval,
                // From its corner it looks across the crossing.
                ("viewDirectionDegrees", DemoText.Number(turn % 2 == 0 ? 135 : 315)));
        }
    }

    private static LocalizedName NameOf(MainCrossing crossing) => new(
        $"{crossing.One.Name.English} – {crossing.Other.Name.English}",
        $"{crossing.One.Name.Russian} – {crossing.Other.Name.Russian}",
        $"{crossing.One.Name.Kazakh} – {crossing.Other.Name.Kazakh}");

    private static IEnumerable<GeoPoint> Entrances(DemoLine park) =>
        [park.Course[0], park.Course[park.Course.Count / 2]];

    private static IReadOnlyList<Spot> Grid()
    {
        var spots = new List<Spot>();
        for (var latitude = SouthernmostLatitude; latitude < 43.41; latitude += GridDegrees)
            for (var longitude = 76.74; longitude < 77.05; longitude += GridDegrees)
                if (DistrictOutlines.Containing(new GeoPoint(longitude, latitude)) is not null)
                    spots.Add(LocalPlane.Of(new GeoPoint(longitude, latitude)));
        return [.. spots.OrderBy(spot => spot.DistanceTo(default))];
    }

    private static (LocalizedName, GeoPoint) Square(
        string english, string russian, string kazakh, double longitude, double latitude) =>
        (new LocalizedName(english, russian, kazakh), new GeoPoint(longitude, latitude));
}
