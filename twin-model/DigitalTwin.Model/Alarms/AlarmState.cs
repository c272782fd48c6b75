namespace DigitalTwin.Model.Alarms;

/// <summary>
/// Where an alarm is in its life (ISA-18.2 §5.3, IEC 62682 §5.3; OPC UA Part 9 §5.8 has the same set as sub-states);
/// the numbers are part of the API.
/// </summary>
public enum AlarmState : byte
{
    Normal = 0,
    UnackActive = 1,
    AckActive = 2,
    UnackReturned = 3,

    /// <summary>The condition is gone, but the rule latches and nobody has acknowledged.</summary>
    LatchedUnack = 4,

    /// <summary>Acknowledged and gone; stays until somebody resets it.</summary>
    LatchedAck = 5,

    /// <summary>Hidden by an operator for a time; lies over one of the states above.</summary>
    Shelved = 6,

    /// <summary>Hidden because it follows from another alarm; lies over one of the states above.</summary>
    Suppressed = 7,

    /// <summary>Hidden for maintenance until returned to service; lies over one of the states above.</summary>
    OutOfService = 8,
}

/// <summary>What happened to an alarm; the numbers are part of the journal.</summary>
public enum AlarmEvent : byte
{
    Raised = 0,
    Returned = 1,
    Acknowledged = 2,
    ReAlarmed = 3,
    Escalated = 4,
    Reset = 5,
    Shelved = 6,
    Unshelved = 7,
    ShelvingEnded = 8,
    Suppressed = 9,
    Unsuppressed = 10,
    TakenOutOfService = 11,
    ReturnedToService = 12,
    Assigned = 13,
    BecameStale = 14,
    ChatteringEnded = 15,
}

/// <summary>
/// What became of an input. Everything from <see cref="UnknownTwin"/> on is a refusal and changed nothing.
/// </summary>
public enum AlarmOutcome : byte
{
    Applied = 0,

    /// <summary>Nothing to do: raised while active, cleared while inactive, a tick with nothing due.</summary>
    Unchanged = 1,

    /// <summary>The city has no such twin, perhaps no longer.</summary>
    UnknownTwin = 2,

    /// <summary>No rule of that code is for the twin's model.</summary>
    UnknownCode = 3,

    UnknownAlarm = 4,
    UnknownIncident = 5,

    /// <summary>An operator's action must say who acts.</summary>
    NobodyNamed = 6,

    ReasonMissing = 7,

    /// <summary>A name, comment or reason is longer than <see cref="AlarmBoard.TextCharactersMax"/>.</summary>
    TextTooLong = 8,

    AlreadyAcknowledged = 9,

    /// <summary>The alarm is normal, or of a priority that asks for nothing.</summary>
    NothingToAcknowledge = 10,

    NotLatched = 11,

    /// <summary>A latched alarm is reset only when its condition is gone.</summary>
    StillActive = 12,

    /// <summary>A latched alarm is acknowledged before it is reset.</summary>
    NotAcknowledged = 13,

    /// <summary>Alarms of this priority are never shelved.</summary>
    NotShelvable = 14,

    ShelvedTooLong = 15,

    /// <summary>The end of the shelving is not in the future.</summary>
    ShelvedIntoPast = 16,

    AlreadyShelved = 17,
    NotShelved = 18,
    AlreadyOutOfService = 19,
    NotOutOfService = 20,

    /// <summary>Nobody is assigned to an alarm that is normal.</summary>
    NotOpen = 21,

    /// <summary>
    /// The board holds as many live alarms as it may; a later raise of the same is taken when there is room.
    /// </summary>
    BoardFull = 22,
}

/// <summary>Reads an outcome.</summary>
public static class AlarmOutcomes
{
    public static bool IsRefusal(this AlarmOutcome outcome) => outcome >= AlarmOutcome.UnknownTwin;
}
