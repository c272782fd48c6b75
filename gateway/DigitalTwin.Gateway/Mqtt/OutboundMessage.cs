namespace DigitalTwin.Gateway.Mqtt;

/// <summary>What MQTT 5.0 lets a message say of itself (§3.3.2.3); a 3.1.1 client is not told.</summary>
public sealed record MqttMessageProperties
{
    /// <summary>The payload is UTF-8 text.</summary>
    public bool IsText { get; init; }

    public string? ContentType { get; init; }

    public string? ResponseTopic { get; init; }

    public ReadOnlyMemory<byte> CorrelationData { get; init; }

    /// <summary>User properties in the order they were given; a name may come more than once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> User { get; init; } = [];
}

/// <summary>A message to a client.</summary>
/// <param name="Topic">The whole topic name, at most 65,535 bytes of UTF-8.</param>
public sealed record OutboundMessage(string Topic, ReadOnlyMemory<byte> Payload)
{
    /// <summary>0 or 1; what was granted to the subscription is the most that is used.</summary>
    public int Qos { get; init; }

    public MqttMessageProperties? Properties { get; init; }

    /// <summary>It is dropped where it has not been sent by then.</summary>
    public DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>The caller's own name for it, told by <see cref="DeviceSessions.Ended"/>.</summary>
    public string? Tag { get; init; }
}

/// <summary>What becomes of a message at once.</summary>
public enum SendOutcome : byte
{
    /// <summary>The client is connected: it is on its way.</summary>
    Sent,

    /// <summary>QoS 1, and the client is not connected: kept on disk until it comes, or the message expires.</summary>
    Queued,

    /// <summary>No subscription of the client takes this topic; nothing is kept.</summary>
    NotSubscribed,

    /// <summary>QoS 0, and the client is not connected; nothing is kept.</summary>
    Offline,

    /// <summary>As much waits for the client as may; nothing is kept.</summary>
    Full,
}

/// <summary>How a message that was taken ended.</summary>
public enum DeliveryEnd : byte
{
    /// <summary>QoS 1: the client acknowledged it. QoS 0: it was written to the socket.</summary>
    Delivered,

    /// <summary>Its time was over before it could be sent.</summary>
    Expired,

    /// <summary>The session ended, or at QoS 0 the connection; or the client takes no packet of its size.</summary>
    Discarded,
}

/// <summary>The answer to sending: the outcome, and where it was taken, the end.</summary>
public readonly record struct Sending(SendOutcome Outcome, Task<DeliveryEnd> End)
{
    internal static Sending Refused(SendOutcome outcome) => new(outcome, Task.FromResult(DeliveryEnd.Discarded));
}
