using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>One thing that happened to one alarm (ISA-18.2 §16.3 alarm history; IEC 62682 §16).</summary>
/// <param name="At">By event time for signals, by the board's clock otherwise.</param>
/// <param name="From">What an operator saw before; an overlay hides the state under it.</param>
/// <param name="Value">What the condition was about; NaN where it is no number.</param>
public sealed record AlarmTransition(
    ulong Sequence, Instant At, Instant RecordedAt, string AlarmId, AlarmState From, AlarmState To, AlarmEvent Event,
    string? By, string? Comment, double Value);

/// <summary>Which transitions somebody wants to see; what is undefined does not filter.</summary>
public sealed record AlarmJournalQuery
{
    public string? AlarmId { get; init; }

    public string? TwinId { get; init; }

    /// <summary>Recorded then or later.</summary>
    public Instant? From { get; init; }

    /// <summary>Recorded before then.</summary>
    public Instant? To { get; init; }

    /// <summary>Only with a lower number: the last one of the page before.</summary>
    public ulong? Before { get; init; }

    public int Limit { get; init; } = AlarmQuery.LimitDefault;
}

/// <summary>The latest transitions, in a ring: when it is full, the oldest is overwritten.</summary>
internal sealed class AlarmJournal(int capacity)
{
    // Grows to its capacity by itself, because most boards never fill it.
    private readonly List<AlarmTransition> _ring = [];
    private ulong _taken;
    private ulong _first = 1;

    /// <summary>Of the latest transition; the first has 1.</summary>
    public ulong LastSequence { get; private set; }

    public int Count => _ring.Count;

    public AlarmTransition Record(
        Alarm alarm, AlarmState from, AlarmEvent what, Instant at, Instant recordedAt, string? by, string? comment)
    {
        var transition = new AlarmTransition(
            LastSequence + 1, at, recordedAt, alarm.Id, from, alarm.State, what, by, comment, alarm.Value);
        Keep(transition);
        return transition;
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<AlarmTransition> Query(AlarmJournalQuery query, int limitMax)
    {
        var found = new List<AlarmTransition>();
        var limit = Math.Clamp(query.Limit, 0, limitMax);
        var overwritten = LastSequence - (ulong)_ring.Count;
        var newest = query.Before is { } before && before <= LastSequence ? Math.Max(before, 1) - 1 : LastSequence;
        for (var sequence = newest; sequence > overwritten && found.Count < limit; sequence--)
        {
            var transition = At(sequence);
            // The board's clock never goes back, so what is older still cannot be wanted.
            if (transition.RecordedAt < query.From)
                break;
            if (Matches(query, transition))
                found.Add(transition);
        }

        return found;
    }

    /// <summary>
    /// Oldest first; a consumer that comes too late misses what was overwritten and sees it by the numbers.
    /// </summary>
    public IReadOnlyList<AlarmTransition> After(ulong sequence, int limit)
    {
        var oldest = LastSequence - (ulong)_ring.Count;
        var found = new List<AlarmTransition>();
        for (var next = Math.Max(sequence, oldest) + 1; next <= LastSequence && found.Count < limit; next++)
            found.Add(At(next));
        return found;
    }

    public IReadOnlyList<AlarmTransition> TakeNew(int limit)
    {
        var taken = After(_taken, limit);
        if (taken.Count > 0)
            _taken = taken[^1].Sequence;
        return taken;
    }

    /// <summary>A transition from a stored board; those of a stored board count as taken.</summary>
    /// <exception cref="FormatException">It does not follow the one before.</exception>
    public void Restore(AlarmTransition transition)
    {
        if (transition.Sequence == 0 || _ring.Count > 0 && transition.Sequence != LastSequence + 1)
            throw new FormatException($"transition {transition.Sequence} comes after {LastSequence}");
        LastSequence = transition.Sequence - 1;
        Keep(transition);
        _taken = LastSequence;
    }

    private static bool Matches(AlarmJournalQuery query, AlarmTransition transition) =>
        (query.AlarmId is null || transition.AlarmId == query.AlarmId)
        && (query.To is not { } to || transition.RecordedAt < to)
        && (query.TwinId is not { } twin || IsOf(twin, transition.AlarmId));

    private static bool IsOf(string twinId, string alarmId) =>
        alarmId.LastIndexOf(':') == twinId.Length && alarmId.StartsWith(twinId, StringComparison.Ordinal);

    private AlarmTransition At(ulong sequence) => _ring[(int)((sequence - _first) % (ulong)capacity)];

    private void Keep(AlarmTransition transition)
    {
        LastSequence = transition.Sequence;
        if (_ring.Count == 0)
            _first = transition.Sequence;
        var slot = (int)((transition.Sequence - _first) % (ulong)capacity);
        if (slot < _ring.Count)
            _ring[slot] = transition;
        else
            _ring.Add(transition);
    }
}
