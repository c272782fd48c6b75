using DigitalTwin.Gateway.Ingest;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>PUBLISH (MQTT 3.1.1 and 5.0 §3.3), as places in the packet.</summary>
internal readonly ref struct PublishPacket
{
    private const int Duplicate = 0x08;

    /// <exception cref="MqttViolation">Not a PUBLISH, or of a QoS that is not offered.</exception>
    public PublishPacket(byte header, ReadOnlySpan<byte> body, MqttVersion version)
    {
        Qos = header >> 1 & 3;
        if (Qos == 3)
            throw MqttViolation.Malformed("QoS 3");
        if (Qos == 2)
            throw new MqttViolation(RejectReason.ProtocolViolation, MqttReason.QosNotSupported, "QoS 2 is not offered");
        if (Qos == 0 && (header & Duplicate) != 0)
            throw MqttViolation.Malformed("QoS 0 is marked as sent again");
        var reader = new MqttReader(body);
        Topic = reader.Text();
        PacketId = Qos > 0 ? reader.UInt16() : (ushort)0;
        if (Qos > 0 && PacketId == 0)
            throw MqttViolation.Malformed("packet identifier 0");
        if (version == MqttVersion.V500)
        {
            var properties = reader;
            var seen = MqttProperties.Skip(ref reader, MqttProperties.OfPublish);
            if (MqttProperties.Has(seen, MqttProperty.TopicAlias))
                throw new MqttViolation(
                    RejectReason.ProtocolViolation, MqttReason.TopicAliasInvalid, "topic aliases are not offered");
            if (MqttProperties.Has(seen, MqttProperty.ContentType))
                ContentType = MqttProperties.ContentTypeOf(ref properties);
        }

        if (Topic.IsEmpty)
            throw MqttViolation.Malformed("the topic is empty");
        Payload = reader.Rest;
    }

    public int Qos { get; }

    public ReadOnlySpan<byte> Topic { get; }

    public ushort PacketId { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>MQTT 5.0 §3.3.2.3.9; empty where it is not said.</summary>
    public ReadOnlySpan<byte> ContentType { get; }
}
