namespace DigitalTwin.Gateway.Commands;

/// <summary>Every bound of commands at the edge, each with its origin; the table for people is docs/limits.md.</summary>
public sealed record CommandLimits
{
    /// <summary>Ours: what is taken from the book at once.</summary>
    public int TakenAtOnceMax { get; init; } = 256;

    /// <summary>Ours: handed to devices at once; most of that time is the wait for the disk.</summary>
    public int SendingAtOnceMax { get; init; } = 64;

    /// <summary>Ours: a device that is offline is tried again when it comes, and after so long in any case.</summary>
    public TimeSpan TryAgainAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>IoT Hub: how long a direct method's answer is waited for where nothing else is said.</summary>
    public TimeSpan MethodAnswerWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ours: calls whose late answer is still known; beyond it the oldest is forgotten.</summary>
    public int LateAnswersKnownMax { get; init; } = 10_000;

    /// <summary>As long as a message to a device may wait.</summary>
    public TimeSpan DeadlineMax { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Ours: four texts and 5,000 twins by id; a greater group is told by what it has in common.</summary>
    public int OrderBytesMax { get; init; } = 256 * 1024;
}
