using System.Text.Json;
using System.Text.Json.Serialization;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>
/// One line of <c>mqtt-sessions.ndjson</c>: a change of one session. Replaying a line twice changes nothing, so the
/// file may be rewritten while changes go on.
/// </summary>
internal sealed record SessionRecord
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The client whose session it is.</summary>
    public required string Client { get; init; }

    /// <summary>How long the session outlives its connection, in seconds.</summary>
    public long? KeptForSeconds { get; init; }

    /// <summary>When its connection ended, Unix milliseconds; 0: it is connected.</summary>
    public long? LeftAt { get; init; }

    public string? Subscribed { get; init; }

    /// <summary>The options of <see cref="Subscribed"/>.</summary>
    public byte? Options { get; init; }

    public string? Unsubscribed { get; init; }

    /// <summary>A QoS 2 packet identifier that was received and not released.</summary>
    public ushort? Received { get; init; }

    public ushort? Released { get; init; }

    /// <summary>A QoS 1 message that waits for the client; its number grows within the session.</summary>
    public long? Waits { get; init; }

    public string? Topic { get; init; }

    public byte[]? Payload { get; init; }

    /// <summary>Unix milliseconds; absent: never.</summary>
    public long? ExpiresAt { get; init; }

    public string? Tag { get; init; }

    public MqttMessageProperties? Properties { get; init; }

    /// <summary>The message of this number waits no longer.</summary>
    public long? Done { get; init; }

    /// <summary>The session is over.</summary>
    public bool? Gone { get; init; }

    public static SessionRecord Of(string client, long number, OutboundMessage message) => new()
    {
        Client = client,
        Waits = number,
        Topic = message.Topic,
        Payload = message.Payload.ToArray(),
        ExpiresAt = message.ExpiresAt == DateTimeOffset.MaxValue ? null : message.ExpiresAt.ToUnixTimeMilliseconds(),
        Tag = message.Tag,
        Properties = message.Properties,
    };

    public OutboundMessage ToMessage() => new(Topic!, Payload ?? [])
    {
        Qos = 1,
        Tag = Tag,
        Properties = Properties,
        ExpiresAt = ExpiresAt is { } milliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : DateTimeOffset.MaxValue,
    };

    public byte[] ToLine() => [.. JsonSerializer.SerializeToUtf8Bytes(this, s_json), (byte)'\n'];

    /// <exception cref="JsonException">Not such a line.</exception>
    public static SessionRecord Parse(ReadOnlySpan<byte> line) =>
        JsonSerializer.Deserialize<SessionRecord>(line, s_json) ?? throw new JsonException("null");
}
