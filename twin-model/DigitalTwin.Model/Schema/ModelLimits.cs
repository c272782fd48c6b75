using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>When a twin's silence turns its state from live to stale to lost, in missed reporting intervals.</summary>
public sealed record FreshnessPolicy(int StaleAfterIntervals, int LostAfterIntervals);

/// <summary>The physical ranges and reporting intervals of <c>twin-model/norms/limits.json</c>.</summary>
internal sealed class ModelLimits
{
    // A year; the longest expected interval that still says something about silence.
    private const int IntervalSecondsMax = 366 * 24 * 3600;

    private readonly Dictionary<(string Model, string Name), (double Minimum, double Maximum)> _ranges;
    private readonly Dictionary<string, TimeSpan> _intervals;

    private ModelLimits(ModelLimits? basis, FreshnessPolicy freshness)
    {
        _ranges = new Dictionary<(string Model, string Name), (double Minimum, double Maximum)>(basis?._ranges ?? []);
        _intervals = new Dictionary<string, TimeSpan>(basis?._intervals ?? []);
        Freshness = freshness;
    }

    public FreshnessPolicy Freshness { get; }

    /// <exception cref="SchemaException">Not the format of the limits.</exception>
    public static ModelLimits Parse(string file, string json, ModelLimits? basis = null)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Parse(file, document.RootElement, basis);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException
                                            or KeyNotFoundException or ArgumentException)
        {
            throw Refused(file, "", "limits/format", problem.Message);
        }
    }

    /// <summary>The range that the nearest of the models gives.</summary>
    public (double Minimum, double Maximum)? RangeOf(IEnumerable<string> lineage, string name)
    {
        foreach (var modelId in lineage)
            if (_ranges.TryGetValue((modelId, name), out var range))
                return range;
        return null;
    }

    public TimeSpan? ExpectedIntervalOf(string modelId) =>
        _intervals.TryGetValue(modelId, out var interval) ? interval : null;

    /// <summary>
    /// Refuses entries, other than those that were there before, that are not of the kinds just added: a misspelt one
    /// would leave a value without its range, and one of a built-in kind would change what the platform vouches for.
    /// </summary>
    public void CheckNames(string file, ModelCatalog catalog, IReadOnlySet<string> addedIds, ModelLimits since)
    {
        foreach (var (id, interval) in _intervals)
            if (!addedIds.Contains(id) && interval != since.ExpectedIntervalOf(id))
                throw Refused(
                    file, $"expectedIntervalSeconds.{id}", "limits/unknown-kind",
                    $"'{id}' is not a kind of this folder");
        foreach (var (key, range) in _ranges)
        {
            var isOld = since._ranges.TryGetValue(key, out var before) && before == range;
            if (!isOld && !addedIds.Contains(key.Model))
                throw Refused(
                    file, $"ranges.{key.Model}", "limits/unknown-kind", $"'{key.Model}' is not a kind of this folder");
            if (!isOld && !(catalog[key.Model].TryFind(key.Name, out var property) && property.Slot >= 0))
                throw Refused(
                    file, $"ranges.{key.Model}.{key.Name}", "limits/unknown-name",
                    $"'{key.Name}' is not a value that '{key.Model}' keeps");
        }
    }

    private static ModelLimits Parse(string file, JsonElement root, ModelLimits? basis)
    {
        var freshness = basis is not null ? basis.Freshness : new FreshnessPolicy(
            root.GetProperty("freshness").GetProperty("staleAfterIntervals").GetInt32(),
            root.GetProperty("freshness").GetProperty("lostAfterIntervals").GetInt32());
        var limits = new ModelLimits(basis, freshness);
        foreach (var entry in Members(root, "expectedIntervalSeconds"))
            if (entry.Value.GetInt32() is > 0 and <= IntervalSecondsMax and var seconds)
                limits._intervals[entry.Name] = TimeSpan.FromSeconds(seconds);
            else
                throw Refused(
                    file, $"expectedIntervalSeconds.{entry.Name}", "limits/interval",
                    $"is not from 1 to {IntervalSecondsMax}");

        foreach (var model in Members(root, "ranges"))
            foreach (var range in model.Value.EnumerateObject())
            {
                var minimum = range.Value.GetProperty("minimum").GetDouble();
                var maximum = range.Value.GetProperty("maximum").GetDouble();
                if (!double.IsFinite(minimum) || !double.IsFinite(maximum) || minimum >= maximum)
                    throw Refused(
                        file, $"ranges.{model.Name}.{range.Name}", "limits/range",
                        "the minimum is not below the maximum");
                limits._ranges[(model.Name, range.Name)] = (minimum, maximum);
            }

        return limits;
    }

    // A folder's limits say only what they need to.
    private static JsonElement.ObjectEnumerator Members(JsonElement root, string name) =>
        root.TryGetProperty(name, out var found) ? found.EnumerateObject() : default;

    private static SchemaException Refused(string file, string path, string rule, string message) =>
        new(new DtdlProblem(file, path, rule, message));
}
