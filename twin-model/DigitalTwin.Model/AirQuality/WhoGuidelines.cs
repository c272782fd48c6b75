using System.Text.Json;

namespace DigitalTwin.Model.AirQuality;

/// <summary>The strictest WHO level a concentration keeps.</summary>
public enum WhoTarget
{
    None,
    Interim1,
    Interim2,
    Interim3,
    Interim4,
    Guideline,
}

/// <summary>A guideline of one pollutant over one averaging time, and the interim targets on the way to it.</summary>
public sealed record WhoGuideline(
    Pollutant Pollutant, AirAveraging Averaging, double GuidelineMicrogramsPerCubicMetre,
    IReadOnlyList<double> InterimTargetsMicrogramsPerCubicMetre, string Status);

/// <summary>A concentration against its guideline.</summary>
public readonly record struct WhoResult(
    Pollutant Pollutant, AirAveraging Averaging, double RatioToGuideline, WhoTarget Met);

/// <summary>The WHO global air quality guidelines: <c>twin-model/norms/who-2021.json</c>.</summary>
public sealed class WhoGuidelines
{
    private readonly Dictionary<(Pollutant, AirAveraging), WhoGuideline> _guidelines;

    private WhoGuidelines(JsonElement root) => _guidelines = root.List("guidelines", guideline => new WhoGuideline(
            guideline.Pollutant(), Enum.Parse<AirAveraging>(guideline.Text("averaging")),
            guideline.GetProperty("guideline").GetDouble(),
            guideline.List("interimTargets", target => target.GetDouble()), guideline.Text("status")))
        .ToDictionary(guideline => (guideline.Pollutant, guideline.Averaging));

    public static WhoGuidelines Edition2021 { get; } = NormDocument.Read("who-2021", root => new WhoGuidelines(root));

    public IReadOnlyCollection<WhoGuideline> All => _guidelines.Values;

    /// <summary>Null where WHO has no guideline for this pollutant and averaging time.</summary>
    public WhoResult? Compare(Pollutant pollutant, AirAveraging averaging, double microgramsPerCubicMetre)
    {
        if (!_guidelines.TryGetValue((pollutant, averaging), out var guideline))
            return null;
        var ratio = microgramsPerCubicMetre / guideline.GuidelineMicrogramsPerCubicMetre;
        return new WhoResult(pollutant, averaging, ratio, TargetMet(guideline, microgramsPerCubicMetre));
    }

    /// <summary>The pollutant that is the most times its guideline; null where none has one.</summary>
    public WhoResult? Worst(
        IEnumerable<KeyValuePair<Pollutant, double>> microgramsPerCubicMetre, AirAveraging averaging)
    {
        WhoResult? worst = null;
        foreach (var (pollutant, concentration) in microgramsPerCubicMetre)
            if (Compare(pollutant, averaging, concentration) is { } result
                && !(worst?.RatioToGuideline >= result.RatioToGuideline))
                worst = result;
        return worst;
    }

    private static WhoTarget TargetMet(WhoGuideline guideline, double microgramsPerCubicMetre)
    {
        if (microgramsPerCubicMetre <= guideline.GuidelineMicrogramsPerCubicMetre)
            return WhoTarget.Guideline;
        var met = WhoTarget.None;
        foreach (var target in guideline.InterimTargetsMicrogramsPerCubicMetre)
            if (microgramsPerCubicMetre <= target)
                met++;
        return met;
    }
}
