using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// The rule of a code for a twin: several rules may have one code for different models. The one that names the twin's
/// model goes first, then one that names a model that it extends.
/// </summary>
internal sealed class AlarmRuleLookup(CityGraph graph, AlarmRuleBook rules)
{
    private readonly Dictionary<(int Model, string Code), AlarmRule?> _found = [];
    private readonly ILookup<string, AlarmRule> _byCode =
        rules.Rules.ToLookup(rule => rule.Code, StringComparer.Ordinal);

    public AlarmRule? Find(TwinHandle twin, string code)
    {
        // Codes that no rule has are not remembered: there is no end of them.
        if (!_byCode.Contains(code))
            return null;
        var model = graph.ModelOf(twin);
        if (!_found.TryGetValue((model.Index, code), out var rule))
            _found[(model.Index, code)] = rule = Choose(model, code);
        return rule;
    }

    private AlarmRule? Choose(TwinModel model, string code) =>
        _byCode[code].FirstOrDefault(rule => rule.ModelIds.Contains(model.Id))
        ?? _byCode[code].FirstOrDefault(rule => rule.ModelIds.Any(model.IsA));
}
