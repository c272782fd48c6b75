using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>One line of the operators' list: an alarm, or an incident that stands for all its members.</summary>
public sealed class AlarmEntry
{
    internal AlarmEntry(Alarm alarm)
    {
        (Alarm, Id, Priority, State) = (alarm, alarm.Id, alarm.Priority, alarm.State);
        (IsUnacknowledged, LatestAt) = (alarm.IsUnacknowledged, alarm.ActiveSince);
    }

    internal AlarmEntry(Incident incident)
    {
        Alarm = incident.FirstOut!;
        Incident = incident;
        (Id, Priority) = (incident.IsGroup ? incident.Id : Alarm.Id, incident.Priority);
        (State, IsUnacknowledged, LatestAt) = (incident.State, incident.Asking > 0, incident.LatestAt);
    }

    /// <summary>Of the incident where it is a group, else of the alarm.</summary>
    public string Id { get; }

    /// <summary>The alarm itself, or the incident's first-out.</summary>
    public Alarm Alarm { get; }

    /// <summary>The incident that the alarms are gathered in; one of a single member is shown as its alarm.</summary>
    public Incident? Incident { get; }

    public bool IsGroup => Incident is { IsGroup: true };

    public AlarmPriority Priority { get; }

    public AlarmState State { get; }

    public bool IsUnacknowledged { get; }

    /// <summary>Latest activation, by event time.</summary>
    public Instant LatestAt { get; }
}

/// <summary>Highest priority first, then unacknowledged, then newest, then by id.</summary>
internal sealed class AlarmEntryOrder : IComparer<AlarmEntry>
{
    public static readonly AlarmEntryOrder Instance = new();

    public int Compare(AlarmEntry? x, AlarmEntry? y)
    {
        if (ReferenceEquals(x, y))
            return 0;
        var order = y!.Priority.CompareTo(x!.Priority);
        if (order == 0)
            order = y.IsUnacknowledged.CompareTo(x.IsUnacknowledged);
        if (order == 0)
            order = y.LatestAt.CompareTo(x.LatestAt);
        return order != 0 ? order : string.CompareOrdinal(x.Id, y.Id);
    }
}

/// <summary>Which entries somebody wants to see; what is undefined does not filter.</summary>
public sealed record AlarmQuery
{
    public const int LimitDefault = 200;

    /// <summary>Id of the district that the alarm's twin, or the incident's group, stands in.</summary>
    public string? DistrictId { get; init; }

    public AlarmPriority? PriorityMin { get; init; }

    public AlarmState? State { get; init; }

    public bool? IsUnacknowledged { get; init; }

    /// <summary>Kind of the alarm's twin, or of the incident's first-out.</summary>
    public TwinKind? Kind { get; init; }

    /// <summary>At most this many; the norms bound it.</summary>
    public int Limit { get; init; } = LimitDefault;
}

/// <summary>How many there are, kept with every change.</summary>
public sealed class AlarmCounts
{
    private const int States = (int)AlarmState.OutOfService + 1;
    private const int Priorities = (int)AlarmPriority.Critical + 1;

    private readonly int[] _alarms = new int[States * Priorities];
    private readonly int[] _entries = new int[Priorities];
    private readonly int[] _asking = new int[Priorities];

    /// <summary>Alarms the board knows in a state, hidden and journalled ones too.</summary>
    public int this[AlarmState state]
    {
        get
        {
            var count = 0;
            for (var priority = 0; priority < Priorities; priority++)
                count += _alarms[priority * States + (int)state];
            return count;
        }
    }

    public int this[AlarmPriority priority, AlarmState state] => _alarms[(int)priority * States + (int)state];

    /// <summary>Lines of the operators' list.</summary>
    public int Entries(AlarmPriority priority) => _entries[(int)priority];

    /// <summary>Lines that wait for an acknowledgement.</summary>
    public int UnacknowledgedEntries(AlarmPriority priority) => _asking[(int)priority];

    internal void Count(Alarm alarm, int sign) =>
        _alarms[(int)alarm.Priority * States + (int)alarm.State] += sign;

    internal void Count(AlarmEntry entry, int sign)
    {
        _entries[(int)entry.Priority] += sign;
        _asking[(int)entry.Priority] += entry.IsUnacknowledged ? sign : 0;
    }
}
