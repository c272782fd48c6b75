using System.Globalization;
using System.Text.Json;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>A park or a verge: its soil dries by day and is watered before dawn in the warm half of the year.</summary>
internal sealed class GreenAreaSignal(FleetTwin twin, ulong seed) : Signal(twin, seed)
{
    private const double WateringHours = 1.5;
    private const double LitresPerHourSquareMetre = 3;
    private const double LitresPerHourMax = 400_000;

    // At the depth of the roots: later and milder than the air.
    private static readonly double[] s_soilCelsius = [0.5, 0.5, 3, 9, 14.5, 19.5, 22.5, 22, 17.5, 11, 5.5, 2];

    private readonly double _squareMetres = AreaOf(twin);
    private readonly double _watersAt = 3.5 + Noise.Unit(seed, 1);

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var hour = CityCalendar.LocalHour(time);
        var month = (time.ToDateTimeOffset() + CityCalendar.UtcOffset).Month;
        var isSeason = month is >= 4 and <= 10;
        var isOpen = isSeason && hour >= _watersAt && hour < _watersAt + WateringHours;
        var sinceWatering = (hour - _watersAt - WateringHours + 24) % 24;
        var moisture = !isSeason ? 25
            : isOpen ? 20 + 11 * (hour - _watersAt) / WateringHours
            : 31 - 11 * sinceWatering / (24 - WateringHours);
        Number(json, "soilMoisturePercent"u8, moisture + 3 * Noise.Signed(Seed, 2) + 0.6 * Wander(3, time, 120));
        json.WriteBoolean("irrigationValveOpen"u8, isOpen);
        var flow = Math.Min(LitresPerHourMax, _squareMetres * LitresPerHourSquareMetre);
        Number(json, "irrigationFlowLitresPerHour"u8, isOpen ? flow * (1 + 0.02 * Wander(4, time, 5)) : 0, 0);
        Number(json, "soilTemperatureCelsius"u8,
            CityCalendar.OverYear(s_soilCelsius, time) + 0.8 * Wander(5, time, 600));
    }

    private static double AreaOf(FleetTwin twin) =>
        twin.Attributes.TryGetValue("areaSquareMetres", out var text)
        && double.TryParse(text, CultureInfo.InvariantCulture, out var area) && area is > 0 and < 1e8
            ? area
            : 20_000;
}

/// <summary>The weather at a station: the city's, a little colder the higher it stands.</summary>
internal sealed class WeatherSignal(FleetTwin twin, ulong seed, CityCalendar calendar, CityAir air) : Signal(twin, seed)
{
    private const double CityHeightMetres = 800;
    private const double CelsiusPerMetre = 0.0065; // the standard atmosphere (ISO 2533)
    private const double ClearSkyWatts = 1_050;

    // Rain comes with the spring; the wind from the mountains at night, from the plain by day.
    private static readonly double[] s_wetShare =
        [0.20, 0.22, 0.30, 0.32, 0.28, 0.18, 0.12, 0.09, 0.09, 0.17, 0.22, 0.22];

    private readonly double _heightMetres =
        twin.Attributes.TryGetValue("heightMetres", out var text)
        && double.TryParse(text, CultureInfo.InvariantCulture, out var height) && height is > -400 and < 5_000
            ? height
            : CityHeightMetres;

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var sample = air.At(time);
        var still = calendar.Stillness(time);
        var isDay = CityCalendar.LocalHour(time) is >= 10 and < 19;
        var wind = 0.5 + 3.2 * (1 - still) + (isDay ? 0.6 : 0) + 0.4 * Wander(1, time, 12);
        var rain = RainAt(time);
        var sun = Math.Max(0, Math.Sin(SolarPosition.At(time, Twin.Position).ElevationDegrees * Math.PI / 180));
        Number(json, "temperatureCelsius"u8,
            sample.Celsius - (_heightMetres - CityHeightMetres) * CelsiusPerMetre + 0.3 * Wander(2, time, 30));
        Number(json, "relativeHumidityPercent"u8,
            Math.Clamp(sample.HumidityPercent + (rain > 0 ? 15 : 0) + 3 * Wander(3, time, 25), 8, 99), 0);
        Number(json, "windSpeedMetresPerSecond"u8, Math.Max(0, wind));
        Number(json, "windGustMetresPerSecond"u8, Math.Max(0, wind) * (1.5 + 0.2 * Wander(4, time, 6)));
        Number(json, "windDirectionDegrees"u8, ((isDay ? 350 : 170) + 40 * Wander(5, time, 50) + 360) % 360, 0);
        // The barometric formula of the standard atmosphere, and the lows and highs that pass.
        Number(json, "airPressureHectopascals"u8,
            1_016 * Math.Pow(1 - 2.25577e-5 * _heightMetres, 5.25588) + 6 * (still - 0.5));
        Number(json, "precipitationMillimetresPerHour"u8, rain);
        var clear = rain > 0 ? 0.2 : 0.75 + 0.2 * Wander(6, time, 20);
        Number(json, "solarRadiationWattsPerSquareMetre"u8, ClearSkyWatts * sun * clear, 0);
    }

    // The whole city has the same front, and each place its own shower; still air brings none.
    private double RainAt(Instant time)
    {
        var wet = CityCalendar.OverYear(s_wetShare, time);
        var front = 1 - calendar.Stillness(time);
        var over = front - (1 - wet) + 0.08 * Wander(7, time, 40);
        return over <= 0 ? 0 : Math.Min(12, 14 * over);
    }
}
