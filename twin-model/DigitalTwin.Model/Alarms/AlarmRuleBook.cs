using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Alarms;

/// <summary>All alarm rules, in the order of their document.</summary>
public sealed class AlarmRuleBook
{
    public const string FileName = "norms/alarm-rules.json";

    private AlarmRuleBook(IReadOnlyList<AlarmRule> rules, string version)
    {
        Rules = rules;
        Version = version;
    }

    /// <summary>The rules compiled into this assembly.</summary>
    public static AlarmRuleBook BuiltIn { get; } = Parse(FileName, ModelCatalog.EmbeddedDocument(FileName));

    public IReadOnlyList<AlarmRule> Rules { get; }

    public string Version { get; }

    /// <summary>This book and one more; a rule of the same code and model replaces ours.</summary>
    /// <exception cref="SchemaException">The document is not a book of rules.</exception>
    public AlarmRuleBook With(string file, string json)
    {
        var added = Parse(file, json);
        var kept = Rules
            .Select(rule => rule with
            {
                ModelIds = [.. rule.ModelIds.Where(model => !added.Rules.Any(other =>
                    other.Code == rule.Code && other.ModelIds.Contains(model)))],
            })
            .Where(rule => rule.ModelIds.Count > 0);
        return new AlarmRuleBook(
            [.. kept.Concat(added.Rules).Select((rule, index) => rule with { Index = index })],
            $"{Version}+{added.Version}");
    }

    /// <exception cref="SchemaException">The document is not a book of rules; says which rule and what is wrong.</exception>
    public static AlarmRuleBook Parse(string file, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var rules = new List<AlarmRule>();
            foreach (var element in root.GetProperty("rules").EnumerateArray())
                rules.Add(ParseRule(file, element, rules.Count));
            var version = root.TryGetProperty("version", out var found) ? found.GetString()! : "";
            return new AlarmRuleBook(rules, version);
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new SchemaException(file, wrong.Message);
        }
    }

    private static AlarmRule ParseRule(string file, JsonElement element, int index)
    {
        var code = element.GetProperty("code").GetString() ?? "";
        if (code.Length is 0 or > 40)
            throw new SchemaException(file, $"rules[{index}].code is not 1 to 40 characters");
        try
        {
            return new AlarmRule
            {
                Index = index,
                Code = code,
                ModelIds = Strings(element.GetProperty("models")),
                Text = Text(element.GetProperty("text")),
                Action = element.TryGetProperty("action", out var action) ? Text(action) : null,
                Priority = Name<AlarmPriority>(element.GetProperty("priority")),
                OnDelay = Seconds(element, "onDelaySeconds") ?? TimeSpan.Zero,
                OffDelay = Seconds(element, "offDelaySeconds") ?? TimeSpan.Zero,
                IsLatched = element.TryGetProperty("latched", out var latched) && latched.GetBoolean(),
                GroupBy = element.TryGetProperty("groupBy", out var group) ? Name<AlarmGrouping>(group) : AlarmGrouping.None,
                SuppressedBy = element.TryGetProperty("suppressedBy", out var by) ? Strings(by) : [],
                ReAlarmAfter = Seconds(element, "reAlarmAfterSeconds"),
                When = element.TryGetProperty("when", out var when) ? Threshold(when) : null,
                Parameters = element.TryGetProperty("parameters", out var parameters)
                    ? parameters.EnumerateObject().ToDictionary(
                        entry => entry.Name, entry => entry.Value.GetDouble(), StringComparer.Ordinal)
                    : new Dictionary<string, double>(),
                Source = element.GetProperty("source").GetString()!,
                Status = element.GetProperty("status").GetString()!,
                ValidFrom = element.GetProperty("validFrom").GetString()!,
            };
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new SchemaException(file, $"rules[{index}] '{code}': {wrong.Message}");
        }
    }

    private static ThresholdCondition Threshold(JsonElement when)
    {
        var property = when.GetProperty("property").GetString()!;
        if (when.TryGetProperty("above", out var above))
        {
            var clear = when.TryGetProperty("clearBelow", out var below) ? below.GetDouble() : above.GetDouble();
            return clear <= above.GetDouble()
                ? new ThresholdCondition(property, IsAbove: true, above.GetDouble(), clear)
                : throw new FormatException("clearBelow is above the limit");
        }

        var limit = when.GetProperty("below").GetDouble();
        var clearAbove = when.TryGetProperty("clearAbove", out var clearing) ? clearing.GetDouble() : limit;
        return clearAbove >= limit
            ? new ThresholdCondition(property, IsAbove: false, limit, clearAbove)
            : throw new FormatException("clearAbove is below the limit");
    }

    private static TimeSpan? Seconds(JsonElement element, string name) =>
        !element.TryGetProperty(name, out var value) ? null
        : value.GetDouble() is >= 0 and <= 31_622_400 ? TimeSpan.FromSeconds(value.GetDouble())
        : throw new FormatException($"{name} is not 0 to 31,622,400");

    private static T Name<T>(JsonElement element)
        where T : struct, Enum =>
        Enum.TryParse<T>(element.GetString(), ignoreCase: true, out var found) && Enum.IsDefined(found)
            ? found
            : throw new FormatException($"'{element}' is not one of {string.Join(", ", Enum.GetNames<T>())}");

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];

    private static LocalizedText Text(JsonElement text) => text.ValueKind == JsonValueKind.String
        ? LocalizedText.Same(text.GetString()!)
        : new LocalizedText(
            text.GetProperty("en").GetString()!, text.GetProperty("ru").GetString()!, text.GetProperty("kk").GetString()!);
}
