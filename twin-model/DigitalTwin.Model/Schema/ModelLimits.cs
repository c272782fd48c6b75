using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>When a twin's silence turns its state from live to stale to lost, in missed reporting intervals.</summary>
public sealed record FreshnessPolicy(int StaleAfterIntervals, int LostAfterIntervals);

/// <summary>The physical ranges and reporting intervals of <c>twin-model/norms/limits.json</c>.</summary>
internal sealed class ModelLimits
{
    private readonly Dictionary<(string Model, string Name), (double Minimum, double Maximum)> _ranges = [];
    private readonly Dictionary<string, TimeSpan> _intervals = [];

    private ModelLimits(FreshnessPolicy freshness) => Freshness = freshness;

    public FreshnessPolicy Freshness { get; }

    public static ModelLimits Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var freshness = root.GetProperty("freshness");
        var limits = new ModelLimits(new FreshnessPolicy(
            freshness.GetProperty("staleAfterIntervals").GetInt32(),
            freshness.GetProperty("lostAfterIntervals").GetInt32()));
        foreach (var entry in root.GetProperty("expectedIntervalSeconds").EnumerateObject())
            limits._intervals[entry.Name] = TimeSpan.FromSeconds(entry.Value.GetInt32());
        foreach (var model in root.GetProperty("ranges").EnumerateObject())
            foreach (var range in model.Value.EnumerateObject())
                limits._ranges[(model.Name, range.Name)] =
                    (range.Value.GetProperty("minimum").GetDouble(), range.Value.GetProperty("maximum").GetDouble());
        return limits;
    }

    /// <summary>The range that the nearest of the models gives.</summary>
    public (double Minimum, double Maximum) RangeOf(IEnumerable<string> lineage, string name)
    {
        foreach (var modelId in lineage)
            if (_ranges.TryGetValue((modelId, name), out var range))
                return range;
        return (double.MinValue, double.MaxValue);
    }

    public TimeSpan? ExpectedIntervalOf(string modelId) =>
        _intervals.TryGetValue(modelId, out var interval) ? interval : null;
}
