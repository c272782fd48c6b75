using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// One alarm of one twin as the board knows it (ISA-18.2 §5.3; OPC UA Part 9 §5.8 AlarmConditionType). Belongs to its
/// board: only the board changes it, and only the board's thread reads it.
/// </summary>
public sealed class Alarm
{
    private long[] _activations = [];

    internal Alarm(string id, TwinHandle twin, string twinId, AlarmRule rule)
    {
        Id = id;
        Twin = twin;
        TwinId = twinId;
        Rule = rule;
    }

    /// <summary>The twin's id, a colon and the code.</summary>
    public string Id { get; }

    public TwinHandle Twin { get; }

    public string TwinId { get; }

    public AlarmRule Rule { get; }

    public string Code => Rule.Code;

    public AlarmPriority Priority => Rule.Priority;

    /// <summary>What an operator sees: an overlay, or the state under it.</summary>
    public AlarmState State =>
        IsOutOfService ? AlarmState.OutOfService
        : IsSuppressed ? AlarmState.Suppressed
        : IsShelved ? AlarmState.Shelved
        : Underlying;

    /// <summary>The state of the condition, kept while something lies over it.</summary>
    public AlarmState Underlying { get; internal set; }

    public bool IsShelved => !ShelvedUntil.IsNever;

    public bool IsSuppressed => Suppressor is not null;

    public bool IsOutOfService { get; internal set; }

    /// <summary>The alarm that this one follows from, while it does.</summary>
    public string? SuppressedById => Suppressor?.Id;

    /// <summary>First activation since the alarm was last normal, by event time.</summary>
    public Instant RaisedAt { get; internal set; } = Instant.Never;

    /// <summary>Latest activation, by event time.</summary>
    public Instant ActiveSince { get; internal set; } = Instant.Never;

    /// <summary>Latest return, by event time; kept through the next activation.</summary>
    public Instant ReturnedAt { get; internal set; } = Instant.Never;

    /// <summary>What the condition was about at the latest activation; NaN where it is no number.</summary>
    public double Value { get; internal set; } = double.NaN;

    public Instant AcknowledgedAt { get; internal set; } = Instant.Never;
    public string? AcknowledgedBy { get; internal set; }
    public string? AcknowledgeComment { get; internal set; }
    public string? Assignee { get; internal set; }

    public Instant ShelvedUntil { get; internal set; } = Instant.Never;
    public string? ShelvedBy { get; internal set; }
    public string? ShelveReason { get; internal set; }
    public bool IsOneShot { get; internal set; }

    public string? OutOfServiceBy { get; internal set; }
    public string? OutOfServiceReason { get; internal set; }

    /// <summary>How often it went unanswered for too long; 0 again when somebody acknowledges.</summary>
    public int EscalationLevel { get; internal set; }

    /// <summary>Activations since the board has known it.</summary>
    public int Activations { get; internal set; }

    /// <summary>The incident it belongs to, or belonged to last.</summary>
    public string? IncidentId { get; internal set; }

    /// <summary>Comes and goes too often to be useful (ISA-18.2 §16.5.5).</summary>
    public bool IsChattering { get; internal set; }

    /// <summary>Went by itself before anybody could have acted on it, last time (ISA-18.2 §16.5.5).</summary>
    public bool IsFleeting { get; internal set; }

    /// <summary>Active for so long that it tells nothing (ISA-18.2 §16.5.6).</summary>
    public bool IsStale { get; internal set; }

    public bool IsActive => AlarmLifecycle.IsActive(Underlying);

    public bool IsUnacknowledged => AlarmLifecycle.IsUnacknowledged(Underlying);

    /// <summary>
    /// Shown in the operators' list: of a priority that asks for something, not normal and not hidden.
    /// </summary>
    public bool IsAnnunciated =>
        Priority != AlarmPriority.Journal && State is > AlarmState.Normal and < AlarmState.Shelved;

    /// <summary>Shown, and waiting for an acknowledgement.</summary>
    public bool IsAsking => IsAnnunciated && IsUnacknowledged;

    internal bool NeedsAcknowledgement => Priority != AlarmPriority.Journal;

    /// <summary>Hides what follows from it; an alarm out of service says nothing and so hides nothing.</summary>
    internal bool IsSuppressing => IsActive && !IsOutOfService;

    /// <summary>Nothing that an operator, a timer or an incident still needs; may be forgotten.</summary>
    internal bool IsQuiet => Underlying == AlarmState.Normal && !IsShelved && !IsOutOfService && Incident is null;

    internal Alarm? Suppressor { get; set; }

    /// <summary>The open incident it is a member of.</summary>
    internal Incident? Incident { get; set; }

    /// <summary>Earliest event time as a member of its incident.</summary>
    internal Instant IncidentEventAt { get; set; } = Instant.Never;

    /// <summary>Since when, by the board's clock, it asks; the escalation runs from here.</summary>
    internal Instant AskingSince { get; set; } = Instant.Never;

    /// <summary>When, by the board's clock, it last changed; the longest quiet one is forgotten first.</summary>
    internal Instant ChangedAt { get; set; } = Instant.Never;

    /// <summary>Until when, by the board's clock, it is called chattering.</summary>
    internal Instant ChatteringUntil { get; set; } = Instant.Never;

    /// <summary>When the next tick has something to do; kept by the index.</summary>
    internal Instant DueAt { get; set; } = Instant.Never;

    /// <summary>Its line in the operators' list; kept by the index.</summary>
    internal AlarmEntry? Entry { get; set; }

    /// <summary>Latest activations by event time, oldest first.</summary>
    internal ReadOnlySpan<long> RecentActivations => _activations;

    internal void RestoreActivations(long[] activations) => _activations = activations;

    /// <summary>Remembers an activation and says whether the latest ones are too many.</summary>
    internal bool CountActivation(Instant at, NuisanceNorm norm)
    {
        Activations++;
        // Sorted, because a gateway that was offline delivers in any order and must not make an alarm chatter.
        long[] all = [.. _activations, at.UnixMilliseconds];
        Array.Sort(all);
        var remembered = Math.Max(norm.ChatteringCountShort, norm.ChatteringCountLong);
        _activations = all.Length > remembered ? all[^remembered..] : all;
        return IsWithin(norm.ChatteringCountShort, norm.ChatteringShort)
            || IsWithin(norm.ChatteringCountLong, norm.ChatteringLong);
    }

    private bool IsWithin(int count, TimeSpan window) =>
        _activations.Length >= count && _activations[^1] - _activations[^count] <= (long)window.TotalMilliseconds;
}
