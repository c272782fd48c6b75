using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// Readings for one unit. A source gives every delivery a higher sequence than the one before, and has one at a time
/// on its way to a unit, so that one that comes again is known.
/// </summary>
/// <param name="Source">Who sends: drawn anew by each engine at its start.</param>
public sealed record UnitDelivery(
    int Unit, ulong Source, long Sequence, Instant ReceivedAt, IReadOnlyList<Reading> Readings);

/// <summary>What became of a delivery; all zero where it had come before.</summary>
public readonly record struct UnitReceipt(
    long Advanced, long Late, long Duplicate, long Screened, long Changes, long AlarmSignals)
{
    public static UnitReceipt operator +(UnitReceipt a, UnitReceipt b) => new(
        a.Advanced + b.Advanced, a.Late + b.Late, a.Duplicate + b.Duplicate, a.Screened + b.Screened,
        a.Changes + b.Changes, a.AlarmSignals + b.AlarmSignals);

    public static UnitReceipt Add(UnitReceipt left, UnitReceipt right) => left + right;
}

/// <summary>An operator's level for some lights of one unit.</summary>
public sealed record UnitOverride(IReadOnlyList<TwinHandle> Lights, double Percent, Instant Until, Instant Now)
{
    /// <summary>Ends the override of this level and time where it still stands.</summary>
    public bool IsEnd { get; init; }
}

/// <summary>What a unit tells one of its groups.</summary>
/// <param name="Group">The feeder, polycentre, district or city.</param>
/// <param name="Sequence">One more than the last that had a change of the sums; 0 where this one has none.</param>
/// <param name="Delta">How the unit's part of the group's sums changed.</param>
/// <param name="News">Twins that changed, for those who follow the area; empty for other groups.</param>
public sealed record UnitReport(
    int Unit, TwinHandle Group, long Sequence, Tally Delta, IReadOnlyList<TwinSummary> News)
{
    /// <summary>To its area: alarm signals wait in the unit to be fetched.</summary>
    public bool HasSignals { get; init; }
}

/// <summary>What a unit has told a group so far: its part of the sums, as of the last report that was received.</summary>
public readonly record struct UnitStanding(int Unit, long Sequence, Tally Part);

/// <summary>What changed in an area since a reader last asked.</summary>
/// <param name="Ticket">Given back with the next question; without it, what was handed out comes again.</param>
/// <param name="IsNew">The reader was not known: it must take all twins that have a state as changed.</param>
public sealed record AreaNews(long Ticket, bool IsNew, IReadOnlyList<TwinSummary> Changes);

/// <summary>Which units of an area have had alarm signals since a reader last asked.</summary>
/// <inheritdoc cref="AreaNews" path="/param[@name='Ticket']"/>
/// <param name="IsNew">The reader was not known: any unit may have some.</param>
public sealed record AreaSignals(long Ticket, bool IsNew, IReadOnlyList<int> Units);

/// <summary>What the alarm desk asks a unit.</summary>
/// <param name="Confirmed">The newest of the unit's signals that the desk has on disk; they may be forgotten.</param>
/// <param name="Standing">
/// Alarms of its twins that are on by the desk, as of that signal: where the twins know otherwise, they signal it. None
/// where that is not asked.
/// </param>
public sealed record SignalQuestion(long Confirmed, IReadOnlyList<StandingAlarm>? Standing);

/// <summary>An alarm that is on.</summary>
/// <param name="Rule">Index of the rule in the book.</param>
public readonly record struct StandingAlarm(TwinHandle Twin, ushort Rule);
