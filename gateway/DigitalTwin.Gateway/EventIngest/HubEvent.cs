namespace DigitalTwin.Gateway.EventIngest;

/// <summary>Which partition of which event hub.</summary>
public sealed record EventPlace(string Hub, string Partition);

/// <summary>One event as an event hub gives it.</summary>
/// <param name="EnqueuedAt">When the event hub had it.</param>
/// <param name="SequenceNumber">Its place in the partition.</param>
public sealed record HubEvent(
    ReadOnlyMemory<byte> Body, DateTimeOffset EnqueuedAt, long SequenceNumber, string Offset)
{
    private static readonly Dictionary<string, object> s_none = [];

    /// <summary>What the sender said beside the body.</summary>
    public IReadOnlyDictionary<string, object> Properties { get; init; } = s_none;

    /// <summary>What the hub says of it; no sender can.</summary>
    public IReadOnlyDictionary<string, object> SystemProperties { get; init; } = s_none;
}
