using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Alarms;

/// <summary>One rule as the code of a kind uses it: its position at the model, and its numbers; absent where the model lacks it.</summary>
internal sealed class AlarmHandle(TwinRuleSet rules, string code)
{
    private readonly AlarmRule? _rule = rules.IndexOf(code) is >= 0 and var found ? rules.Alarms[found] : null;

    /// <summary>Position among the model's rules, or −1.</summary>
    public int Position { get; } = rules.IndexOf(code);

    public bool Exists => _rule is not null;

    /// <summary>A number of the rule; NaN where the model lacks the rule, so that no comparison holds.</summary>
    public double Number(string parameter) => _rule is null ? double.NaN : _rule[parameter];
}
