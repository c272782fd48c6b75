using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>What operators do; each is refused with a reason or applied as a whole.</summary>
public sealed partial class AlarmBoard
{
    private AlarmOutcome Act(string by, string? text, string alarmId, Func<Alarm, AlarmOutcome> act)
    {
        var refusal = Check(by, text);
        if (refusal.IsRefusal())
            return refusal;
        return _index.TryFind(alarmId, out var alarm) ? act(alarm) : AlarmOutcome.UnknownAlarm;
    }

    private static AlarmOutcome Check(string by, string? text) =>
        string.IsNullOrWhiteSpace(by) ? AlarmOutcome.NobodyNamed
        : by.Length > TextCharactersMax || text?.Length > TextCharactersMax ? AlarmOutcome.TextTooLong
        : AlarmOutcome.Applied;

    private AlarmOutcome Acknowledge(Alarm alarm, string by, string? comment)
    {
        var state = alarm.Underlying;
        var outcome = AlarmLifecycle.Acknowledge(ref state);
        // A journalled alarm counts as acknowledged from the start; there was nothing to acknowledge.
        if (outcome.IsRefusal())
            return alarm.NeedsAcknowledgement ? outcome : AlarmOutcome.NothingToAcknowledge;
        if (alarm.IsAsking)
            _load.Acknowledge(Now, Now - alarm.AskingSince);
        var before = Lift(alarm);
        alarm.Underlying = state;
        alarm.AcknowledgedAt = Now;
        alarm.AcknowledgedBy = by;
        alarm.AcknowledgeComment = comment;
        Settle(alarm, before, AlarmEvent.Acknowledged, Now, by, comment);
        return AlarmOutcome.Applied;
    }

    private AlarmOutcome AcknowledgeIncident(AlarmInput.AcknowledgeIncident it)
    {
        var refusal = Check(it.By, it.Comment);
        if (refusal.IsRefusal())
            return refusal;
        if (_incidents.Find(it.IncidentId) is not { } incident)
            return AlarmOutcome.UnknownIncident;
        if (incident.Unacknowledged == 0)
            return incident.Open > 0 ? AlarmOutcome.AlreadyAcknowledged : AlarmOutcome.NothingToAcknowledge;
        // By id, so that the journal reads the same after a restart.
        foreach (var member in incident.Attached.OrderBy(member => member.Id, StringComparer.Ordinal).ToArray())
            if (member.IsUnacknowledged)
                Acknowledge(member, it.By, it.Comment);
        return AlarmOutcome.Applied;
    }

    private AlarmOutcome Shelve(Alarm alarm, AlarmInput.Shelve it)
    {
        if (string.IsNullOrWhiteSpace(it.Reason))
            return AlarmOutcome.ReasonMissing;
        if (_norms.ShelvedMax[(int)alarm.Priority] is not { } most)
            return AlarmOutcome.NotShelvable;
        if (it.Until <= Now)
            return AlarmOutcome.ShelvedIntoPast;
        if (it.Until > Now.Plus(most))
            return AlarmOutcome.ShelvedTooLong;
        if (alarm.IsShelved)
            return AlarmOutcome.AlreadyShelved;
        var before = Lift(alarm);
        alarm.ShelvedUntil = it.Until;
        alarm.ShelvedBy = it.By;
        alarm.ShelveReason = it.Reason;
        alarm.IsOneShot = it.IsOneShot;
        Settle(alarm, before, AlarmEvent.Shelved, Now, it.By, it.Reason);
        return AlarmOutcome.Applied;
    }

    private AlarmOutcome Unshelve(Alarm alarm, string by)
    {
        if (!alarm.IsShelved)
            return AlarmOutcome.NotShelved;
        EndShelving(alarm, AlarmEvent.Unshelved, by);
        return AlarmOutcome.Applied;
    }

    private void EndShelving(Alarm alarm, AlarmEvent what, string? by)
    {
        var before = Lift(alarm);
        alarm.ShelvedUntil = Instant.Never;
        alarm.ShelvedBy = alarm.ShelveReason = null;
        alarm.IsOneShot = false;
        Settle(alarm, before, what, Now, by);
    }

    private AlarmOutcome Reset(Alarm alarm, AlarmInput.Reset it)
    {
        var state = alarm.Underlying;
        var outcome = AlarmLifecycle.Reset(ref state, alarm.Rule.IsLatched);
        if (outcome.IsRefusal())
            return outcome;
        var before = Lift(alarm);
        alarm.Underlying = state;
        Settle(alarm, before, AlarmEvent.Reset, Now, it.By, it.Comment);
        return AlarmOutcome.Applied;
    }

    private AlarmOutcome Assign(Alarm alarm, AlarmInput.Assign it)
    {
        if (alarm.State == AlarmState.Normal)
            return AlarmOutcome.NotOpen;
        if (alarm.Assignee == it.To)
            return AlarmOutcome.Unchanged;
        var before = Lift(alarm);
        alarm.Assignee = it.To;
        Settle(alarm, before, AlarmEvent.Assigned, Now, it.By, it.To);
        return AlarmOutcome.Applied;
    }

    private AlarmOutcome TakeOutOfService(AlarmInput.TakeOutOfService it)
    {
        var refusal = Check(it.By, it.Reason);
        if (refusal.IsRefusal())
            return refusal;
        if (string.IsNullOrWhiteSpace(it.Reason))
            return AlarmOutcome.ReasonMissing;
        // Maintenance begins before anything is raised, so the board need not know the alarm yet.
        var colon = it.AlarmId.LastIndexOf(':');
        if (colon < 0)
            return AlarmOutcome.UnknownAlarm;
        var found = FindOrCreate(it.AlarmId[..colon], it.AlarmId[(colon + 1)..], out var alarm);
        if (found.IsRefusal())
            return found;
        if (alarm!.IsOutOfService)
            return AlarmOutcome.AlreadyOutOfService;
        var before = Lift(alarm);
        alarm.IsOutOfService = true;
        alarm.OutOfServiceBy = it.By;
        alarm.OutOfServiceReason = it.Reason;
        alarm.IsStale = false;
        Settle(alarm, before, AlarmEvent.TakenOutOfService, Now, it.By, it.Reason);
        return AlarmOutcome.Applied;
    }

    private AlarmOutcome ReturnToService(Alarm alarm, string by)
    {
        if (!alarm.IsOutOfService)
            return AlarmOutcome.NotOutOfService;
        var before = Lift(alarm);
        alarm.IsOutOfService = false;
        alarm.OutOfServiceBy = alarm.OutOfServiceReason = null;
        Settle(alarm, before, AlarmEvent.ReturnedToService, Now, by);
        return AlarmOutcome.Applied;
    }
}
