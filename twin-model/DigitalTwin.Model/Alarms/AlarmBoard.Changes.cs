using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>Signals, time, and what every change of an alarm brings with it.</summary>
public sealed partial class AlarmBoard
{
    private readonly SortedDictionary<int, SignalOrigin> _origins = [];

    /// <summary>The newest signal taken in of each partition of the engine.</summary>
    internal IEnumerable<SignalOrigin> Origins => _origins.Values;

    /// <summary>The newest signal taken in of a partition, or of a unit of a cluster; none where there was none.</summary>
    public SignalOrigin NewestOf(int partition) => _origins.GetValueOrDefault(partition);

    internal void RestoreOrigin(SignalOrigin origin) => _origins[origin.Partition] = origin;

    // What an engine makes again from its journal after a restart was told before.
    private bool IsTaken(SignalOrigin origin)
    {
        if (!origin.IsKnown)
            return false;
        if (_origins.TryGetValue(origin.Partition, out var newest) && origin.IsNotAfter(newest))
            return true;
        _origins[origin.Partition] = origin;
        return false;
    }

    private AlarmOutcome Apply(AlarmInput.Signal signal)
    {
        if (IsTaken(signal.Origin))
            return AlarmOutcome.Unchanged;
        var id = AlarmInput.IdOf(signal.TwinId, signal.Code);
        if (signal.IsRaised)
            return FindOrCreate(signal.TwinId, signal.Code, out var raised) is var outcome && outcome.IsRefusal()
                ? outcome
                : Raise(raised!, signal);
        if (_index.TryFind(id, out var alarm))
            return Return(alarm, signal.At);
        return _graph.TryFind(signal.TwinId, out var twin)
            ? _rules.Find(twin, signal.Code) is null ? AlarmOutcome.UnknownCode : AlarmOutcome.Unchanged
            : AlarmOutcome.UnknownTwin;
    }

    private AlarmOutcome Raise(Alarm alarm, AlarmInput.Signal signal)
    {
        if (alarm.IsActive)
            return AlarmOutcome.Unchanged;
        var before = Lift(alarm);
        if (alarm.Underlying == AlarmState.Normal)
        {
            alarm.RaisedAt = signal.At;
            alarm.Assignee = null;
        }

        alarm.Underlying = AlarmLifecycle.Raise(alarm.Underlying, alarm.NeedsAcknowledgement);
        alarm.ActiveSince = signal.At;
        alarm.Value = double.IsFinite(signal.Value) ? signal.Value : double.NaN;
        alarm.IsFleeting = false;
        alarm.AcknowledgedAt = Instant.Never;
        alarm.AcknowledgedBy = alarm.AcknowledgeComment = null;
        if (alarm.CountActivation(signal.At, _norms.Nuisance))
        {
            alarm.IsChattering = true;
            alarm.ChatteringUntil = Now.Plus(_norms.Nuisance.ChatteringLong);
        }

        Settle(alarm, before, AlarmEvent.Raised, signal.At);
        return AlarmOutcome.Applied;
    }

    private AlarmOutcome Return(Alarm alarm, Instant at)
    {
        if (!alarm.IsActive)
            return AlarmOutcome.Unchanged;
        var before = Lift(alarm);
        alarm.IsFleeting = alarm.Underlying == AlarmState.UnackActive
            && at - alarm.ActiveSince <= _norms.Nuisance.FleetingWithin;
        if (alarm.IsFleeting && before.IsAsking)
            _load.Fleet(Now);
        alarm.Underlying = AlarmLifecycle.Return(alarm.Underlying, alarm.Rule.IsLatched);
        alarm.ReturnedAt = at;
        alarm.IsStale = false;
        Settle(alarm, before, AlarmEvent.Returned, at);
        if (alarm is { IsShelved: true, IsOneShot: true })
            EndShelving(alarm, AlarmEvent.ShelvingEnded, by: null);
        return AlarmOutcome.Applied;
    }

    private AlarmOutcome Tick()
    {
        var outcome = AlarmOutcome.Unchanged;
        // Ends, because whatever was due is later or never afterwards.
        while (_index.NextDue(Now) is { } alarm)
        {
            Expire(alarm);
            outcome = AlarmOutcome.Applied;
        }

        return outcome;
    }

    private void Expire(Alarm alarm)
    {
        if (alarm.IsShelved && alarm.ShelvedUntil <= Now)
        {
            EndShelving(alarm, AlarmEvent.ShelvingEnded, by: null);
        }
        else if (alarm.IsChattering && alarm.ChatteringUntil <= Now)
        {
            var before = Lift(alarm);
            alarm.IsChattering = false;
            Settle(alarm, before, AlarmEvent.ChatteringEnded, Now);
        }
        else if (StaleAt(alarm) is { IsNever: false } staleAt && staleAt <= Now)
        {
            var before = Lift(alarm);
            alarm.IsStale = true;
            Settle(alarm, before, AlarmEvent.BecameStale, Now);
        }
        else if (alarm.IsAsking)
        {
            var before = Lift(alarm);
            alarm.EscalationLevel++;
            Settle(alarm, before, AlarmEvent.Escalated, Now);
        }
        else
        {
            var before = Lift(alarm);
            alarm.Underlying = AlarmLifecycle.ReAlarm(alarm.Underlying);
            Settle(alarm, before, AlarmEvent.ReAlarmed, Now);
        }
    }

    private Instant DueOf(Alarm alarm)
    {
        var due = Instant.Never;
        if (alarm.IsShelved)
            due = Earlier(due, alarm.ShelvedUntil);
        if (alarm.IsChattering)
            due = Earlier(due, alarm.ChatteringUntil);
        due = Earlier(due, StaleAt(alarm));
        if (alarm.IsAsking && _norms.EscalateAfter[(int)alarm.Priority] is { } escalateAfter
            && alarm.EscalationLevel < _norms.EscalationLevelMax)
            due = Earlier(due, alarm.AskingSince.Plus(escalateAfter * (alarm.EscalationLevel + 1)));
        if (alarm is { IsAnnunciated: true, Underlying: AlarmState.AckActive }
            && (alarm.Rule.ReAlarmAfter ?? _norms.ReAlarmAfter[(int)alarm.Priority]) is { } reAlarmAfter)
            due = Earlier(due, alarm.AcknowledgedAt.Plus(reAlarmAfter));
        return due;
    }

    // What is out of service stands by intent, and the journal asks nobody.
    private Instant StaleAt(Alarm alarm) =>
        alarm is { IsActive: true, IsStale: false, IsOutOfService: false, NeedsAcknowledgement: true }
            ? alarm.ActiveSince.Plus(_norms.Nuisance.StaleAfter)
            : Instant.Never;

    private static Instant Earlier(Instant a, Instant b) => a.IsNever || (!b.IsNever && b < a) ? b : a;

    private AlarmOutcome FindOrCreate(string twinId, string code, out Alarm? alarm)
    {
        var id = AlarmInput.IdOf(twinId, code);
        if (_index.TryFind(id, out alarm))
            return AlarmOutcome.Applied;
        if (!_graph.TryFind(twinId, out var twin))
            return AlarmOutcome.UnknownTwin;
        if (_rules.Find(twin, code) is not { } rule)
            return AlarmOutcome.UnknownCode;
        if (_index.Count >= _norms.Capacity.AlarmsMax && !ForgetLongestQuiet())
            return AlarmOutcome.BoardFull;
        alarm = new Alarm(id, twin, _graph.IdOf(twin), rule);
        _index.Register(alarm);
        _index.Put(alarm, Instant.Never);
        return AlarmOutcome.Applied;
    }

    private bool ForgetLongestQuiet()
    {
        if (_index.LongestQuiet is not { } quiet)
            return false;
        _index.Forget(quiet);
        return true;
    }

    private readonly record struct Before(
        AlarmState State, bool IsAsking, bool IsSuppressing, bool IsOpen, Incident? Incident);

    /// <summary>Takes the alarm out of every count and order; <see cref="Settle"/> puts it back.</summary>
    private Before Lift(Alarm alarm)
    {
        var before = new Before(
            alarm.State, alarm.IsAsking, alarm.IsSuppressing, alarm.Underlying != AlarmState.Normal,
            alarm.Incident);
        _index.Lift(alarm);
        return before;
    }

    /// <summary>Everything that follows from a change of one alarm, in this order.</summary>
    private void Settle(
        Alarm alarm, Before before, AlarmEvent? what, Instant at, string? by = null, string? comment = null)
    {
        alarm.ChangedAt = Now;
        var isOpen = alarm.Underlying != AlarmState.Normal;
        if (isOpen && !before.IsOpen)
            _suppression.Watch(alarm);
        else if (!isOpen && before.IsOpen)
            _suppression.Unwatch(alarm);
        alarm.Suppressor = SuppressorOf(alarm);
        var left = Gather(alarm, isRaise: what == AlarmEvent.Raised);
        Ask(alarm, before, isRaise: what == AlarmEvent.Raised);
        _index.Put(alarm, DueOf(alarm));
        if (left is not null)
            Review(left, mergedInto: alarm.Incident?.Id);
        if (alarm.Incident is { } incident)
            Review(incident, mergedInto: null);
        Revision++;
        if (what is { } happened)
            _journal.Record(alarm, before.State, happened, at, Now, by, comment);
        if (before.IsSuppressing != alarm.IsSuppressing || before.Incident != alarm.Incident)
            TellWatchers(alarm);
        while (_index.QuietCount > _norms.Capacity.QuietAlarmsMax)
            ForgetLongestQuiet();
    }

    /// <summary>
    /// An alarm that is active follows from the nearest suppressor. One that has returned since is not shown again
    /// before its suppressor goes, but a later suppressor has nothing to do with it.
    /// </summary>
    private Alarm? SuppressorOf(Alarm alarm) =>
        alarm.IsActive ? _suppression.SuppressorOf(alarm)
        : alarm.Underlying != AlarmState.Normal && alarm.Suppressor is { IsSuppressing: true } still ? still
        : null;

    /// <summary>Finds the alarm's incident and says which one it left for that.</summary>
    private Incident? Gather(Alarm alarm, bool isRaise)
    {
        if (alarm.Underlying == AlarmState.Normal)
            return null;
        var incident = alarm.Suppressor?.Incident ?? alarm.Incident ?? _incidents.OpenFor(alarm, Now);
        var left = alarm.Incident;
        if (incident == left)
        {
            if (isRaise)
                left?.Consider(alarm);
            return null;
        }

        left?.Detach(alarm);
        incident!.Attach(alarm);
        return left;
    }

    /// <summary>
    /// Whether the alarm asks for an acknowledgement now, since when, and whether somebody is called anew.
    /// </summary>
    private void Ask(Alarm alarm, Before before, bool isRaise)
    {
        if (!alarm.IsAsking)
        {
            alarm.AskingSince = Instant.Never;
            alarm.EscalationLevel = 0;
            return;
        }

        if (!before.IsAsking)
            alarm.AskingSince = Now;
        if (before.IsAsking && !isRaise)
            return;
        // The alarm itself is lifted out of its incident's count: others asking means that the operator was called.
        if (alarm.Incident is not { } incident)
            _load.Annunciate(Now, alarm.Priority, alarm.Id);
        else if (incident.Asking == 0 && !before.IsAsking)
            _load.Annunciate(Now, incident.Priority, $"{incident.GroupTwinId}:{incident.Code}");
    }

    /// <summary>Shows an incident as it is now, or closes it.</summary>
    private void Review(Incident incident, string? mergedInto)
    {
        _index.Refresh(incident);
        if (incident.Open > 0)
            return;
        foreach (var member in incident.Attached)
            _index.Lift(member);
        foreach (var member in _incidents.Close(incident, Now, incident.Total == 0 ? mergedInto : null))
        {
            member.Incident = null;
            member.IncidentEventAt = Instant.Never;
            _index.Put(member, DueOf(member));
        }
    }

    private void TellWatchers(Alarm suppressor)
    {
        if (!_suppression.MaySuppress(suppressor))
            return;
        foreach (var watcher in _suppression.WatchersOf(suppressor.Twin))
        {
            var next = SuppressorOf(watcher);
            if (next == watcher.Suppressor && (next?.Incident ?? watcher.Incident) == watcher.Incident)
                continue;
            var before = Lift(watcher);
            AlarmEvent? what = (next is not null, watcher.IsSuppressed) switch
            {
                (true, false) => AlarmEvent.Suppressed,
                (false, true) => AlarmEvent.Unsuppressed,
                _ => null,
            };
            Settle(watcher, before, what, Now);
        }
    }
}
