namespace DigitalTwin.Gateway.Mqtt;

/// <summary>MQTT 5.0 §2.2.2.2: the identifiers that a client may send.</summary>
internal enum MqttProperty : byte
{
    PayloadFormat = 0x01,
    MessageExpiry = 0x02,
    ContentType = 0x03,
    ResponseTopic = 0x08,
    CorrelationData = 0x09,
    SubscriptionId = 0x0B,
    SessionExpiry = 0x11,
    AuthenticationMethod = 0x15,
    AuthenticationData = 0x16,
    RequestProblemInformation = 0x17,
    WillDelay = 0x18,
    RequestResponseInformation = 0x19,
    ReasonString = 0x1F,
    ReceiveMaximum = 0x21,
    TopicAliasMaximum = 0x22,
    TopicAlias = 0x23,
    User = 0x26,
    MaximumPacketSize = 0x27,
}

/// <summary>Checks a packet's properties; none of them changes what this endpoint does.</summary>
internal static class MqttProperties
{
    public const ulong OfConnect =
        1UL << (int)MqttProperty.SessionExpiry | 1UL << (int)MqttProperty.ReceiveMaximum
        | 1UL << (int)MqttProperty.MaximumPacketSize | 1UL << (int)MqttProperty.TopicAliasMaximum
        | 1UL << (int)MqttProperty.RequestResponseInformation | 1UL << (int)MqttProperty.RequestProblemInformation
        | 1UL << (int)MqttProperty.User | 1UL << (int)MqttProperty.AuthenticationMethod
        | 1UL << (int)MqttProperty.AuthenticationData;

    public const ulong OfWill =
        1UL << (int)MqttProperty.WillDelay | 1UL << (int)MqttProperty.PayloadFormat
        | 1UL << (int)MqttProperty.MessageExpiry | 1UL << (int)MqttProperty.ContentType
        | 1UL << (int)MqttProperty.ResponseTopic | 1UL << (int)MqttProperty.CorrelationData
        | 1UL << (int)MqttProperty.User;

    // No topic alias: CONNACK says that none are taken.
    public const ulong OfPublish =
        1UL << (int)MqttProperty.PayloadFormat | 1UL << (int)MqttProperty.MessageExpiry
        | 1UL << (int)MqttProperty.ResponseTopic | 1UL << (int)MqttProperty.CorrelationData
        | 1UL << (int)MqttProperty.User | 1UL << (int)MqttProperty.ContentType
        | 1UL << (int)MqttProperty.TopicAlias;

    public const ulong OfSubscribe = 1UL << (int)MqttProperty.SubscriptionId | 1UL << (int)MqttProperty.User;

    public const ulong OfUnsubscribe = 1UL << (int)MqttProperty.User;

    public const ulong OfDisconnect =
        1UL << (int)MqttProperty.SessionExpiry | 1UL << (int)MqttProperty.ReasonString | 1UL << (int)MqttProperty.User;

    /// <summary>Reads past the properties; returns which ones there were.</summary>
    /// <exception cref="MqttViolation">One is unknown, not allowed here, given twice or has no legal value.</exception>
    public static ulong Skip(ref MqttReader reader, ulong allowed)
    {
        var properties = new MqttReader(reader.Take(reader.VariableInteger()));
        var seen = 0UL;
        while (!properties.IsAtEnd)
        {
            var id = properties.VariableInteger();
            if (id > 63 || (allowed >> id & 1) == 0)
                throw MqttViolation.Malformed($"property 0x{id:x2} does not belong here");
            if ((seen >> id & 1) != 0 && (MqttProperty)id != MqttProperty.User)
                throw MqttViolation.Protocol($"property 0x{id:x2} is given twice");
            seen |= 1UL << id;
            SkipValue(ref properties, (MqttProperty)id);
        }

        return seen;
    }

    /// <summary>The content type among properties that <see cref="Skip"/> has found to be right.</summary>
    public static ReadOnlySpan<byte> ContentTypeOf(scoped ref MqttReader reader)
    {
        var properties = new MqttReader(reader.Take(reader.VariableInteger()));
        while (!properties.IsAtEnd)
        {
            var property = (MqttProperty)properties.VariableInteger();
            if (property == MqttProperty.ContentType)
                return properties.Text();
            SkipValue(ref properties, property);
        }

        return default;
    }

    public static bool Has(ulong seen, MqttProperty property) => (seen >> (int)property & 1) != 0;

    private static void SkipValue(ref MqttReader reader, MqttProperty property)
    {
        switch (property)
        {
            case MqttProperty.PayloadFormat or MqttProperty.RequestProblemInformation
                or MqttProperty.RequestResponseInformation:
                if (reader.Byte() > 1)
                    throw MqttViolation.Protocol($"property 0x{(int)property:x2} is neither 0 nor 1");
                break;
            case MqttProperty.ReceiveMaximum:
                if (reader.UInt16() == 0)
                    throw MqttViolation.Protocol("the receive maximum is 0");
                break;
            case MqttProperty.MaximumPacketSize:
                if (reader.UInt32() == 0)
                    throw MqttViolation.Protocol("the maximum packet size is 0");
                break;
            case MqttProperty.TopicAliasMaximum or MqttProperty.TopicAlias:
                reader.UInt16();
                break;
            case MqttProperty.MessageExpiry or MqttProperty.SessionExpiry or MqttProperty.WillDelay:
                reader.UInt32();
                break;
            case MqttProperty.SubscriptionId:
                if (reader.VariableInteger() == 0)
                    throw MqttViolation.Protocol("the subscription identifier is 0");
                break;
            case MqttProperty.CorrelationData or MqttProperty.AuthenticationData:
                reader.Binary();
                break;
            case MqttProperty.User:
                reader.Text();
                reader.Text();
                break;
            default:
                reader.Text();
                break;
        }
    }
}
