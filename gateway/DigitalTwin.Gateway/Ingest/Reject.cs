using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>Which way something came.</summary>
public enum IngestTransport : byte
{
    Mqtt,
    Https,
    LoRaWan,
    EventHubs,
}

/// <summary>The ways as they are written on the wire.</summary>
internal static class IngestTransports
{
    public static string NameOf(IngestTransport transport) => transport switch
    {
        IngestTransport.Mqtt => "mqtt",
        IngestTransport.EventHubs => "eventhubs",
        // Webhooks of network servers come over HTTPS.
        _ => "https",
    };
}

/// <summary>Something that was refused, as people see it.</summary>
/// <param name="DeviceId">The device that sent it, or claimed to; none where nobody got that far.</param>
/// <param name="Detail">Which field, and which limit it went past.</param>
/// <param name="Excerpt">The beginning of what was sent, printable.</param>
public sealed record Reject(
    Instant At, string? DeviceId, string? TwinId, IngestTransport Transport, RejectReason Reason, string Detail,
    string Excerpt);
