using System.Globalization;
using System.Text.Json;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>Water taken from a mountain river or from wells: as much as the city drinks.</summary>
internal sealed class WaterIntakeSignal(FleetTwin twin, ulong seed, CityUsage usage) : Signal(twin, seed)
{
    private const double MeanCubicMetresPerHour = 2_400;

    // The rivers are fed by snow and ice: high and muddy from May to August.
    private static readonly double[] s_melt = [0.05, 0.05, 0.1, 0.3, 0.7, 1, 1, 0.8, 0.4, 0.2, 0.1, 0.05];
    private static readonly double[] s_riverCelsius = [2, 2, 3.5, 6, 8, 9.5, 11, 11, 9, 6.5, 4, 2.5];

    private readonly bool _isWell =
        twin.Attributes.TryGetValue("source", out var source) && source == "well";

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var demand = usage.ColdWater.FactorAt(time);
        var melt = CityCalendar.OverYear(s_melt, time);
        // Reservoirs take the day's peaks; the intake sees a third of them.
        var flow = MeanCubicMetresPerHour * (0.7 + 0.6 * Noise.Unit(Seed, 1)) * (0.67 + 0.33 * demand);
        Number(json, "levelMetres"u8,
            _isWell
                ? -42 - 1.5 * demand + 0.3 * Wander(2, time, 90)
                : 1.1 + 0.9 * melt + 0.08 * Wander(2, time, 60), 2);
        Number(json, "flowCubicMetresPerHour"u8, flow * (1 + 0.02 * Wander(3, time, 15)));
        var mud = Wander(4, time, 200);
        // Measured with the chlorine, behind the filters: what the river brings in June is a fraction of it there.
        Number(json, "turbidityNtu"u8, _isWell ? 0.2 + 0.05 * mud : 0.35 + 0.6 * melt * (1 + 0.4 * mud), 2);
        Number(json, "residualChlorineMilligramsPerLitre"u8, 0.4 + 0.06 * Wander(5, time, 45), 2);
        Number(json, "pressureKilopascals"u8, (_isWell ? 560 : 380) + 12 * Wander(6, time, 10));
        // From the rivers it runs down to the city by itself.
        json.WriteBoolean("pumpOn"u8, _isWell);
        Number(json, "waterTemperatureCelsius"u8,
            _isWell
                ? 9.5 + 0.2 * Wander(7, time, 300)
                : CityCalendar.OverYear(s_riverCelsius, time) + 0.5 * Wander(7, time, 120));
    }
}

/// <summary>A pump station: it works as hard as the houses behind it use water.</summary>
internal sealed class PumpStationSignal(FleetTwin twin, ulong seed, CityUsage usage) : Signal(twin, seed)
{
    private const double CubicMetresPerHourAPump = 60;
    private const double LiftKilopascals = 320;
    private const double Efficiency = 0.68;

    private readonly double _meanFlow = CubicMetresPerHourAPump * PumpsOf(twin);

    // A cubic metre an hour against a kilopascal is 1/3.6 W.
    private double MeanWatts => _meanFlow * LiftKilopascals / 3.6 / Efficiency;

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var demand = usage.ColdWater.FactorAt(time);
        var inlet = 210 - 12 * (demand - 1) + 5 * Wander(1, time, 8);
        Number(json, "inletPressureKilopascals"u8, inlet);
        Number(json, "outletPressureKilopascals"u8,
            inlet + LiftKilopascals - 10 * (demand - 1) + 4 * Wander(2, time, 6));
        Number(json, "flowCubicMetresPerHour"u8, _meanFlow * demand * (1 + 0.03 * Wander(3, time, 7)));
        Number(json, "activePowerWatts"u8, MeanWatts * demand * (1 + 0.03 * Wander(4, time, 7)), 0);
        Number(json, "activeEnergyImportWattHours"u8,
            MeanWatts * (8_760 * Noise.Unit(Seed, 5) + usage.ColdWater.HoursUntil(time)), 0);
        json.WriteBoolean("running"u8, true);
        Number(json, "vibrationMillimetresPerSecond"u8,
            1.6 + 0.3 * demand + 0.5 * Noise.Unit(Seed, 6) + 0.2 * Wander(7, time, 12), 2);
        Number(json, "bearingTemperatureCelsius"u8, 38 + 7 * demand + 2 * Wander(8, time, 45));
    }

    private static int PumpsOf(FleetTwin twin) =>
        twin.Attributes.TryGetValue("pumpCount", out var text)
        && int.TryParse(text, CultureInfo.InvariantCulture, out var pumps) && pumps is > 0 and <= 20
            ? pumps
            : 3;
}
