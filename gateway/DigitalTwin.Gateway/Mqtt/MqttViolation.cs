using DigitalTwin.Gateway.Ingest;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>A packet that no conforming client sends; it ends the connection, and is caught where that ends.</summary>
internal sealed class MqttViolation(RejectReason reject, MqttReason reason, string detail) : Exception(detail)
{
    public RejectReason Reject { get; } = reject;

    public MqttReason Reason { get; } = reason;

    public static MqttViolation Malformed(string detail) =>
        new(RejectReason.MalformedPacket, MqttReason.MalformedPacket, detail);

    public static MqttViolation Protocol(string detail) =>
        new(RejectReason.ProtocolViolation, MqttReason.ProtocolError, detail);
}
