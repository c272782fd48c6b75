using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// Alarms of one cause under one twin, shown as one entry (ISA-18.2 §10.5 alarm grouping; OPC UA Part 9 §5.8.12 alarm
/// groups and first-out). Belongs to its board. Open until no member needs anybody; then its figures are frozen.
/// </summary>
public sealed class Incident
{
    private readonly HashSet<Alarm> _members = [];
    private readonly int[] _byPriority = new int[(int)AlarmPriority.Critical + 1];
    private IReadOnlyList<string> _closedMembers = [];
    private int _ofOwnCode;
    private AlarmPriority _closedPriority;
    private int _closedTotal;

    internal Incident(TwinHandle group, string groupId, string code, ulong sequence, Instant openedAt)
    {
        Group = group;
        GroupTwinId = groupId;
        Code = code;
        Sequence = sequence;
        Id = $"INC-{groupId}:{code}:{sequence}";
        OpenedAt = openedAt;
    }

    public string Id { get; }

    /// <summary>The building, feeder, cabinet, district or city that the members stand under.</summary>
    public string GroupTwinId { get; }

    public TwinHandle Group { get; }

    /// <summary>The code of the rule that opened it; members that only follow from it may have others.</summary>
    public string Code { get; }

    /// <summary>The rule of that code; none while no member has it.</summary>
    public AlarmRule? Rule { get; private set; }

    /// <summary>The one member of the incident's own code, from which the others follow; none where there are several.</summary>
    public Alarm? Cause => _ofOwnCode == 1 ? _members.First(member => member.Code == Code) : null;

    public ulong Sequence { get; }

    /// <summary>When the board opened it.</summary>
    public Instant OpenedAt { get; }

    /// <summary>When the board closed it; never, while it is open.</summary>
    public Instant ClosedAt { get; private set; } = Instant.Never;

    /// <summary>Its members all follow from this other incident, which took them over.</summary>
    public string? MergedInto { get; private set; }

    /// <summary>The member with the earliest event time, ties by id; does not depend on who arrived first.</summary>
    public string FirstOutId { get; private set; } = "";

    public Instant FirstOutAt { get; private set; } = Instant.Never;

    /// <summary>The latest activation of a member, by event time.</summary>
    public Instant LatestAt { get; internal set; } = Instant.Never;

    public bool IsOpen => ClosedAt.IsNever;

    /// <summary>More than one alarm; below that it is only a record, and the alarm is shown itself.</summary>
    public bool IsGroup => Total > 1;

    public int Total => IsOpen ? _members.Count : _closedTotal;

    public int Active { get; private set; }

    public int Unacknowledged { get; private set; }

    /// <summary>Members that an operator would see one by one; none for lamps, which are journalled.</summary>
    public int Annunciated { get; private set; }

    /// <summary>Highest level of a member that is shown.</summary>
    public int EscalationLevel => IsOpen ? _members.Select(Level).DefaultIfEmpty().Max() : 0;

    /// <summary>The highest of its members.</summary>
    public AlarmPriority Priority =>
        IsOpen ? (AlarmPriority)Math.Max(0, Array.FindLastIndex(_byPriority, count => count > 0)) : _closedPriority;

    /// <summary>As if it were one alarm.</summary>
    public AlarmState State =>
        AskingActive > 0 ? AlarmState.UnackActive
        : Asking > 0 ? AlarmState.UnackReturned
        : Active > 0 ? AlarmState.AckActive
        : Open > 0 ? AlarmState.LatchedAck
        : AlarmState.Normal;

    internal int Asking { get; private set; }

    internal int AskingActive { get; private set; }

    /// <summary>Members that are not normal.</summary>
    internal int Open { get; private set; }

    internal Alarm? FirstOut { get; private set; }

    internal IReadOnlyCollection<Alarm> Attached => _members;

    internal AlarmEntry? Entry { get; set; }

    /// <summary>Members, latest activation first; as many as asked for.</summary>
    public IReadOnlyList<string> Members(int limit) => IsOpen
        ? [.. _members
            .OrderByDescending(member => member.ActiveSince)
            .ThenBy(member => member.Id, StringComparer.Ordinal)
            .Take(limit)
            .Select(member => member.Id)]
        : [.. _closedMembers.Take(limit)];

    internal void Attach(Alarm alarm)
    {
        _members.Add(alarm);
        _byPriority[(int)alarm.Priority]++;
        if (alarm.Code == Code)
        {
            Rule = alarm.Rule;
            _ofOwnCode++;
        }

        alarm.Incident = this;
        alarm.IncidentId = Id;
        alarm.IncidentEventAt = alarm.ActiveSince;
        Consider(alarm);
    }

    /// <summary>A member from a stored board.</summary>
    internal void Restore(Alarm alarm, Instant eventAt)
    {
        var latest = LatestAt;
        Attach(alarm);
        alarm.IncidentEventAt = eventAt;
        Consider(alarm);
        LatestAt = latest;
    }

    internal void Detach(Alarm alarm)
    {
        _members.Remove(alarm);
        _byPriority[(int)alarm.Priority]--;
        _ofOwnCode -= alarm.Code == Code ? 1 : 0;
        alarm.Incident = null;
        alarm.IncidentEventAt = Instant.Never;
        if (FirstOut != alarm && alarm.ActiveSince < LatestAt)
            return;
        FirstOut = null;
        LatestAt = Instant.Never;
        foreach (var member in _members)
            Consider(member);
    }

    /// <summary>A member was activated.</summary>
    internal void Consider(Alarm alarm)
    {
        if (alarm.ActiveSince < alarm.IncidentEventAt)
            alarm.IncidentEventAt = alarm.ActiveSince;
        if (alarm.ActiveSince > LatestAt)
            LatestAt = alarm.ActiveSince;
        var isFirst = FirstOut is null || FirstOut == alarm || alarm.IncidentEventAt < FirstOut.IncidentEventAt
            || (alarm.IncidentEventAt == FirstOut.IncidentEventAt && string.CompareOrdinal(alarm.Id, FirstOut.Id) < 0);
        if (!isFirst)
            return;
        FirstOut = alarm;
        FirstOutId = alarm.Id;
        FirstOutAt = alarm.IncidentEventAt;
    }

    /// <summary>Counts a member's state in, or out with -1.</summary>
    internal void Count(Alarm alarm, int sign)
    {
        Active += alarm.IsActive ? sign : 0;
        Unacknowledged += alarm.IsUnacknowledged ? sign : 0;
        Open += alarm.Underlying != AlarmState.Normal ? sign : 0;
        Annunciated += alarm.IsAnnunciated ? sign : 0;
        Asking += alarm.IsAsking ? sign : 0;
        AskingActive += alarm.IsAsking && alarm.IsActive ? sign : 0;
    }

    /// <summary>Freezes the figures; the members that it still had are free.</summary>
    internal Alarm[] Close(Instant at, int membersShown, string? mergedInto)
    {
        _closedMembers = Members(membersShown);
        _closedPriority = Priority;
        _closedTotal = _members.Count;
        MergedInto = mergedInto;
        ClosedAt = at;
        Alarm[] freed = [.. _members];
        _members.Clear();
        _ofOwnCode = 0;
        FirstOut = null;
        return freed;
    }

    /// <summary>A closed incident from a stored board.</summary>
    internal void RestoreClosed(
        Instant closedAt, string? mergedInto, string firstOutId, Instant firstOutAt, AlarmPriority priority, int total,
        IReadOnlyList<string> members)
    {
        (ClosedAt, MergedInto, FirstOutId, FirstOutAt) = (closedAt, mergedInto, firstOutId, firstOutAt);
        (_closedPriority, _closedTotal, _closedMembers) = (priority, total, members);
    }

    private static int Level(Alarm member) => member.IsAnnunciated ? member.EscalationLevel : 0;
}
