using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// The open incidents and the latest closed ones; when those are too many, the one closed first is forgotten.
/// </summary>
internal sealed class IncidentLedger
{
    private readonly CityGraph _graph;
    private readonly AlarmCapacity _capacity;
    private readonly TwinHandle _city;
    private readonly Dictionary<(int Group, string Code), Incident> _open = [];
    private readonly Dictionary<string, Incident> _byId = new(StringComparer.Ordinal);
    private readonly Queue<Incident> _closed = [];

    public IncidentLedger(CityGraph graph, AlarmCapacity capacity)
    {
        (_graph, _capacity) = (graph, capacity);
        _city = graph.All().FirstOrDefault(twin => graph.ModelOf(twin).Kind == TwinKind.City, TwinHandle.None);
    }

    /// <summary>Of the latest incident; the first has 1.</summary>
    public ulong LastSequence { get; internal set; }

    public int OpenCount => _open.Count;

    public IEnumerable<Incident> Open => _open.Values.OrderBy(incident => incident.Sequence);

    /// <summary>In the order they were closed.</summary>
    public IReadOnlyCollection<Incident> Closed => _closed;

    public Incident? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// The incident that an alarm belongs to by its own rule; opened where there is none, none for the ungrouped.
    /// </summary>
    public Incident? OpenFor(Alarm alarm, Instant now)
    {
        var group = GroupOf(alarm.Twin, alarm.Rule.GroupBy);
        if (group.IsNone)
            return null;
        if (_open.TryGetValue((group.Ordinal, alarm.Code), out var incident))
            return incident;
        incident = new Incident(group, _graph.IdOf(group), alarm.Code, ++LastSequence, now);
        Register(incident);
        return incident;
    }

    public void Register(Incident incident)
    {
        _byId[incident.Id] = incident;
        if (incident.IsOpen)
            _open[(incident.Group.Ordinal, incident.Code)] = incident;
        else
            Keep(incident);
    }

    public Alarm[] Close(Incident incident, Instant now, string? mergedInto)
    {
        _open.Remove((incident.Group.Ordinal, incident.Code));
        var freed = incident.Close(now, _capacity.IncidentMembersShown, mergedInto);
        Keep(incident);
        return freed;
    }

    private void Keep(Incident incident)
    {
        _closed.Enqueue(incident);
        if (_closed.Count > _capacity.ClosedIncidentsMax)
            _byId.Remove(_closed.Dequeue().Id);
    }

    private TwinHandle GroupOf(TwinHandle twin, AlarmGrouping grouping) => grouping switch
    {
        AlarmGrouping.Building => Nearest(twin, TwinKind.Building),
        AlarmGrouping.Cabinet => Nearest(twin, TwinKind.LightingCabinet),
        AlarmGrouping.Feeder => FeederOf(twin),
        AlarmGrouping.District => _graph.DistrictOf(twin),
        AlarmGrouping.City => _city,
        _ => TwinHandle.None,
    };

    private TwinHandle Nearest(TwinHandle twin, TwinKind kind)
    {
        while (!twin.IsNone && _graph.ModelOf(twin).Kind != kind)
            twin = _graph.ParentOf(twin);
        return twin;
    }

    private TwinHandle FeederOf(TwinHandle twin)
    {
        if (_graph.ModelOf(twin).Kind == TwinKind.Feeder)
            return twin;
        var feeder = _graph.ServedBy(twin);
        return feeder.IsNone && _graph.ParentOf(twin) is { IsNone: false } parent ? _graph.ServedBy(parent) : feeder;
    }
}
