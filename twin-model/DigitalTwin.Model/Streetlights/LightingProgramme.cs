using System.Globalization;
using System.Text.Json;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Streetlights;

/// <summary>From a minute of the local day on, so much light, as far as it is dark.</summary>
public readonly record struct DimmingStep(int MinuteOfDay, double Percent);

/// <summary>When a group of lights burns and how bright: dark hours by the sun, levels by the clock, other levels on some dates.</summary>
/// <param name="ElevationDegrees">The sun's height below which it is dark; −6 is civil twilight.</param>
/// <param name="Steps">Ascending; the first is at midnight.</param>
/// <param name="Exceptions">Other steps for a local date, by month × 100 + day.</param>
public sealed record LightingProgramme(
    string Id, LocalizedText Text, double ElevationDegrees, TimeSpan OnOffset, TimeSpan OffOffset,
    IReadOnlyList<DimmingStep> Steps, IReadOnlyDictionary<int, IReadOnlyList<DimmingStep>> Exceptions)
{
    /// <summary>The level by the clock alone, on a local day.</summary>
    public double PercentByClock(int day, int minuteOfDay)
    {
        var steps = StepsOf(day);
        var percent = steps[0].Percent;
        for (var i = 1; i < steps.Count && steps[i].MinuteOfDay <= minuteOfDay; i++)
            percent = steps[i].Percent;
        return percent;
    }

    public IReadOnlyList<DimmingStep> StepsOf(int day)
    {
        if (Exceptions.Count == 0)
            return Steps;
        var (month, date) = CivilTime.DateOf(day);
        return Exceptions.TryGetValue(month * 100 + date, out var other) ? other : Steps;
    }
}

/// <summary>The programmes of <c>twin-model/norms/lighting-programmes.json</c>; the first is the default.</summary>
/// <param name="Tolerance">How far controllers' clocks may differ from the plan's.</param>
/// <param name="LevelTolerancePercent">How far a level may be from the planned one.</param>
public sealed record LightingProgrammes(
    IReadOnlyList<LightingProgramme> All, TimeSpan Tolerance, double LevelTolerancePercent)
{
    public const string FileName = "norms/lighting-programmes.json";

    public static LightingProgrammes BuiltIn { get; } = Parse(FileName, ModelCatalog.EmbeddedDocument(FileName));

    /// <summary>Position of a programme; the default's where the name is unknown.</summary>
    public int IndexOf(string? id)
    {
        for (var i = 0; i < All.Count; i++)
            if (All[i].Id == id)
                return i;
        return 0;
    }

    /// <exception cref="SchemaException">The document is not as described.</exception>
    public static LightingProgrammes Parse(string file, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var obedience = root.GetProperty("obedience");
            return new LightingProgrammes(
                [.. root.GetProperty("programmes").EnumerateArray().Select(element => ParseProgramme(file, element))],
                TimeSpan.FromSeconds(obedience.GetProperty("toleranceSeconds").GetDouble()),
                obedience.GetProperty("levelTolerancePercent").GetDouble());
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new SchemaException(file, wrong.Message);
        }
    }

    private static LightingProgramme ParseProgramme(string file, JsonElement element)
    {
        var text = element.GetProperty("text");
        var exceptions = new Dictionary<int, IReadOnlyList<DimmingStep>>();
        foreach (var exception in element.GetProperty("exceptions").EnumerateArray())
            foreach (var date in exception.GetProperty("dates").EnumerateArray())
                exceptions[DateKey(date.GetString()!)] = Steps(file, exception);
        return new LightingProgramme(
            element.GetProperty("id").GetString()!,
            new LocalizedText(
                text.GetProperty("en").GetString()!, text.GetProperty("ru").GetString()!, text.GetProperty("kk").GetString()!),
            element.GetProperty("elevationDegrees").GetDouble(),
            TimeSpan.FromMinutes(element.GetProperty("onOffsetMinutes").GetDouble()),
            TimeSpan.FromMinutes(element.GetProperty("offOffsetMinutes").GetDouble()),
            Steps(file, element), exceptions);
    }

    private static DimmingStep[] Steps(string file, JsonElement element)
    {
        var steps = element.GetProperty("steps").EnumerateArray().Select(step => new DimmingStep(
            (int)TimeOnly.ParseExact(step.GetProperty("at").GetString()!, "HH:mm", CultureInfo.InvariantCulture).ToTimeSpan().TotalMinutes,
            step.GetProperty("percent").GetDouble() is >= 0 and <= 100 and var percent
                ? percent
                : throw new FormatException("percent is not 0 to 100"))).ToArray();
        if (steps.Length == 0 || steps[0].MinuteOfDay != 0 || !steps.SequenceEqual(steps.OrderBy(step => step.MinuteOfDay)))
            throw new SchemaException(file, "steps do not begin at 00:00 and ascend");
        return steps;
    }

    private static int DateKey(string date)
    {
        var parsed = DateOnly.ParseExact("2024-" + date, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        return parsed.Month * 100 + parsed.Day;
    }
}
