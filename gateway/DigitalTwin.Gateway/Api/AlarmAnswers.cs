using System.Text.Json.Serialization;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Api;

/// <summary>An alarm, or an incident that stands for its members, as the API shows it; contracts §1.</summary>
public sealed record AlarmAnswer
{
    /// <summary><c>alarm</c> or <c>incident</c>.</summary>
    public required string Kind { get; init; }
    public required string Id { get; init; }
    public required string Code { get; init; }
    public required NameAnswer Text { get; init; }

    /// <summary>What the operator is to do.</summary>
    public NameAnswer? Action { get; init; }
    public required AlarmPriority Priority { get; init; }
    public required AlarmState State { get; init; }
    public required string Twin { get; init; }
    public required NameAnswer TwinName { get; init; }
    public required TwinKind TwinKind { get; init; }
    public string? District { get; init; }
    public required IReadOnlyList<double> Position { get; init; }
    public required DateTimeOffset RaisedAt { get; init; }
    public DateTimeOffset? ReturnedAt { get; init; }
    public DateTimeOffset? AcknowledgedAt { get; init; }
    public string? AcknowledgedBy { get; init; }
    public string? Comment { get; init; }
    public string? Assignee { get; init; }

    /// <summary>How often it went unanswered for too long.</summary>
    public int Escalation { get; init; }
    public double? Value { get; init; }
    public int Activations { get; init; }
    public bool IsChattering { get; init; }
    public bool IsStale { get; init; }
    public DateTimeOffset? ShelvedUntil { get; init; }
    public string? ShelvedBy { get; init; }

    /// <summary>Why it is shelved, suppressed or out of service.</summary>
    public string? Reason { get; init; }

    /// <summary>Of an incident: alarms in it, those still active, its first, and the twin they are gathered under.</summary>
    public int? Members { get; init; }
    public int? Active { get; init; }
    public string? FirstOut { get; init; }
    public string? Group { get; init; }
}

/// <summary>How many lines the operators' list has.</summary>
public sealed record AlarmCountsAnswer(
    int Critical, int High, int Medium, int Low, int Journal, int Unacknowledged, int Shelved, int Suppressed, int OutOfService);

/// <summary>The operators' list.</summary>
public sealed record AlarmListAnswer(ulong Revision, AlarmCountsAnswer Counts, IReadOnlyList<AlarmAnswer> Entries);

/// <summary>The alarms of one twin that are not normal, journalled ones too.</summary>
public sealed record TwinAlarmsAnswer(IReadOnlyList<AlarmAnswer> Alarms);

/// <summary>An incident and its newest members.</summary>
public sealed record IncidentAnswer(AlarmAnswer Entry, IReadOnlyList<AlarmAnswer> Alarms, int Total);

/// <summary>One thing that happened to one alarm.</summary>
public sealed record AlarmTransitionAnswer(
    ulong Sequence, DateTimeOffset At, DateTimeOffset RecordedAt, string Alarm, string Twin, string Code, string Event,
    AlarmState From, AlarmState To, string? By, string? Comment);

/// <summary>A page of the journal, newest first.</summary>
/// <param name="Next">What <c>before</c> is to be for the next page; undefined where there may be none.</param>
public sealed record AlarmJournalAnswer(IReadOnlyList<AlarmTransitionAnswer> Entries, ulong? Next);

/// <summary>A figure of the alarm system's own performance, and what it should be.</summary>
public sealed record AlarmKpiAnswer(string Id, double? Value, double? Target, string? Unit, bool? IsMet, string? Source);

/// <summary>An alarm or group that was annunciated often.</summary>
public sealed record AlarmSourceAnswer(string Twin, string Code, int Count, double SharePercent);

/// <summary>Shares of the annunciations by priority, in percent.</summary>
public sealed record PrioritySplitAnswer(double Critical, double High, double Medium, double Low);

/// <summary>How the alarm system performs (ISA-18.2 §16).</summary>
public sealed record AlarmKpisAnswer(
    IReadOnlyList<AlarmKpiAnswer> Items, IReadOnlyList<AlarmSourceAnswer> TopSources, PrioritySplitAnswer PrioritySplit);

/// <summary>A rule as it stands in the data, with its source.</summary>
public sealed record AlarmRuleAnswer(
    string Code, IReadOnlyList<string> Models, NameAnswer Text, NameAnswer? Action, AlarmPriority Priority,
    double OnDelaySeconds, double OffDelaySeconds, bool IsLatched, AlarmGrouping GroupBy, IReadOnlyList<string> SuppressedBy,
    ThresholdCondition? When, IReadOnlyDictionary<string, double> Parameters, string Source, string Status, string ValidFrom);

/// <summary>All rules that are in force.</summary>
public sealed record AlarmRulesAnswer(string Version, IReadOnlyList<AlarmRuleAnswer> Rules);

/// <summary>What an operator says with an act; which members count depends on the act.</summary>
public sealed record AlarmActRequest(string? By, string? Comment, string? Reason, double? Minutes, bool? OneShot, string? To);

/// <summary>The state after an act.</summary>
public sealed record AlarmActAnswer(AlarmState State);

/// <summary>What the hub tells every view when the board changed.</summary>
public sealed record AlarmNews(
    ulong Revision, int Critical, int High, int Medium, int Low, int Unacknowledged,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AlarmBanner? Banner);

/// <summary>A city-wide alarm that everybody must see.</summary>
public sealed record AlarmBanner(string Code, NameAnswer Text, string Twin, DateTimeOffset At);

/// <summary>Turns the board's alarms into answers; on the desk's loop, so that nothing of the board leaves it.</summary>
internal static class AlarmAnswers
{
    public static AlarmAnswer Of(AlarmEntry entry, CityGraph graph) => entry is { IsGroup: true, Incident: { } incident }
        ? Of(incident, entry.Alarm, graph)
        : Of(entry.Alarm, graph);

    /// <summary>An incident is told by what caused it, in the words of its own rule, and placed where that is.</summary>
    public static AlarmAnswer Of(Incident incident, Alarm firstOut, CityGraph graph)
    {
        var rule = incident.Rule ?? firstOut.Rule;
        var (place, id) = incident.Cause is { } cause ? (cause.Twin, cause.TwinId) : (incident.Group, incident.GroupTwinId);
        return Of(firstOut, graph) with
        {
            Kind = "incident",
            Id = incident.Id,
            Code = incident.Code,
            Text = TextOf(rule.Text),
            Action = rule.Action is { } action ? TextOf(action) : null,
            Priority = incident.Priority,
            State = incident.State,
            Twin = id,
            TwinName = NameOf(graph, place, id),
            TwinKind = graph.ModelOf(place).Kind,
            District = DistrictOf(graph, place),
            Position = PositionOf(graph, place),
            RaisedAt = incident.FirstOutAt.ToDateTimeOffset(),
            Reason = null,
            Members = incident.Total,
            Active = incident.Active,
            FirstOut = firstOut.TwinId,
            Group = incident.GroupTwinId,
            Escalation = incident.EscalationLevel,
        };
    }

    public static AlarmAnswer Of(Alarm alarm, CityGraph graph) => new()
    {
        Kind = "alarm",
        Id = alarm.Id,
        Code = alarm.Code,
        Text = TextOf(alarm.Rule.Text),
        Action = alarm.Rule.Action is { } action ? TextOf(action) : null,
        Priority = alarm.Priority,
        State = alarm.State,
        Twin = alarm.TwinId,
        TwinName = NameOf(graph, alarm.Twin, alarm.TwinId),
        TwinKind = graph.ModelOf(alarm.Twin).Kind,
        District = DistrictOf(graph, alarm.Twin),
        Position = PositionOf(graph, alarm.Twin),
        RaisedAt = alarm.RaisedAt.IsNever ? DateTimeOffset.UnixEpoch : alarm.RaisedAt.ToDateTimeOffset(),
        ReturnedAt = alarm.IsActive ? null : TimeOf(alarm.ReturnedAt),
        AcknowledgedAt = TimeOf(alarm.AcknowledgedAt),
        AcknowledgedBy = alarm.AcknowledgedBy,
        Comment = alarm.AcknowledgeComment,
        Assignee = alarm.Assignee,
        Escalation = alarm.EscalationLevel,
        Value = double.IsFinite(alarm.Value) ? alarm.Value : null,
        Activations = alarm.Activations,
        IsChattering = alarm.IsChattering,
        IsStale = alarm.IsStale,
        ShelvedUntil = TimeOf(alarm.ShelvedUntil),
        ShelvedBy = alarm.ShelvedBy ?? alarm.OutOfServiceBy,
        Reason = alarm.OutOfServiceReason ?? alarm.ShelveReason ?? alarm.SuppressedById,
        Group = alarm.IncidentId,
    };

    public static AlarmCountsAnswer Counts(AlarmBoard board)
    {
        var counts = board.Counts;
        var journal = counts[AlarmPriority.Journal, AlarmState.AckActive] + counts[AlarmPriority.Journal, AlarmState.UnackActive];
        return new AlarmCountsAnswer(
            counts.Entries(AlarmPriority.Critical), counts.Entries(AlarmPriority.High), counts.Entries(AlarmPriority.Medium),
            counts.Entries(AlarmPriority.Low), journal, Unacknowledged(counts), counts[AlarmState.Shelved],
            counts[AlarmState.Suppressed], counts[AlarmState.OutOfService]);
    }

    public static AlarmNews News(AlarmBoard board, CityGraph graph)
    {
        var counts = board.Counts;
        return new AlarmNews(
            board.Revision, counts.Entries(AlarmPriority.Critical), counts.Entries(AlarmPriority.High),
            counts.Entries(AlarmPriority.Medium), counts.Entries(AlarmPriority.Low), Unacknowledged(counts), BannerOf(board));

        AlarmBanner? BannerOf(AlarmBoard shown) => shown
            .Annunciated(new AlarmQuery { PriorityMin = AlarmPriority.Critical, IsUnacknowledged = true, Limit = 50 })
            .Where(entry => entry.Alarm.Rule.GroupBy == AlarmGrouping.City)
            .Select(entry => new AlarmBanner(
                entry.Alarm.Code, TextOf(entry.Alarm.Rule.Text), entry.Alarm.TwinId, entry.Alarm.RaisedAt.ToDateTimeOffset()))
            .FirstOrDefault();
    }

    public static NameAnswer TextOf(LocalizedText text) => NameAnswer.Of(text);

    private static int Unacknowledged(AlarmCounts counts) =>
        counts.UnacknowledgedEntries(AlarmPriority.Critical) + counts.UnacknowledgedEntries(AlarmPriority.High)
        + counts.UnacknowledgedEntries(AlarmPriority.Medium) + counts.UnacknowledgedEntries(AlarmPriority.Low);

    private static DateTimeOffset? TimeOf(Instant time) => time.IsNever ? null : time.ToDateTimeOffset();

    private static string? DistrictOf(CityGraph graph, TwinHandle twin) =>
        graph.DistrictOf(twin) is { IsNone: false } district ? graph.IdOf(district) : null;

    private static double[] PositionOf(CityGraph graph, TwinHandle twin)
    {
        var place = graph.PositionOf(twin);
        return [place.LongitudeDegrees, place.LatitudeDegrees];
    }

    private static NameAnswer NameOf(CityGraph graph, TwinHandle twin, string id)
    {
        if (TwinTitles.NameOf(graph, twin) is { } name)
            return name;
        // A meter is told by its building, a lamp by its street, a feeder by its district.
        var place = TwinTitles.SubtitleOf(graph, twin, id);
        var district = graph.DistrictOf(twin) is { IsNone: false } area ? TwinTitles.NameOf(graph, area) : null;
        if (place is not null && place == district?.En)
            return new NameAnswer($"{id}, {district.En}", $"{id}, {district.Ru}", $"{id}, {district.Kk}");
        var title = place is null ? id : $"{id}, {place}";
        return new NameAnswer(title, title, title);
    }
}
