using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>Which way something came.</summary>
public enum IngestTransport : byte
{
    Mqtt,
    Https,
    LoRaWan,
}

/// <summary>Something that was refused, as people see it.</summary>
/// <param name="DeviceId">The device that sent it, or claimed to; none where nobody got that far.</param>
/// <param name="Detail">Which field, and which limit it went past.</param>
/// <param name="Excerpt">The beginning of what was sent, printable.</param>
public sealed record Reject(
    Instant At, string? DeviceId, string? TwinId, IngestTransport Transport, RejectReason Reason, string Detail,
    string Excerpt);
