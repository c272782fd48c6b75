using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// Everything that can change an alarm board, and nothing else does. By id and code and never by handle or index, so
/// that a log of inputs outlives a changed city. The set is closed.
/// </summary>
public abstract record AlarmInput
{
    private AlarmInput(Instant recordedAt) => RecordedAt = recordedAt;

    /// <summary>When the input entered the log; the board's clock never goes back behind the latest of these.</summary>
    public Instant RecordedAt { get; init; }

    /// <summary>The id of the alarm of one code at one twin; twin ids may hold colons, codes hold none.</summary>
    public static string IdOf(string twinId, string code) => $"{twinId}:{code}";

    /// <summary>A condition came or went, its delays already served.</summary>
    /// <param name="At">When, by event time.</param>
    /// <param name="Value">What the condition was about; NaN where it is no number.</param>
    public sealed record Signal(
        Instant RecordedAt, string TwinId, string Code, bool IsRaised, Instant At, double Value)
        : AlarmInput(RecordedAt)
    {
        /// <summary>One that is not after the newest of its partition was taken in before and changes nothing.</summary>
        public SignalOrigin Origin { get; init; }
    }

    public sealed record Acknowledge(Instant RecordedAt, string AlarmId, string By, string? Comment)
        : AlarmInput(RecordedAt);

    /// <summary>Acknowledges every member that waits for it.</summary>
    public sealed record AcknowledgeIncident(Instant RecordedAt, string IncidentId, string By, string? Comment)
        : AlarmInput(RecordedAt);

    /// <summary>Hides an alarm for a time (OPC UA Part 9 §5.8.10 TimedShelve, OneShotShelve).</summary>
    /// <param name="Until">The latest end, of a one-shot too.</param>
    /// <param name="IsOneShot">Ends already when the condition goes.</param>
    public sealed record Shelve(
        Instant RecordedAt, string AlarmId, string By, string Reason, Instant Until, bool IsOneShot)
        : AlarmInput(RecordedAt);

    public sealed record Unshelve(Instant RecordedAt, string AlarmId, string By) : AlarmInput(RecordedAt);

    /// <summary>Releases the latch of an alarm whose condition is gone (OPC UA Part 9 §5.8.4).</summary>
    public sealed record Reset(Instant RecordedAt, string AlarmId, string By, string? Comment)
        : AlarmInput(RecordedAt);

    /// <param name="To">Nobody, where undefined.</param>
    public sealed record Assign(Instant RecordedAt, string AlarmId, string By, string? To) : AlarmInput(RecordedAt);

    /// <summary>Hides an alarm for maintenance, raised or not (OPC UA Part 9 §5.8.8).</summary>
    public sealed record TakeOutOfService(Instant RecordedAt, string AlarmId, string By, string Reason)
        : AlarmInput(RecordedAt);

    public sealed record ReturnToService(Instant RecordedAt, string AlarmId, string By) : AlarmInput(RecordedAt);

    /// <summary>Time passed: ends shelvings, asks again, escalates. The only input that does.</summary>
    public sealed record Tick(Instant RecordedAt) : AlarmInput(RecordedAt);
}
