using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>
/// How a residential city spends its day, by medium; shapes after typical load profiles, levels ours.
/// </summary>
internal sealed class CityUsage(CityCalendar calendar)
{
    // A private house is one dwelling, a block has tens: which it is decides most of what its meters show.
    private const double HouseShare = 0.55;
    private const double DwellingsMax = 400;
    private const double SquareMetresPerDwelling = 75;

    public CityCalendar Calendar => calendar;

    public UsageProfile Electricity { get; } = new(
        [0.62, 0.52, 0.47, 0.45, 0.46, 0.55, 0.82, 1.05, 1.02, 0.92, 0.88, 0.90,
            0.95, 0.92, 0.88, 0.90, 1.00, 1.20, 1.48, 1.66, 1.68, 1.52, 1.18, 0.84],
        [0.72, 0.60, 0.52, 0.48, 0.46, 0.50, 0.62, 0.82, 1.05, 1.20, 1.25, 1.25,
            1.28, 1.22, 1.15, 1.12, 1.18, 1.32, 1.52, 1.64, 1.62, 1.48, 1.20, 0.92],
        // Heaters and light in the cold, air conditioning in the heat.
        day => 1 + 0.012 * Math.Max(0, 8 - calendar.MeanCelsius(day)) + 0.03 * Math.Max(0, calendar.MeanCelsius(day) - 24));

    public UsageProfile ColdWater { get; } = new(
        [0.28, 0.16, 0.10, 0.08, 0.10, 0.35, 1.15, 1.85, 1.70, 1.20, 0.95, 0.90,
            0.95, 0.92, 0.85, 0.85, 0.95, 1.20, 1.55, 1.85, 1.90, 1.65, 1.10, 0.60],
        [0.40, 0.24, 0.14, 0.10, 0.10, 0.20, 0.50, 0.95, 1.50, 1.85, 1.75, 1.55,
            1.40, 1.25, 1.10, 1.05, 1.10, 1.25, 1.50, 1.75, 1.80, 1.60, 1.15, 0.70],
        day => 1 + 0.012 * Math.Max(0, calendar.MeanCelsius(day) - 15));

    public UsageProfile HotWater { get; } = new(
        [0.30, 0.16, 0.08, 0.06, 0.08, 0.40, 1.40, 2.10, 1.70, 1.00, 0.75, 0.70,
            0.75, 0.72, 0.65, 0.70, 0.85, 1.15, 1.60, 2.00, 2.20, 2.00, 1.30, 0.65],
        [0.42, 0.22, 0.12, 0.08, 0.08, 0.20, 0.50, 1.00, 1.65, 1.90, 1.60, 1.30,
            1.15, 1.00, 0.90, 0.90, 1.00, 1.20, 1.55, 1.90, 2.05, 1.85, 1.25, 0.75],
        day => 1 + 0.01 * Math.Max(0, 15 - calendar.MeanCelsius(day)));

    public UsageProfile Cooking { get; } = new(
        [0.15, 0.08, 0.05, 0.05, 0.10, 0.45, 1.40, 1.90, 1.30, 0.75, 0.70, 1.05,
            1.55, 1.25, 0.80, 0.75, 1.00, 1.75, 2.45, 2.40, 1.75, 1.05, 0.55, 0.30],
        [0.20, 0.12, 0.08, 0.05, 0.08, 0.20, 0.60, 1.15, 1.75, 1.70, 1.30, 1.40,
            1.85, 1.55, 1.10, 1.00, 1.15, 1.75, 2.30, 2.20, 1.60, 1.00, 0.60, 0.35],
        _ => 1);

    // Less at night, a boost before people get up, and a little less while the sun shines in.
    public UsageProfile Heating { get; } = new(
        [0.96, 0.95, 0.95, 0.96, 1.00, 1.10, 1.16, 1.12, 1.06, 1.01, 0.97, 0.94,
            0.92, 0.90, 0.90, 0.92, 0.96, 1.00, 1.04, 1.05, 1.05, 1.03, 1.00, 0.97],
        [0.97, 0.96, 0.95, 0.95, 0.97, 1.02, 1.08, 1.10, 1.08, 1.03, 0.99, 0.96,
            0.94, 0.92, 0.91, 0.93, 0.97, 1.01, 1.04, 1.05, 1.05, 1.03, 1.00, 0.98],
        calendar.HeatingDemand);

    /// <summary>How many dwellings a meter stands for: the same for all meters of a building.</summary>
    public static double DwellingsBehind(FleetTwin meter, int seed)
    {
        if (Attribute(meter, "flats") is { } flats)
            return flats;
        if (Attribute(meter, "floorAreaSquareMetres") is { } area)
            return Math.Clamp(area / SquareMetresPerDwelling, 1, DwellingsMax);
        var building = Noise.Seed(seed, meter.ParentId ?? meter.Id);
        return Noise.Unit(building, 1) < HouseShare ? 1 : 16 + Math.Floor(120 * Math.Pow(Noise.Unit(building, 2), 2));
    }

    private static double? Attribute(FleetTwin twin, string name) =>
        twin.Attributes.TryGetValue(name, out var text)
        && double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number)
        && number is > 0 and < 1e6
            ? Math.Min(number, name == "flats" ? DwellingsMax : number)
            : null;
}
