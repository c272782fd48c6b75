using System.Text.Json;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>
/// The air at a place: bad in still winter evenings, worse down in the north than up at the mountains.
/// </summary>
internal sealed class AirSignal(FleetTwin twin, ulong seed, CityAir air) : Signal(twin, seed)
{
    // An indicative sensor is off by a quarter either way, and noisy; an official post is calibrated.
    private readonly double _bias = IsOfficial(twin) ? 1 : 1 + 0.25 * Noise.Signed(seed, 1);
    private readonly double _noise = IsOfficial(twin) ? 0.04 : 0.15;
    private readonly bool _isOfficial = IsOfficial(twin);
    private readonly bool _isOptical = twin.Attributes.ContainsKey("correctionModel");

    // The air of Medeu and Bostandyk has half the dust of Zhetysu and Turksib.
    private readonly double _place = Math.Clamp(1 + 5.5 * (twin.Position.LatitudeDegrees - 43.26), 0.6, 1.6)
        * (1 + 0.15 * Noise.Signed(seed, 2));

    private static bool IsOfficial(FleetTwin twin) =>
        twin.Attributes.TryGetValue("grade", out var grade) && grade == "official";

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var sample = air.At(time);
        var smog = Active(FaultKind.Smog, time) is null ? 1 : 3.5;
        var pm25 = Measured(1, time, (sample.Pm25 + (smog > 1 ? 60 : 0)) * smog * _place);
        var humidity = Math.Clamp(sample.HumidityPercent + 4 * Wander(9, time, 25), 5, 99);
        Write(json, "pm25MicrogramsPerCubicMetre"u8, _isOptical ? SeenByLight(pm25, humidity) : pm25);
        Write(json, "pm10MicrogramsPerCubicMetre"u8, pm25 * 1.45 + Measured(2, time, 6));
        if (_isOfficial)
        {
            Write(json, "no2MicrogramsPerCubicMetre"u8, Measured(3, time, sample.No2 * _place * Math.Sqrt(smog)));
            Write(json, "noMicrogramsPerCubicMetre"u8, Measured(4, time, sample.No2 * 0.45 * _place));
            Write(json, "so2MicrogramsPerCubicMetre"u8, Measured(5, time, sample.So2 * _place * Math.Sqrt(smog)));
            Write(json, "o3MicrogramsPerCubicMetre"u8, Measured(6, time, sample.O3 / Math.Sqrt(smog)));
            Write(json, "coMicrogramsPerCubicMetre"u8, Measured(7, time, sample.Co * _place * Math.Sqrt(smog)));
        }

        Number(json, "temperatureCelsius"u8, sample.Celsius + 0.6 * Wander(8, time, 20));
        Number(json, "relativeHumidityPercent"u8, humidity, 0);
    }

    // What a Plantower shows of the dust that Barkjohn et al. 2021 (AMT 14:4617) compared it with.
    private static double SeenByLight(double microgramsPerCubicMetre, double humidityPercent) =>
        Math.Max(0.1, (microgramsPerCubicMetre - 5.75 + 0.0862 * humidityPercent) / 0.524);

    private double Measured(long number, Instant time, double value) =>
        Math.Max(0.1, value * _bias * (1 + _noise * Wander(number, time, 4) + 0.12 * Wander(number + 20, time, 90)));

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, double value) => Number(json, name, value);
}

/// <summary>The air over the whole city at a moment, in µg/m³.</summary>
internal readonly record struct AirSample(
    double Pm25, double No2, double So2, double O3, double Co, double Celsius, double HumidityPercent);

/// <summary>The air over the city: seasons, weather, traffic and stoves.</summary>
internal sealed class CityAir(CityCalendar calendar)
{
    // PM2.5 by month in Almaty, 2021–2026; PM peaks at 17–21 h with its minimum at 5–9 h, CO and NO₂ follow traffic.
    private static readonly double[] s_pm25ByMonth = [52, 54, 28, 17, 10, 11, 10, 10, 10, 17, 28, 38];

    private static readonly double[] s_winterByHour =
        [1.25, 1.15, 1.00, 0.88, 0.78, 0.68, 0.64, 0.66, 0.72, 0.78, 0.82, 0.85,
            0.85, 0.84, 0.86, 0.95, 1.12, 1.32, 1.45, 1.50, 1.46, 1.40, 1.35, 1.30];

    private static readonly double[] s_trafficByHour =
        [0.60, 0.48, 0.40, 0.36, 0.40, 0.60, 0.95, 1.35, 1.50, 1.25, 1.05, 1.00,
            1.00, 1.00, 1.02, 1.08, 1.20, 1.42, 1.50, 1.35, 1.15, 1.00, 0.88, 0.72];

    public AirSample At(Instant time)
    {
        var hour = CityCalendar.LocalHour(time);
        var celsius = calendar.OutdoorCelsius(time);
        var season = CityCalendar.OverYear(s_pm25ByMonth, time);
        // The more winter, the deeper the inversion of the evening.
        var winter = Math.Clamp((season - 10) / 42, 0, 1);
        var still = 0.45 + 1.1 * calendar.Stillness(time);
        var dust = season * still * (1 - winter + winter * OverDay(s_winterByHour, hour));
        var traffic = OverDay(s_trafficByHour, hour) * still;
        var sun = Math.Max(0, Math.Sin((hour - 6.5) / 13 * Math.PI));
        return new AirSample(
            dust, 16 + 34 * traffic * (0.7 + 0.6 * winter), 8 + 45 * winter * still,
            18 + 75 * sun * (1 - 0.6 * winter), 250 + 650 * traffic * (0.5 + winter), celsius,
            Math.Clamp(78 - 1.6 * celsius, 15, 95));
    }

    private static double OverDay(double[] hours, double hour)
    {
        var before = (int)hour % 24;
        var part = hour - Math.Floor(hour);
        return hours[before] * (1 - part) + hours[(before + 1) % 24] * part;
    }
}
