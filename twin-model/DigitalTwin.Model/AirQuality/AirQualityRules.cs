using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>Rules of air-quality sensors. Pure. The condition is the European AQI level of the latest values, 0 unknown.</summary>
public static class AirQualityRules
{
    internal const string LevelName = "europeanAqiLevel";

    // The index is of hourly values: what is much older than the newest pollutant no longer belongs to it.
    private static readonly TimeSpan s_pollutantAgeMax = TimeSpan.FromHours(2);

    public static IReadOnlyList<string> SummaryNames { get; } =
    [
        "pm25MicrogramsPerCubicMetre", "pm10MicrogramsPerCubicMetre", "no2MicrogramsPerCubicMetre",
        "so2MicrogramsPerCubicMetre", "o3MicrogramsPerCubicMetre",
    ];

    internal static IReadOnlySet<string> ComputedNames { get; } = new HashSet<string> { LevelName };

    internal static int Assess(TwinModel model, Span<LatestValue> latest, Instant measuredAt, Instant receivedAt)
    {
        var slots = (AirQualitySlots)model.RuleSlots!;
        var level = 0;
        var newest = Instant.Never;
        foreach (var pollutant in slots.Pollutants)
            if (latest[pollutant.Slot].MeasuredAt > newest)
                newest = latest[pollutant.Slot].MeasuredAt;
        foreach (var pollutant in slots.Pollutants)
        {
            ref readonly var value = ref latest[pollutant.Slot];
            if (value.HasValue && value.Quality != Quality.Bad && newest - value.MeasuredAt <= s_pollutantAgeMax)
                level = Math.Max(level, EuropeanAqi.LevelOf(pollutant.UpperBounds, value.Value));
        }

        if (level > 0)
            latest[slots.Level].Advance(level, Quality.Good, measuredAt, receivedAt);
        return level;
    }
}

/// <summary>Where the rules find their values.</summary>
internal sealed record AirQualitySlots(int Level, PollutantSlot[] Pollutants)
{
    public static AirQualitySlots Resolve(TwinModel model) => new(
        model.SlotOf(AirQualityRules.LevelName),
        [.. EuropeanAqi.Edition2024.PollutantNames.Select(name =>
            new PollutantSlot(model.SlotOf(name), EuropeanAqi.Edition2024.UpperBoundsOf(name)))]);
}

/// <summary>A pollutant of the index and the bounds of its levels.</summary>
internal readonly record struct PollutantSlot(int Slot, double[] UpperBounds);
