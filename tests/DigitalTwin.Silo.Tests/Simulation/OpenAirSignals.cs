using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>The city's air, feeders and services: what they would show, and what happens to them.</summary>
internal sealed class OpenAirSignals(YearNoise noise, IReadOnlyList<Mishap> episodes)
{
    // City means of PM2.5 by month, 2021–2026 (domain brief 1.8), in micrograms per cubic metre.
    private static readonly double[] s_monthMeans = [52, 54, 28, 17, 10, 11, 10, 10, 10, 17, 28, 38, 52];

    // How dirty each hour of the day is: worst from 17 to 21 h, best from 5 to 9 h.
    private static readonly double[] s_hours =
    [
        1.1, 1.05, 1, .9, .8, .7, .65, .65, .7, .8, .9, .95, .95, 1, 1, 1.05, 1.15, 1.3, 1.35, 1.35, 1.3, 1.25, 1.2,
            1.15, 1.1,
    ];

    private readonly Dictionary<int, double> _stuck = [];

    public void ReportAir(Device sensor, int minute, List<Reading> into)
    {
        var written = new Message(sensor, minute, into);
        var mishap = sensor.At(minute) is { } running && minute < running.EndsAt ? running : null;
        var particles = ParticlesAt(sensor, minute);
        var dioxide = 8 + 0.6 * particles / sensor.Base * Math.Exp(0.15 * noise.Normal(sensor.Index, minute, 83));
        if (mishap?.Trouble == Trouble.Pollution)
            if (mishap.Property == "no2MicrogramsPerCubicMetre")
                dioxide += Plume(mishap, minute);
            else
                particles += Plume(mishap, minute);
        if (mishap?.Trouble == Trouble.SensorNegative)
            particles = -5 - 3 * noise.Uniform(sensor.Index, minute, 84);
        if (mishap?.Trouble is Trouble.SensorStuck or Trouble.StuckAWhile)
        {
            if (!_stuck.TryGetValue(sensor.Index, out var held))
                _stuck[sensor.Index] = held = particles;
            particles = held;
        }
        else
        {
            _stuck.Remove(sensor.Index);
        }

        if (mishap?.Trouble == Trouble.UnitMixUp)
            particles /= 1_000;
        written.Add("pm25MicrogramsPerCubicMetre",
            mishap?.Trouble == Trouble.Spike && minute == mishap.StartsAt + 60 ? 900 : Math.Round(particles, 2));
        if (sensor.IsOfficial)
            written.Add("no2MicrogramsPerCubicMetre", Math.Round(dioxide, 2));
        else
            written.Add("relativeHumidityPercent", 55 + 10 * noise.Normal(-4, minute / 60, 85));
    }

    public void ReportFeeder(Device feeder, int minute, List<Reading> into)
    {
        var mishap = feeder.At(minute) is { } running && minute < running.EndsAt ? running : null;
        var isDead = mishap?.Trouble == Trouble.FeederDead;
        var lost = UsualLoss(feeder.Medium) * (1 + 0.1 * noise.Normal(feeder.Index, minute, 90));
        if (mishap?.Trouble == Trouble.FeederLoss)
            lost += mishap.Size;
        var consumed = 0.0;
        foreach (var meter in feeder.Served)
            consumed += meter.RateBefore + MeterSignals.ExtraAt(meter, minute);
        var inlet = isDead ? 0 : consumed / (1 - lost);
        var written = new Message(feeder, minute, into);
        written.Add(
            feeder.Medium is DeviceKind.Electricity or DeviceKind.Heat ? "activePowerWatts" : "flowLitresPerHour",
                inlet);
        written.Add("energized", isDead ? 0 : 1);
    }

    /// <summary>What leaks, warms the wire or is not measured on a usual day.</summary>
    public static double UsualLoss(DeviceKind medium) => medium switch
    {
        DeviceKind.Electricity => 0.06,
        DeviceKind.ColdWater => 0.13,
        DeviceKind.HotWater => 0.1,
        DeviceKind.Gas => 0.012,
        _ => 0.08,
    };

    public void ReportService(Device service, int minute, List<Reading> into)
    {
        var mishap = service.At(minute) is { } running && minute < running.EndsAt ? running : null;
        var written = new Message(service, minute, into);
        foreach (var (name, usual, spread) in UsualOf(service.Model.Id, minute))
        {
            var value = usual + spread * noise.Normal(service.Index, minute, 95 + name.Length);
            if (mishap?.Property == name && mishap.Trouble == Trouble.Service)
                value = mishap.Size;
            if (mishap?.Property == name && mishap.Trouble == Trouble.ShortGust && minute == mishap.StartsAt + 20)
                value = mishap.Size;
            written.Add(name, value);
        }
    }

    private (string Name, double Usual, double Spread)[] UsualOf(string model, int minute) =>
        model.Split(':', ';')[3] switch
    {
        "SeismicStation" => [("eventDetected", 0, 0)],
        "SosButton" => [("pressed", 0, 0), ("batteryPercent", 75, 1)],
        "Camera" => [("online", 1, 0), ("lensObstructed", 0, 0)],
        "WaterIntake" => [("levelMetres", 2.4, 0.1), ("turbidityNtu", 0.7, 0.08),
            ("residualChlorineMilligramsPerLitre", 0.43, 0.01)],
        "PumpStation" => [("outletPressureKilopascals", 420, 12), ("vibrationMillimetresPerSecond", 2.3, 0.3)],
        "GreenArea" => [("soilMoisturePercent", 32, 1.5)],
        "TransportStop" => [("displayOnline", 1, 0)],
        _ => [("windSpeedMetresPerSecond", 3, 1.2), ("temperatureCelsius", YearClock.OutsideCelsius(noise, minute),
            0.2)],
    };

    private double ParticlesAt(Device sensor, int minute)
    {
        var day = minute / (double)YearClock.Day;
        var month = Math.Min(11.999, day / YearClock.DaysPerYear * 12);
        var (before, after) = (s_monthMeans[(int)month], s_monthMeans[(int)month + 1]);
        var mean = before + (month - (int)month) * (after - before);
        // Still days and windy ones: the same over the whole city.
        var hour = minute / YearClock.Hour;
        var (knot, share) = (hour / 36, hour % 36 / 36.0);
        var weather = (1 - share) * noise.Normal(-5, knot, 80) + share * noise.Normal(-5, knot + 1, 80);
        var ofDay = YearClock.HourOfDay(minute);
        var course = s_hours[(int)ofDay] + (ofDay - (int)ofDay) * (s_hours[(int)ofDay + 1] - s_hours[(int)ofDay]);
        var city = Math.Min(95, mean * course * Math.Exp(0.3 * weather));
        foreach (var episode in episodes)
            if (minute >= episode.StartsAt && minute < episode.EndsAt)
                city += Plume(episode, minute);
        return Math.Max(0.5, sensor.Base * city * Math.Exp(0.08 * noise.Normal(sensor.Index, minute, 81)));
    }

    // Comes within an hour and goes within one.
    private static double Plume(Mishap mishap, int minute) =>
        mishap.Size * Math.Clamp(Math.Min(minute - mishap.StartsAt, mishap.EndsAt - minute) / 60.0, 0, 1);
}
