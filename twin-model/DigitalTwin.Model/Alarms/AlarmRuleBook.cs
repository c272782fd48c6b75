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

    /// <exception cref="SchemaException">
    /// The document is not a book of rules; says where in it, which rule of the format it breaks and how.
    /// </exception>
    public static AlarmRuleBook Parse(string file, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var (rules, version) = new AlarmRuleReader(file).Read(document.RootElement);
            return new AlarmRuleBook(rules, version);
        }
        catch (JsonException wrong)
        {
            throw new SchemaException(new DtdlProblem(file, "", "alarm-rules/json", wrong.Message));
        }
    }
}
