using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>Bus and trolleybus stops along the main streets; the numbers of their routes are made up.</summary>
internal static class TransportPlan
{
    private const double StepMetres = 420;
    private const double KerbMetres = 13;
    private const int RouteNumberMax = 130;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(60);

    private static readonly LocalizedName s_stop = new("Stop", "Остановка", "Аялдама");

    /// <summary>As many as wanted or as the streets have room for, from the centre outward.</summary>
    public static IEnumerable<TwinDefinition> Stops(int count, int seed)
    {
        var random = new Random(seed);
        var nearest = MainStreets.All.SelectMany(Along)
            .Where(stop => DistrictOutlines.Containing(LocalPlane.ToGeo(stop.Spot)) is not null)
            .OrderBy(stop => stop.Spot.DistanceTo(default)).Take(count);
        var index = 0;
        foreach (var (street, number, spot) in nearest)
            yield return ServiceTwin.At(
                LocalPlane.ToGeo(spot), "TransportStop", $"ts-{++index:000}",
                ServiceTwin.Named(ServiceTwin.Numbered(s_stop, number), street.Name), s_interval,
                ("routes", Routes(random)));
    }

    private static IEnumerable<(DemoLine Street, int Number, Spot Spot)> Along(DemoLine street)
    {
        var spots = street.Course.Select(LocalPlane.Of).ToArray();
        var carried = StepMetres / 2;
        var number = 0;
        for (var i = 1; i < spots.Length; i++)
        {
            var length = spots[i - 1].DistanceTo(spots[i]);
            var direction = (spots[i] - spots[i - 1]) * (1 / length);
            var aside = new Spot(-direction.Across, direction.Along) * KerbMetres;
            for (; carried < length; carried += StepMetres)
            {
                // One direction and the other by turns.
                var spot = spots[i - 1] + direction * carried + aside * (number % 2 == 0 ? 1 : -1);
                yield return (street, ++number, spot);
            }

            carried -= length;
        }
    }

    private static string Routes(Random random)
    {
        var routes = new SortedSet<int>();
        var count = 2 + random.Next(5);
        while (routes.Count < count)
            routes.Add(1 + random.Next(RouteNumberMax));
        return string.Join(", ", routes);
    }
}
