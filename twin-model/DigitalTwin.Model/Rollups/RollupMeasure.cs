namespace DigitalTwin.Model.Rollups;

/// <summary>What is summed up for buildings, feeders, cabinets, districts, polycentres and the city.</summary>
public enum RollupMeasure : byte
{
    // By medium, in the order of Medium: thousandths of a watt or of a litre an hour.
    ElectricPowerMilliwatts = 0,
    ColdWaterFlow = 1,
    HotWaterFlow = 2,
    GasFlow = 3,
    HeatPowerMilliwatts = 4,

    // By medium: how many meters those sums count.
    ElectricityMetersCounted = 5,
    ColdWaterMetersCounted = 6,
    HotWaterMetersCounted = 7,
    GasMetersCounted = 8,
    HeatMetersCounted = 9,

    /// <summary>Meters that have ever reported.</summary>
    Meters = 10,

    /// <summary>Meters that were heard once and are lost now.</summary>
    MetersSilent = 11,
    MetersInAlarm = 12,

    /// <summary>Lights that have ever reported.</summary>
    Lights = 13,
    LightsOn = 14,
    LightsFailed = 15,

    /// <summary>Dark when they should burn.</summary>
    LightsUnexpectedlyOff = 16,

    /// <summary>Burning when they should be dark.</summary>
    LightsBurningByDay = 17,
    LightsSilent = 18,

    /// <summary>Doing what their programme or an operator asks, and not failed.</summary>
    LightsObeying = 19,
    LightingPowerMilliwatts = 20,
}

/// <summary>The measures in groups, and the names under which twins carry them.</summary>
public static class RollupMeasures
{
    public const int Count = 21;

    /// <summary>The property a sum is written to, and what the sum is divided by for it.</summary>
    public static IReadOnlyList<(RollupMeasure Measure, string Name, double Divisor)> Properties { get; } =
    [
        (RollupMeasure.ElectricPowerMilliwatts, "electricPowerWatts", 1000),
        (RollupMeasure.ColdWaterFlow, "coldWaterFlowLitresPerHour", 1000),
        (RollupMeasure.HotWaterFlow, "hotWaterFlowLitresPerHour", 1000),
        (RollupMeasure.GasFlow, "gasFlowLitresPerHour", 1000),
        (RollupMeasure.HeatPowerMilliwatts, "heatPowerWatts", 1000),
        (RollupMeasure.Meters, "meters", 1),
        (RollupMeasure.MetersSilent, "metersSilent", 1),
        (RollupMeasure.MetersInAlarm, "metersInAlarm", 1),
        (RollupMeasure.Lights, "lights", 1),
        (RollupMeasure.LightsOn, "lightsOn", 1),
        (RollupMeasure.LightsFailed, "lightsFailed", 1),
        (RollupMeasure.LightsUnexpectedlyOff, "lightsUnexpectedlyOff", 1),
        (RollupMeasure.LightsBurningByDay, "lightsBurningByDay", 1),
        (RollupMeasure.LightsSilent, "lightsSilent", 1),
        (RollupMeasure.LightsObeying, "lightsObeying", 1),
        (RollupMeasure.LightingPowerMilliwatts, "lightingPowerWatts", 1000),
    ];

    /// <summary>The count of meters behind a sum of a medium; the measure itself where it is no sum of a medium.</summary>
    public static RollupMeasure CountBehind(RollupMeasure measure) =>
        measure <= RollupMeasure.HeatPowerMilliwatts ? (RollupMeasure)((int)measure + (int)RollupMeasure.ElectricityMetersCounted) : measure;
}
