using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>
/// The kinds of the city that need no rules of their own: early warning, public safety, water works, green areas,
/// public transport and weather.
/// </summary>
internal sealed class ServicePlan(IReadOnlyList<Block> blocks, int seed, double scale)
{
    public IEnumerable<TwinDefinition> Make() =>
    [
        .. SafetyPlan.SeismicStations(),
        .. SafetyPlan.SosButtons(ServiceTwin.Count(40, scale, least: 12, most: 70)),
        .. SafetyPlan.Cameras(ServiceTwin.Count(60, scale, least: 12, most: 120)),
        .. WaterPlan.Intakes(),
        .. WaterPlan.PumpStations(blocks, ServiceTwin.Count(12, scale, least: 4, most: 60)),
        .. OpenAirPlan.GreenAreas(ServiceTwin.Count(20, scale, least: 8, most: 28)),
        .. OpenAirPlan.WeatherStations(),
        .. TransportPlan.Stops(ServiceTwin.Count(80, scale, least: 16, most: 400), seed),
    ];
}
