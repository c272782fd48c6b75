using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Durability;

namespace DigitalTwin.Silo.Embedded;

/// <summary>An input of the journal, read and ready for the partitions: one of the four is there.</summary>
/// <param name="Touched">The partitions it goes to.</param>
/// <param name="Parts">A batch for each of those partitions.</param>
/// <param name="Round">The clock's, or never.</param>
internal readonly record struct PlayedInput(
    long Sequence, ulong Touched, TelemetryBatch?[]? Parts, Instant Round, LightOverride? Override,
    StandingAlarms? Alarms)
{
    public bool IsRound => !Round.IsNever;

    public static PlayedInput Of(long sequence, ulong touched, TelemetryBatch?[] parts) =>
        new(sequence, touched, parts, Instant.Never, null, null);

    public static PlayedInput Of(long sequence, ulong touched, Instant round) =>
        new(sequence, touched, null, round, null, null);

    public static PlayedInput Of(long sequence, ulong touched, LightOverride order) =>
        new(sequence, touched, null, Instant.Never, order, null);

    public static PlayedInput Of(long sequence, ulong touched, StandingAlarms alarms) =>
        new(sequence, touched, null, Instant.Never, null, alarms);
}
