using System.Diagnostics.CodeAnalysis;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// The alarms in every order that somebody asks for. An alarm is taken out before it changes and put in afterwards, so
/// that every count and order is a function of the alarm alone and cannot drift.
/// </summary>
internal sealed class AlarmIndex
{
    private static readonly Comparer<Alarm> s_byId = Comparer<Alarm>.Create(
        (x, y) => string.CompareOrdinal(x.Id, y.Id));

    private readonly Dictionary<string, Alarm> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<int, List<Alarm>> _byTwin = [];
    private readonly SortedSet<Alarm> _byDue = new(By(alarm => alarm.DueAt));
    private readonly SortedSet<Alarm> _quiet = new(By(alarm => alarm.ChangedAt));
    private readonly SortedSet<Alarm> _hidden = new(s_byId);
    private readonly SortedSet<Alarm> _chattering = new(s_byId);
    private readonly SortedSet<AlarmEntry> _entries = new(AlarmEntryOrder.Instance);

    public int Count => _byId.Count;

    public int QuietCount => _quiet.Count;

    public int StaleCount { get; private set; }

    public AlarmCounts Counts { get; } = new();

    /// <summary>In the order of the operators' list.</summary>
    public IReadOnlyCollection<AlarmEntry> Entries => _entries;

    /// <summary>Shelved, suppressed and out of service, by id.</summary>
    public IReadOnlyCollection<Alarm> Hidden => _hidden;

    public IReadOnlyCollection<Alarm> Chattering => _chattering;

    public Alarm? LongestQuiet => _quiet.Min;

    public IEnumerable<Alarm> All => _byId.Values;

    public bool TryFind(string id, [NotNullWhen(true)] out Alarm? alarm) => _byId.TryGetValue(id, out alarm);

    public Alarm? Find(TwinHandle twin, string code)
    {
        foreach (var alarm in Of(twin))
            if (string.Equals(alarm.Code, code, StringComparison.Ordinal))
                return alarm;
        return null;
    }

    /// <summary>A twin's alarms, quiet ones too, in the order the board came to know them.</summary>
    public IReadOnlyList<Alarm> Of(TwinHandle twin) =>
        _byTwin.TryGetValue(twin.Ordinal, out var alarms) ? alarms : [];

    public Alarm? NextDue(Instant now) => _byDue.Min is { } first && first.DueAt <= now ? first : null;

    /// <summary>A new alarm; still to be put into the orders.</summary>
    public void Register(Alarm alarm)
    {
        _byId.Add(alarm.Id, alarm);
        if (!_byTwin.TryGetValue(alarm.Twin.Ordinal, out var alarms))
            _byTwin[alarm.Twin.Ordinal] = alarms = [];
        alarms.Add(alarm);
    }

    public void Forget(Alarm alarm)
    {
        Lift(alarm);
        _byId.Remove(alarm.Id);
        var alarms = _byTwin[alarm.Twin.Ordinal];
        alarms.Remove(alarm);
        if (alarms.Count == 0)
            _byTwin.Remove(alarm.Twin.Ordinal);
    }

    /// <summary>Takes an alarm out of all orders and counts, before it changes.</summary>
    public void Lift(Alarm alarm)
    {
        Counts.Count(alarm, -1);
        StaleCount -= alarm.IsStale ? 1 : 0;
        _byDue.Remove(alarm);
        _quiet.Remove(alarm);
        _hidden.Remove(alarm);
        _chattering.Remove(alarm);
        if (alarm.Entry is { } entry)
            Take(entry);
        alarm.Entry = null;
        alarm.Incident?.Count(alarm, -1);
    }

    /// <summary>Puts it back, after it changed.</summary>
    public void Put(Alarm alarm, Instant dueAt)
    {
        Counts.Count(alarm, 1);
        StaleCount += alarm.IsStale ? 1 : 0;
        alarm.DueAt = dueAt;
        if (!dueAt.IsNever)
            _byDue.Add(alarm);
        if (alarm.IsQuiet)
            _quiet.Add(alarm);
        if (alarm.State >= AlarmState.Shelved)
            _hidden.Add(alarm);
        if (alarm is { IsChattering: true, NeedsAcknowledgement: true })
            _chattering.Add(alarm);
        if (alarm.IsAnnunciated && alarm.Incident is null)
            _entries.Add(Show(alarm.Entry = new AlarmEntry(alarm)));
        alarm.Incident?.Count(alarm, 1);
    }

    /// <summary>Brings an incident's line up to date with its members.</summary>
    public void Refresh(Incident incident)
    {
        if (incident.Entry is { } entry)
            Take(entry);
        incident.Entry = incident.IsOpen && incident.Annunciated > 0 ? new AlarmEntry(incident) : null;
        if (incident.Entry is not null)
            _entries.Add(Show(incident.Entry));
    }

    private AlarmEntry Show(AlarmEntry entry)
    {
        Counts.Count(entry, 1);
        return entry;
    }

    private void Take(AlarmEntry entry)
    {
        _entries.Remove(entry);
        Counts.Count(entry, -1);
    }

    private static Comparer<Alarm> By(Func<Alarm, Instant> time) => Comparer<Alarm>.Create((x, y) =>
        time(x).CompareTo(time(y)) is var order && order != 0 ? order : string.CompareOrdinal(x.Id, y.Id));
}
