using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.AirQuality;

/// <summary>The level of the worst pollutant, which it names.</summary>
public readonly record struct EuropeanAqiResult(Pollutant Dominant, int Level, double MicrogramsPerCubicMetre);

/// <summary>
/// The European Air Quality Index: a level from 1 (good) to 6 (extremely poor) a pollutant; the worst one counts.
/// Bounds are data with their source: <c>twin-model/norms/european-aqi.json</c>.
/// </summary>
public sealed class EuropeanAqi
{
    public const int LevelCount = 6;

    private readonly Dictionary<string, double[]> _upperBounds;

    private EuropeanAqi(Dictionary<string, double[]> upperBounds) => _upperBounds = upperBounds;

    public static EuropeanAqi Edition2024 { get; } = Parse(ModelCatalog.EmbeddedDocument("norms/european-aqi.json"));

    /// <summary>The pollutants that count, by the name of their telemetry.</summary>
    public IEnumerable<string> PollutantNames => _upperBounds.Keys;

    /// <summary>The table as published, for legends.</summary>
    public static string PublishedTable => ModelCatalog.EmbeddedDocument("norms/european-aqi.json");

    /// <summary>The level of one pollutant's hourly concentration in µg/m³.</summary>
    public int LevelOf(string pollutant, double microgramsPerCubicMetre) =>
        LevelOf(_upperBounds[pollutant], microgramsPerCubicMetre);

    /// <summary>
    /// The worst level of hourly concentrations and its pollutant; null without a pollutant of the index.
    /// </summary>
    public EuropeanAqiResult? Worst(IEnumerable<KeyValuePair<Pollutant, double>> microgramsPerCubicMetre)
    {
        EuropeanAqiResult? worst = null;
        var worstShare = 0.0;
        foreach (var (pollutant, concentration) in microgramsPerCubicMetre)
        {
            if (!_upperBounds.TryGetValue(pollutant.TelemetryName(), out var bounds))
                continue;
            var level = LevelOf(bounds, concentration);
            // Several pollutants often share a level: the one furthest along the whole scale is the one to name.
            var share = concentration / bounds[^1];
            if (worst is { } known && (known.Level, worstShare).CompareTo((level, share)) >= 0)
                continue;
            worst = new EuropeanAqiResult(pollutant, level, concentration);
            worstShare = share;
        }

        return worst;
    }

    internal double[] UpperBoundsOf(string pollutant) => _upperBounds[pollutant];

    internal static int LevelOf(double[] upperBounds, double concentration)
    {
        var level = 1;
        while (level <= upperBounds.Length && concentration > upperBounds[level - 1])
            level++;
        return level;
    }

    private static EuropeanAqi Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new EuropeanAqi(document.RootElement.GetProperty("upperBounds").EnumerateObject().ToDictionary(
            entry => entry.Name,
            entry => entry.Value.EnumerateArray().Select(bound => bound.GetDouble()).ToArray(),
            StringComparer.Ordinal));
    }
}
