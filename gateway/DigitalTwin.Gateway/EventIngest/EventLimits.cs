namespace DigitalTwin.Gateway.EventIngest;

/// <summary>Every bound of reading event hubs, each with its origin; the table for people is docs/limits.md.</summary>
public sealed record EventLimits
{
    /// <summary>Ours: events of a partition that wait for the engine; beyond it the hub is read no further.</summary>
    public int EventsWaitingMax { get; init; } = 1_024;

    /// <summary>Ours: events handed to the engine together; as many wait for one flush of the disk.</summary>
    public int EventsTogetherMax { get; init; } = 256;

    /// <summary>docs/capacity.md: each is a write to a blob; what came since the last one comes again after a crash.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Ours: as many events come again at most after a crash.</summary>
    public int EventsPerCheckpointMax { get; init; } = 10_000;

    /// <summary>Ours: refused events of a partition that are kept; a device in a loop must not fill a storage account.</summary>
    public int PoisonPerMinuteMax { get; init; } = 60;

    /// <summary>Ours: an engine that does not take events is asked again after this, doubling.</summary>
    public TimeSpan AgainAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Ours: and after this at most.</summary>
    public TimeSpan AgainAfterMax { get; init; } = TimeSpan.FromSeconds(30);
}
