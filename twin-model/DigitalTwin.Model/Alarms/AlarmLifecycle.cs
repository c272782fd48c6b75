namespace DigitalTwin.Model.Alarms;

/// <summary>
/// The alarm state machine by itself: from one state and one stimulus to the next (ISA-18.2 §5.3 figure 3; IEC 62682
/// figure 3). Knows the six states of the condition only; shelving, suppression and service lie over them.
/// </summary>
public static class AlarmLifecycle
{
    public static bool IsActive(AlarmState state) => state is AlarmState.UnackActive or AlarmState.AckActive;

    public static bool IsUnacknowledged(AlarmState state) =>
        state is AlarmState.UnackActive or AlarmState.UnackReturned or AlarmState.LatchedUnack;

    /// <summary>The condition came.</summary>
    /// <param name="needsAcknowledgement">
    /// Not so for journal priority: it counts as acknowledged from the start (OPC UA Part 9 §5.7.2 lets AckedState be
    /// true at once).
    /// </param>
    public static AlarmState Raise(AlarmState state, bool needsAcknowledgement) =>
        IsActive(state) ? state
        : needsAcknowledgement ? AlarmState.UnackActive
        : AlarmState.AckActive;

    /// <summary>The condition went.</summary>
    public static AlarmState Return(AlarmState state, bool isLatched) => state switch
    {
        AlarmState.UnackActive => isLatched ? AlarmState.LatchedUnack : AlarmState.UnackReturned,
        AlarmState.AckActive => isLatched ? AlarmState.LatchedAck : AlarmState.Normal,
        _ => state,
    };

    /// <summary>Somebody saw it; on a refusal the state is unchanged.</summary>
    public static AlarmOutcome Acknowledge(ref AlarmState state)
    {
        (var next, var outcome) = state switch
        {
            AlarmState.UnackActive => (AlarmState.AckActive, AlarmOutcome.Applied),
            AlarmState.UnackReturned => (AlarmState.Normal, AlarmOutcome.Applied),
            AlarmState.LatchedUnack => (AlarmState.LatchedAck, AlarmOutcome.Applied),
            AlarmState.AckActive or AlarmState.LatchedAck => (state, AlarmOutcome.AlreadyAcknowledged),
            _ => (state, AlarmOutcome.NothingToAcknowledge),
        };
        state = next;
        return outcome;
    }

    /// <summary>Somebody released the latch; on a refusal the state is unchanged.</summary>
    public static AlarmOutcome Reset(ref AlarmState state, bool isLatched)
    {
        if (!isLatched)
            return AlarmOutcome.NotLatched;
        switch (state)
        {
            case AlarmState.LatchedAck:
                state = AlarmState.Normal;
                return AlarmOutcome.Applied;
            case AlarmState.LatchedUnack:
                // The latch exists so that somebody looks; a reset that skips the look would defeat it.
                return AlarmOutcome.NotAcknowledged;
            case AlarmState.UnackActive or AlarmState.AckActive:
                return AlarmOutcome.StillActive;
            default:
                return AlarmOutcome.NotLatched;
        }
    }

    /// <summary>An acknowledged alarm that is still active asks again (OPC UA Part 9 §5.8.2 ReAlarmTime).</summary>
    public static AlarmState ReAlarm(AlarmState state) =>
        state == AlarmState.AckActive ? AlarmState.UnackActive : state;
}
