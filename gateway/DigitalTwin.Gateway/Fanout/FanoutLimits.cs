namespace DigitalTwin.Gateway.Fanout;

/// <summary>Every bound of the fan-out between gateways, each with its origin; the table for people is docs/limits.md.</summary>
public sealed record FanoutLimits
{
    /// <summary>Ours: ten times what changes in a tenth of a second at a city's quarter hour.</summary>
    public int TwinsPerMessageMax { get; init; } = 16_384;

    /// <summary>As many as a part of a view's snapshot.</summary>
    public int TwinsPerPartMax { get; init; } = 8_192;

    /// <summary>Ours: rounds that wait while a snapshot is loaded, 13 seconds of them.</summary>
    public int MessagesWaitingMax { get; init; } = 128;

    /// <summary>Contracts §2: less than the two seconds in which a view hears of the city.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Ours: a round that is older than this is not shown as live; clocks of gateways agree better.</summary>
    public TimeSpan LagMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Ours: a snapshot is asked for, and written, no more often.</summary>
    public TimeSpan SnapshotEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Ours: a snapshot that nobody has loaded by then is not needed any more.</summary>
    public TimeSpan SnapshotKept { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Ours: a bus or cache that fails is tried again after this.</summary>
    public TimeSpan AgainAfter { get; init; } = TimeSpan.FromMilliseconds(500);
}
