namespace DigitalTwin.Gateway.Mqtt;

/// <summary>PUBLISH (MQTT 3.1.1 and 5.0 §3.3), as places in the packet.</summary>
internal readonly ref struct PublishPacket
{
    private const int Duplicate = 0x08;

    /// <exception cref="MqttViolation">Not a PUBLISH.</exception>
    public PublishPacket(byte header, ReadOnlySpan<byte> body, MqttVersion version)
    {
        Qos = header >> 1 & 3;
        IsRetained = (header & 1) != 0;
        if (Qos == 3)
            throw MqttViolation.Malformed("QoS 3");
        if (Qos == 0 && (header & Duplicate) != 0)
            throw MqttViolation.Malformed("QoS 0 is marked as sent again");
        var reader = new MqttReader(body);
        Topic = reader.Text();
        PacketId = Qos > 0 ? reader.UInt16() : (ushort)0;
        if (Qos > 0 && PacketId == 0)
            throw MqttViolation.Malformed("packet identifier 0");
        if (version == MqttVersion.V500)
            Properties = MqttProperties.Read(ref reader, MqttProperties.OfPublish);
        if (Topic.IsEmpty && !Properties.Has(MqttProperty.TopicAlias))
            throw version == MqttVersion.V500
                ? MqttViolation.Protocol("there is neither a topic nor an alias")
                : MqttViolation.Malformed("the topic is empty");
        Payload = reader.Rest;
    }

    public int Qos { get; }

    public bool IsRetained { get; }

    /// <summary>Empty where the alias stands for it.</summary>
    public ReadOnlySpan<byte> Topic { get; }

    public ushort PacketId { get; }

    public readonly MqttProperties Properties;

    public ReadOnlySpan<byte> Payload { get; }
}
