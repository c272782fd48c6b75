namespace DigitalTwin.Gateway.HubCommands;

/// <summary>Every bound of commands through IoT hubs, each with its origin; the table for people is docs/limits.md.</summary>
public sealed record HubCommandLimits
{
    /// <summary>IoT Hub S2 lets 120 methods a second through; most wait for their devices meanwhile.</summary>
    public int CallsAtOnceMax { get; init; } = 256;

    /// <summary>IoT Hub: the least that may be said.</summary>
    public TimeSpan AnswerWithinMin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>IoT Hub: what is waited where nothing else is said.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ours: a hub that answers 429 is left alone for so long.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Ours: one whose daily quota is used up, for so long.</summary>
    public TimeSpan PauseOfQuota { get; init; } = TimeSpan.FromMinutes(5);
}
