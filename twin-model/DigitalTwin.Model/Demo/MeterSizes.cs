namespace DigitalTwin.Model.Demo;

/// <summary>
/// Which size of meter an engineer would have installed: the permanent flow on its plate, in litres per hour (Q3 of
/// MID 2014/32/EU annex MI-001, qp of MI-004, Qmax of MI-002).
/// </summary>
internal static class MeterSizes
{
    private const double SmallestWaterMeter = 2_500;

    // ISO 3 series R5, which MI-001 prescribes for Q3: five steps to the factor of ten.
    private static readonly double[] s_r5 = [1, 1.6, 2.5, 4, 6.3];

    // Qmax of gas meters from G4 to G1000 (EN 1359, EN 12480).
    private static readonly double[] s_gas =
    [
        6_000, 10_000, 16_000, 25_000, 40_000, 65_000, 100_000, 160_000, 250_000, 400_000, 650_000, 1_000_000, 1_600_000,
    ];

    // Floor area that draws as much as a flat where a building has none.
    private const double SquareMetresPerDwelling = 75;

    /// <summary>Null for electricity, whose meters have no flow.</summary>
    public static double? PermanentFlowOf(string medium, BuildingDraft draft)
    {
        double dwellings = draft.Flats > 0 ? draft.Flats : draft.FloorAreaSquareMetres / SquareMetresPerDwelling;
        return medium switch
        {
            "coldWater" => R5(Math.Max(SmallestWaterMeter, 60 * dwellings)),
            "hotWater" => R5(Math.Max(SmallestWaterMeter, 35 * dwellings)),
            // On the coldest day a flat draws some 360 l/h: below 60 % of its share. Few flats vary more than many.
            "heat" => R5(Math.Max(SmallestWaterMeter, 650 * dwellings + 1_000)),
            "gas" => draft.Class == "privateHouse" ? s_gas[0] : Gas(250 * dwellings),
            _ => null,
        };
    }

    internal static double R5(double atLeast)
    {
        for (var decade = 1.0; ; decade *= 10)
            foreach (var step in s_r5)
                if (step * decade >= atLeast)
                    return Math.Round(step * decade);
    }

    private static double Gas(double atLeast)
    {
        foreach (var size in s_gas)
            if (size >= atLeast)
                return size;
        return s_gas[^1];
    }
}
