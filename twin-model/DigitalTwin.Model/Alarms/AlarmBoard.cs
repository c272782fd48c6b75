using System.Diagnostics;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// The city's alarm list (ISA-18.2, IEC 62682): what is active, who has seen it, what is hidden and why, and how the
/// alarms bear on those who must answer them. Event sourced: <see cref="Apply(AlarmInput)"/> is the only way in, and
/// the same inputs give the same board bit for bit. One thread.
/// </summary>
/// <remarks>
/// Everything is bounded by <see cref="AlarmCapacity"/>. When it is full: alarms that are long normal are forgotten,
/// then raises are refused with <see cref="AlarmOutcome.BoardFull"/>; the oldest closed incidents and transitions are
/// forgotten; further sources of a day count in the total only. A missed clear leaves an alarm active, never lost.
/// </remarks>
public sealed partial class AlarmBoard
{
    /// <summary>Of a name, a comment or a reason.</summary>
    public const int TextCharactersMax = 500;

    private readonly CityGraph _graph;
    private readonly AlarmRuleLookup _rules;
    private readonly AlarmNorms _norms;
    private readonly AlarmIndex _index = new();
    private readonly AlarmSuppression _suppression;
    private readonly IncidentLedger _incidents;
    private readonly AlarmJournal _journal;
    private readonly AlarmLoad _load;

    /// <exception cref="Schema.SchemaException">The rules and norms suppress in a circle.</exception>
    public AlarmBoard(CityGraph graph, AlarmRuleBook rules, AlarmNorms norms)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(norms);
        _graph = graph;
        _norms = norms;
        _rules = new AlarmRuleLookup(graph, rules);
        _suppression = new AlarmSuppression(graph, _index, rules, norms);
        _incidents = new IncidentLedger(graph, norms.Capacity);
        _journal = new AlarmJournal(norms.Capacity.JournalMax);
        _load = new AlarmLoad(norms);
    }

    /// <summary>Grows with every visible change, and only then.</summary>
    public ulong Revision { get; private set; }

    /// <summary>The board's clock: the latest time an input was recorded at.</summary>
    public Instant Now { get; private set; } = Instant.Never;

    public AlarmCounts Counts => _index.Counts;

    /// <summary>Alarms the board knows, quiet ones too.</summary>
    public int AlarmCount => _index.Count;

    public int OpenIncidentCount => _incidents.OpenCount;

    public int StaleCount => _index.StaleCount;

    public AlarmNorms Norms => _norms;

    internal AlarmBoardParts Parts => new(_index, _incidents, _journal, _load, _rules);

    /// <summary>Takes one input; a refusal changes nothing but the board's clock.</summary>
    public AlarmOutcome Apply(AlarmInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        // Inputs of several writers may be a little out of order; time that went back would undo timers.
        if (input.RecordedAt > Now)
            Now = input.RecordedAt;
        _load.Start(Now);
        return input switch
        {
            AlarmInput.Signal signal => Apply(signal),
            AlarmInput.Acknowledge it => Act(
                it.By, it.Comment, it.AlarmId, alarm => Acknowledge(alarm, it.By, it.Comment)),
            AlarmInput.AcknowledgeIncident it => AcknowledgeIncident(it),
            AlarmInput.Shelve it => Act(it.By, it.Reason, it.AlarmId, alarm => Shelve(alarm, it)),
            AlarmInput.Unshelve it => Act(it.By, null, it.AlarmId, alarm => Unshelve(alarm, it.By)),
            AlarmInput.Reset it => Act(it.By, it.Comment, it.AlarmId, alarm => Reset(alarm, it)),
            AlarmInput.Assign it => Act(it.By, it.To, it.AlarmId, alarm => Assign(alarm, it)),
            AlarmInput.TakeOutOfService it => TakeOutOfService(it),
            AlarmInput.ReturnToService it => Act(it.By, null, it.AlarmId, alarm => ReturnToService(alarm, it.By)),
            AlarmInput.Tick => Tick(),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>
    /// Moves the clock and looks at nothing that is due: what a second did in which nothing was, and which no log
    /// tells. A board that is made again from its log has its clock by this.
    /// </summary>
    public void MoveClock(Instant now) => Now = now > Now ? now : Now;

    /// <summary>The alarm, where the board knows it.</summary>
    public Alarm? Find(string alarmId) => _index.TryFind(alarmId, out var alarm) ? alarm : null;

    /// <summary>Open, or one of the latest closed ones.</summary>
    public Incident? FindIncident(string incidentId) => _incidents.Find(incidentId);

    /// <summary>Open incidents, journalled ones too, oldest first.</summary>
    public IReadOnlyList<Incident> OpenIncidents(int limit) =>
        [.. _incidents.Open.Take(Math.Clamp(limit, 0, _norms.Capacity.EntriesPerQueryMax))];

    /// <summary>Latest closed first.</summary>
    public IReadOnlyList<Incident> ClosedIncidents(int limit) =>
        [.. _incidents.Closed.Reverse().Take(Math.Clamp(limit, 0, _norms.Capacity.EntriesPerQueryMax))];

    /// <summary>The operators' list: highest priority first, then unacknowledged, then newest.</summary>
    public IReadOnlyList<AlarmEntry> Annunciated(AlarmQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var district = TwinHandle.None;
        if (query.DistrictId is not null && !_graph.TryFind(query.DistrictId, out district))
            return [];
        return [.. _index.Entries
            .Where(entry => Matches(query, entry, district))
            .Take(Math.Clamp(query.Limit, 0, _norms.Capacity.EntriesPerQueryMax))];
    }

    /// <summary>
    /// Shelved, suppressed or out of service, by id: the list for a shift hand-over (ISA-18.2 §10.7).
    /// </summary>
    public IReadOnlyList<Alarm> Hidden(AlarmState overlay, int limit) =>
        Hidden(new AlarmQuery { State = overlay, Limit = limit });

    /// <summary>As above, of a district and from a priority on.</summary>
    public IReadOnlyList<Alarm> Hidden(AlarmQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var district = TwinHandle.None;
        if (query.DistrictId is not null && !_graph.TryFind(query.DistrictId, out district))
            return [];
        return [.. _index.Hidden
            .Where(alarm => (query.State is not { } state || alarm.State == state)
                && (query.PriorityMin is not { } priority || alarm.Priority >= priority)
                && (district.IsNone || _graph.DistrictOf(alarm.Twin) == district))
            .Take(Math.Clamp(query.Limit, 0, _norms.Capacity.EntriesPerQueryMax))];
    }

    /// <summary>Every alarm whose condition is there, hidden ones too: what a twin must know after a restart.</summary>
    public IReadOnlyList<(TwinHandle Twin, string Code)> ActiveAlarms() =>
        [.. _index.All.Where(alarm => alarm.IsActive).Select(alarm => (alarm.Twin, alarm.Code))];

    /// <summary>
    /// Alarms of twins of these kinds whose condition is there and that nothing hides, journalled ones too;
    /// in no order.
    /// </summary>
    public IReadOnlyList<Alarm> VisibleOf(params TwinKind[] kinds)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return [.. _index.All.Where(alarm => alarm.IsActive && alarm.State == alarm.Underlying
            && kinds.Contains(_graph.ModelOf(alarm.Twin).Kind))];
    }

    /// <summary>
    /// Alarms of one twin that are not normal, journalled and hidden ones too, highest priority first.
    /// </summary>
    public IReadOnlyList<Alarm> ActiveOf(TwinHandle twin) =>
        [.. _index.Of(twin)
            .Where(alarm => alarm.State != AlarmState.Normal)
            .OrderByDescending(alarm => alarm.Priority)
            .ThenBy(alarm => alarm.Id, StringComparer.Ordinal)];

    /// <summary>Transitions, newest first.</summary>
    public IReadOnlyList<AlarmTransition> Journal(AlarmJournalQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _journal.Query(query, _norms.Capacity.EntriesPerQueryMax);
    }

    /// <summary>Transitions after one, oldest first; a gap in the numbers tells that some were overwritten.</summary>
    public IReadOnlyList<AlarmTransition> TransitionsAfter(ulong sequence, int limit) =>
        _journal.After(sequence, limit);

    /// <summary>
    /// Transitions since the last call, oldest first, for one consumer; where it stands is not part of the board's
    /// state, and what a stored board holds counts as taken.
    /// </summary>
    public IReadOnlyList<AlarmTransition> TakeNewTransitions(int limit) => _journal.TakeNew(limit);

    /// <summary>How the alarms bore on their operators from one time to another, rounded out to ten minutes.</summary>
    public AlarmKpis Kpis(Instant from, Instant to, int operators) => _load.Report(from, to, Now, operators, _index);

    /// <summary>Over everything that decides how the board will behave; equal boards have equal ones.</summary>
    public ulong Checksum() => AlarmBoardState.Checksum(this);

    /// <summary>The alarms are there again; now everything that follows from them.</summary>
    internal void Restore(Instant now, ulong revision)
    {
        (Now, Revision) = (now, revision);
        foreach (var alarm in _index.All)
        {
            if (alarm.Underlying != AlarmState.Normal)
                _suppression.Watch(alarm);
            // Its suppressor may have left the city meanwhile; then it asks from now on.
            if (alarm.IsAsking && alarm.AskingSince.IsNever)
                alarm.AskingSince = now;
            _index.Put(alarm, DueOf(alarm));
        }

        foreach (var incident in _incidents.Open.ToArray())
            Review(incident, mergedInto: null);
    }

    private bool Matches(AlarmQuery query, AlarmEntry entry, TwinHandle district) =>
        (query.PriorityMin is not { } priority || entry.Priority >= priority)
        && (query.State is not { } state || entry.State == state)
        && (query.IsUnacknowledged is not { } asks || entry.IsUnacknowledged == asks)
        && (query.Kind is not { } kind || _graph.ModelOf(entry.Alarm.Twin).Kind == kind)
        && (district.IsNone || _graph.DistrictOf(entry.Incident?.Group ?? entry.Alarm.Twin) == district
            || _graph.DistrictOf(entry.Alarm.Twin) == district);
}
