using System.Collections.Concurrent;
using System.Globalization;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>
/// Renames a codec's values for one twin, by its attribute <c>lorawanFields</c>:
/// <c>temperature_1=temperatureCelsius, battery=batteryVolts*0.001</c>.
/// </summary>
public sealed class FieldMap
{
    private const int ParsedKeptMax = 1_000;

    // Twins of one product share their text.
    private static readonly ConcurrentDictionary<string, FieldMap> s_parsed = new(StringComparer.Ordinal);

    private readonly Dictionary<string, (string Name, double Factor)> _byField = new(StringComparer.Ordinal);

    public static FieldMap Empty { get; } = new();

    /// <summary>The first entry that cannot be used; the others are.</summary>
    public string? Problem { get; private init; }

    public static FieldMap Of(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Empty;
        if (s_parsed.TryGetValue(text, out var known))
            return known;
        var map = Parse(text);
        if (s_parsed.Count < ParsedKeptMax)
            s_parsed[text] = map;
        return map;
    }

    public DecodedValue Rename(in DecodedValue value) => _byField.TryGetValue(value.Name, out var ours)
        ? value with { Name = ours.Name, Value = value.IsFlag ? value.Value : value.Value * ours.Factor }
        : value;

    private static FieldMap Parse(string text)
    {
        string? problem = null;
        var entries = new Dictionary<string, (string, double)>(StringComparer.Ordinal);
        const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        foreach (var entry in text.Split([',', ';'], Trimmed))
        {
            var parts = entry.Split('=', 2, StringSplitOptions.TrimEntries);
            var ours = parts[^1].Split('*', 2, StringSplitOptions.TrimEntries);
            var factor = 1.0;
            if (parts.Length == 2 && parts[0].Length > 0 && ours[0].Length > 0
                && (ours.Length == 1
                    || double.TryParse(ours[1], NumberStyles.Float, CultureInfo.InvariantCulture, out factor)))
                entries[parts[0]] = (ours[0], factor);
            else
                problem ??= $"lorawanFields: '{entry}' is not field=name or field=name*factor";
        }

        var map = new FieldMap { Problem = problem };
        foreach (var (field, ours) in entries)
            map._byField[field] = ours;
        return map;
    }
}
