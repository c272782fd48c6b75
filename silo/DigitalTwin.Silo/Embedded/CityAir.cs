using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Embedded;

/// <summary>The air over the areas of a city, from the sensors that are held against each other.</summary>
internal static class CityAir
{
    /// <summary>The air over every district that has sensors, and over the city; official and indicative apart.</summary>
    public static List<AreaAir> AreasOf(
        CityGraph graph, CityGroups groups, AirNetwork air, Instant now, bool withMonths)
    {
        var areas = new List<AreaAir>();
        if (!air.Sensors.Any(sensor => sensor.HasMeasured))
            return areas;
        foreach (var twin in groups.Twins)
        {
            var kind = graph.ModelOf(twin).Kind;
            if (kind is not (TwinKind.District or TwinKind.City))
                continue;
            bool IsMember(AirSensor sensor) => kind == TwinKind.City || sensor.District == twin;
            var official = air.Aggregate(AirGrade.Official, IsMember, now);
            var indicative = air.Aggregate(AirGrade.Indicative, IsMember, now);
            if (official is not null || indicative is not null)
                areas.Add(new AreaAir(twin, official, indicative, withMonths ? MonthsOf(air, IsMember, now) : []));
        }

        return areas;
    }

    private static KazakhstanMonth[] MonthsOf(AirNetwork air, Func<AirSensor, bool> isMember, Instant now)
    {
        var today = CivilTime.DateOf(now);
        DateOnly[] months = [today, today.AddMonths(-1)];
        return [.. months.Select(month => air.Month(isMember, month, now)).OfType<KazakhstanMonth>()];
    }
}
