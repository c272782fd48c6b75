using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// Reads the rules of one document and says of whatever it refuses where it stands and what is wrong.
/// </summary>
internal sealed class AlarmRuleReader(string file)
{
    private const int CodeLengthMax = 40;
    private const double DelaySecondsMax = 31_622_400;

    public (IReadOnlyList<AlarmRule> Rules, string Version) Read(JsonElement root)
    {
        Expect(root, "", JsonValueKind.Object, "an object");
        var version = Find(root, "", "version", Text) ?? "";
        var array = Required(root, "", "rules");
        Expect(array, "rules", JsonValueKind.Array, "an array");
        var rules = new List<AlarmRule>();
        var seen = new HashSet<(string Code, string Model)>();
        foreach (var element in array.EnumerateArray())
        {
            var path = $"rules[{rules.Count}]";
            var rule = ReadRule(element, path, rules.Count);
            foreach (var model in rule.ModelIds)
                if (!seen.Add((rule.Code, model)))
                    throw Refusal($"{path}.models", "alarm-rules/twice", $"{rule.Code} is there twice for {model}");
            rules.Add(rule);
        }

        return (rules, version);
    }

    private AlarmRule ReadRule(JsonElement element, string path, int index)
    {
        Expect(element, path, JsonValueKind.Object, "an object");
        var models = Need(element, path, "models", Texts);
        if (models.Length == 0)
            throw Refusal($"{path}.models", "alarm-rules/value", "is for no model");
        return new AlarmRule
        {
            Index = index,
            Code = Need(element, path, "code", Code),
            ModelIds = models,
            Text = Need(element, path, "text", Localized),
            Action = Find(element, path, "action", Localized),
            Priority = Need(element, path, "priority", Name<AlarmPriority>),
            OnDelay = Seconds(element, path, "onDelaySeconds") ?? TimeSpan.Zero,
            OffDelay = Seconds(element, path, "offDelaySeconds") ?? TimeSpan.Zero,
            IsLatched = element.TryGetProperty("latched", out var latched) && Flag(latched, $"{path}.latched"),
            GroupBy = element.TryGetProperty("groupBy", out var group)
                ? Name<AlarmGrouping>(group, $"{path}.groupBy")
                : AlarmGrouping.None,
            SuppressedBy = Find(element, path, "suppressedBy", Texts) ?? [],
            ReAlarmAfter = Seconds(element, path, "reAlarmAfterSeconds"),
            When = Find(element, path, "when", Threshold),
            Parameters = Find(element, path, "parameters", Numbers) ?? [],
            Source = Need(element, path, "source", Text),
            Status = Need(element, path, "status", Text),
            ValidFrom = Need(element, path, "validFrom", Text),
        };
    }

    private ThresholdCondition Threshold(JsonElement when, string path)
    {
        Expect(when, path, JsonValueKind.Object, "an object");
        var property = Need(when, path, "property", Text);
        var isAbove = when.TryGetProperty("above", out _);
        if (isAbove && when.TryGetProperty("below", out _))
            throw Refusal(path, "alarm-rules/value", "is both above and below");
        var limit = Number(Required(when, path, isAbove ? "above" : "below"),
            $"{path}.{(isAbove ? "above" : "below")}");
        var clearName = isAbove ? "clearBelow" : "clearAbove";
        var clear = when.TryGetProperty(clearName, out var clearing) ? Number(clearing, $"{path}.{clearName}") : limit;
        return (isAbove ? clear <= limit : clear >= limit)
            ? new ThresholdCondition(property, isAbove, limit, clear)
            : throw Refusal($"{path}.{clearName}", "alarm-rules/value", "is on the wrong side of the limit");
    }

    private string Code(JsonElement value, string path) =>
        Text(value, path) is { Length: > 0 and <= CodeLengthMax } code
        ? code
        : throw Refusal(path, "alarm-rules/value", $"is not 1 to {CodeLengthMax} characters");

    private TimeSpan? Seconds(JsonElement element, string path, string name)
    {
        if (!element.TryGetProperty(name, out var value))
            return null;
        var seconds = Number(value, $"{path}.{name}");
        return seconds is >= 0 and <= DelaySecondsMax
            ? TimeSpan.FromSeconds(seconds)
            : throw Refusal($"{path}.{name}", "alarm-rules/value", $"is not 0 to {DelaySecondsMax}");
    }

    // By its name only: the numbers of an enum, and sums of names, are no names.
    private T Name<T>(JsonElement value, string path)
        where T : struct, Enum
    {
        var text = Text(value, path);
        foreach (var name in Enum.GetNames<T>())
            if (name.Equals(text, StringComparison.OrdinalIgnoreCase))
                return Enum.Parse<T>(name);
        throw Refusal(path, "alarm-rules/value", $"'{text}' is not one of {string.Join(", ", Enum.GetNames<T>())}");
    }

    private bool Flag(JsonElement value, string path) => value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw Refusal(path, "alarm-rules/type", "is neither true nor false");

    private double Number(JsonElement value, string path)
    {
        Expect(value, path, JsonValueKind.Number, "a number");
        return double.IsFinite(value.GetDouble())
            ? value.GetDouble()
            : throw Refusal(path, "alarm-rules/value", "is beyond any number that can be compared");
    }

    private string Text(JsonElement value, string path)
    {
        Expect(value, path, JsonValueKind.String, "a text");
        return value.GetString()!;
    }

    private string[] Texts(JsonElement value, string path)
    {
        Expect(value, path, JsonValueKind.Array, "an array");
        return [.. value.EnumerateArray().Select((item, index) => Text(item, $"{path}[{index}]"))];
    }

    private Dictionary<string, double> Numbers(JsonElement value, string path)
    {
        Expect(value, path, JsonValueKind.Object, "an object");
        var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var entry in value.EnumerateObject())
            if (!numbers.TryAdd(entry.Name, Number(entry.Value, $"{path}.{entry.Name}")))
                throw Refusal($"{path}.{entry.Name}", "alarm-rules/twice", "is there twice");
        return numbers;
    }

    private LocalizedText Localized(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.String)
            return LocalizedText.Same(value.GetString()!);
        Expect(value, path, JsonValueKind.Object, "a text or a text in three languages");
        return new LocalizedText(
            Need(value, path, "en", Text), Need(value, path, "ru", Text), Need(value, path, "kk", Text));
    }

    private T Need<T>(JsonElement element, string path, string name, Func<JsonElement, string, T> read) =>
        read(Required(element, path, name), PathOf(path, name));

    private static T? Find<T>(JsonElement element, string path, string name, Func<JsonElement, string, T> read)
        where T : class =>
        element.TryGetProperty(name, out var value) ? read(value, PathOf(path, name)) : null;

    private JsonElement Required(JsonElement element, string path, string name) =>
        element.TryGetProperty(name, out var value)
            ? value
            : throw Refusal(PathOf(path, name), "alarm-rules/missing", "is missing");

    private void Expect(JsonElement value, string path, JsonValueKind kind, string name)
    {
        if (value.ValueKind != kind)
            throw Refusal(path, "alarm-rules/type", $"is not {name}");
    }

    private static string PathOf(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private SchemaException Refusal(string path, string rule, string message) =>
        new(new DtdlProblem(file, path, rule, message));
}
