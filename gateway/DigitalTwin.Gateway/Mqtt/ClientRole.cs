using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>What a client may publish and subscribe to.</summary>
internal interface IClientRole
{
    /// <summary>Who it is in lists and counts: the device, or the service.</summary>
    string Name { get; }

    /// <summary>Its session among all sessions.</summary>
    string SessionKey { get; }

    /// <summary>Whether it may publish telemetry here, and what the topic says of the time.</summary>
    RejectReason Judge(ReadOnlySpan<byte> topic, out Instant? createdAt);

    /// <param name="mediaType">Room for what the topic says of the content.</param>
    RejectReason Judge(ReadOnlySpan<byte> topic, out Instant? createdAt, Span<byte> mediaType, out int mediaTypeLength);

    /// <summary>Whether it may subscribe here; the filter is valid.</summary>
    bool MaySubscribe(string filter);

    /// <summary>What takes its other messages in place of the registered handlers; null: those do.</summary>
    IDeviceTopicHandler? OwnHandler => null;

    /// <summary>Whether it may still be connected.</summary>
    bool IsStillWelcome();
}
