using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// How the alarm system itself performs (ISA-18.2 §16, IEC 62682 §16, EEMUA 191; OPC UA Part 9 §5.9
/// AlarmMetricsType). Annunciations are counted, an incident as one; journalled alarms are not.
/// </summary>
/// <param name="From">Start of the first period looked at: not before the board began, nor before 30 days.</param>
/// <param name="Operators">Rates are for each of so many.</param>
/// <param name="Annunciated">For all operators together.</param>
public sealed record AlarmKpis(
    Instant From, Instant To, int Operators, int Annunciated, IReadOnlyList<AlarmKpi> Figures,
    IReadOnlyList<AlarmSource> TopSources, IReadOnlyList<string> Chattering, IReadOnlyList<AlarmPeriod> Periods)
{
    /// <exception cref="InvalidOperationException">There is no such figure.</exception>
    public AlarmKpi this[string code] => Figures.First(figure => figure.Code == code);
}

/// <summary>One figure with what it should be.</summary>
/// <param name="Value">Undefined where nothing was there to be measured.</param>
/// <param name="Target">Undefined where the norms name none.</param>
public sealed record AlarmKpi(string Code, double? Value, AlarmTarget? Target)
{
    public bool? IsMet => Value is not { } value || Target is null
        ? null
        : (Target.AtMost is not { } most || value <= most) && (Target.AtLeast is not { } least || value >= least);
}

/// <summary>An alarm or a group, and how often it was annunciated.</summary>
/// <param name="Id">Of the alarm, or the group twin and code that incidents are gathered under.</param>
public sealed record AlarmSource(string Id, int Count, double Share);

/// <summary>Ten minutes.</summary>
public readonly record struct AlarmPeriod(Instant From, int Annunciated);
