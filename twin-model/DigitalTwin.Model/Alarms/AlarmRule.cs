using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Alarms;

/// <summary>How much an alarm asks of an operator; the numbers are part of the API.</summary>
public enum AlarmPriority : byte
{
    /// <summary>Recorded, counted and shown at the twin, but not annunciated.</summary>
    Journal = 0,
    Low = 1,
    Medium = 2,
    High = 3,
    Critical = 4,
}

/// <summary>What alarms of one cause are gathered under.</summary>
public enum AlarmGrouping : byte
{
    None,
    Building,
    Feeder,
    Cabinet,
    District,
    City,
}

/// <summary>A threshold on one property, with its hysteresis; declared in data.</summary>
/// <param name="IsAbove">Raises above the limit, else below it.</param>
/// <param name="ClearLimit">The value must pass this, the other way, to clear.</param>
public sealed record ThresholdCondition(string Property, bool IsAbove, double Limit, double ClearLimit)
{
    /// <summary>What a value says: raise, hold or clear.</summary>
    public AlarmTest Test(double value)
    {
        if (IsAbove ? value > Limit : value < Limit)
            return AlarmTest.Raise;
        return (IsAbove ? value <= ClearLimit : value >= ClearLimit) ? AlarmTest.Clear : AlarmTest.Hold;
    }
}

/// <summary>
/// What raises an alarm on which models, how it is confirmed and cleared, and where that comes from: one entry of
/// <c>twin-model/norms/alarm-rules.json</c>.
/// </summary>
public sealed record AlarmRule
{
    /// <summary>Position in the book; stable for one book only. The code and the models say it for ever.</summary>
    public required int Index { get; init; }

    public required string Code { get; init; }

    /// <summary>Models (or models they extend) that the rule is for.</summary>
    public required IReadOnlyList<string> ModelIds { get; init; }

    public required LocalizedText Text { get; init; }

    /// <summary>What the operator is to do (ISA-18.2 §6: rationalisation); undefined where the text says it.</summary>
    public LocalizedText? Action { get; init; }

    public required AlarmPriority Priority { get; init; }

    /// <summary>The condition must last so long before the alarm is raised.</summary>
    public required TimeSpan OnDelay { get; init; }

    /// <summary>It must be gone so long before the alarm clears.</summary>
    public required TimeSpan OffDelay { get; init; }

    /// <summary>Stays until somebody resets it, even when the condition is gone.</summary>
    public bool IsLatched { get; init; }

    public AlarmGrouping GroupBy { get; init; }

    /// <summary>Alarms of the same twin, or of what feeds it, that make this one follow from them.</summary>
    public IReadOnlyList<string> SuppressedBy { get; init; } = [];

    /// <summary>An acknowledged alarm that is still active asks again after this.</summary>
    public TimeSpan? ReAlarmAfter { get; init; }

    public ThresholdCondition? When { get; init; }

    /// <summary>Named numbers of the rule, with their unit in the name.</summary>
    public required IReadOnlyDictionary<string, double> Parameters { get; init; }

    public required string Source { get; init; }

    public required string Status { get; init; }

    public required string ValidFrom { get; init; }

    /// <exception cref="SchemaException">The rule lacks a number that its code needs.</exception>
    public double this[string parameter] => Parameters.TryGetValue(parameter, out var value)
        ? value
        : throw new SchemaException(AlarmRuleBook.FileName, $"{Code} lacks the parameter '{parameter}'");
}
