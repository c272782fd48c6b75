using System.Text;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>MQTT 5.0 §2.2.2.2: the property identifiers.</summary>
internal enum MqttProperty : byte
{
    PayloadFormat = 0x01,
    MessageExpiry = 0x02,
    ContentType = 0x03,
    ResponseTopic = 0x08,
    CorrelationData = 0x09,
    SubscriptionId = 0x0B,
    SessionExpiry = 0x11,
    AssignedClientId = 0x12,
    ServerKeepAlive = 0x13,
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
    SubscriptionIdsAvailable = 0x29,
    SharedSubscriptionsAvailable = 0x2A,
}

/// <summary>A packet's properties: those with a number by value, the texts as places in the packet.</summary>
internal ref struct MqttProperties
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

    public const ulong OfPublish =
        1UL << (int)MqttProperty.PayloadFormat | 1UL << (int)MqttProperty.MessageExpiry
        | 1UL << (int)MqttProperty.ResponseTopic | 1UL << (int)MqttProperty.CorrelationData
        | 1UL << (int)MqttProperty.User | 1UL << (int)MqttProperty.ContentType
        | 1UL << (int)MqttProperty.TopicAlias;

    public const ulong OfAcknowledgement = 1UL << (int)MqttProperty.ReasonString | 1UL << (int)MqttProperty.User;

    public const ulong OfSubscribe = 1UL << (int)MqttProperty.SubscriptionId | 1UL << (int)MqttProperty.User;

    public const ulong OfUnsubscribe = 1UL << (int)MqttProperty.User;

    public const ulong OfDisconnect =
        1UL << (int)MqttProperty.SessionExpiry | 1UL << (int)MqttProperty.ReasonString | 1UL << (int)MqttProperty.User;

    private ulong _seen;
    private ReadOnlySpan<byte> _all;

    /// <summary>0 where it is absent; ask <see cref="Has"/> where 0 means something.</summary>
    public uint SessionExpirySeconds { get; private set; }

    public uint MessageExpirySeconds { get; private set; }

    public uint WillDelaySeconds { get; private set; }

    public uint PacketBytesMax { get; private set; }

    public int ReceiveMaximum { get; private set; }

    public int TopicAlias { get; private set; }

    /// <summary>The payload format indicator.</summary>
    public bool IsText { get; private set; }

    public bool WantsNoProblems { get; private set; }

    /// <summary>Empty where it is not said.</summary>
    public ReadOnlySpan<byte> ContentType { get; private set; }

    private ReadOnlySpan<byte> ResponseTopic { get; set; }

    private ReadOnlySpan<byte> CorrelationData { get; set; }

    /// <summary>Reads the properties of a packet.</summary>
    /// <exception cref="MqttViolation">One is unknown, not allowed here, given twice or has no legal value.</exception>
    public static MqttProperties Read(scoped ref MqttReader reader, ulong allowed)
    {
        var found = new MqttProperties { _all = reader.Take(reader.VariableInteger()) };
        var rest = new MqttReader(found._all);
        while (!rest.IsAtEnd)
        {
            var id = rest.VariableInteger();
            if (id > 63 || (allowed >> id & 1) == 0)
                throw MqttViolation.Malformed($"property 0x{id:x2} does not belong here");
            if ((found._seen >> id & 1) != 0 && (MqttProperty)id != MqttProperty.User)
                throw MqttViolation.Protocol($"property 0x{id:x2} is given twice");
            found._seen |= 1UL << id;
            found.ReadValue(ref rest, (MqttProperty)id);
        }

        return found;
    }

    public readonly bool Has(MqttProperty property) => (_seen >> (int)property & 1) != 0;

    /// <summary>As something to keep: copies.</summary>
    public readonly MqttMessageProperties ToMessage()
    {
        if (_seen == 0)
            return s_none;
        var user = new List<KeyValuePair<string, string>>();
        var rest = new MqttReader(_all);
        while (Has(MqttProperty.User) && !rest.IsAtEnd)
        {
            var property = (MqttProperty)rest.VariableInteger();
            if (property == MqttProperty.User)
                user.Add(new KeyValuePair<string, string>(rest.String(), rest.String()));
            else
                new MqttProperties().ReadValue(ref rest, property);
        }

        return new MqttMessageProperties
        {
            IsText = IsText,
            ContentType = Has(MqttProperty.ContentType) ? Encoding.UTF8.GetString(ContentType) : null,
            ResponseTopic = Has(MqttProperty.ResponseTopic) ? Encoding.UTF8.GetString(ResponseTopic) : null,
            CorrelationData = CorrelationData.ToArray(),
            User = user,
        };
    }

    /// <summary>The value of the first user property of this name; empty where there is none.</summary>
    public readonly ReadOnlySpan<byte> UserValue(ReadOnlySpan<byte> name)
    {
        var rest = new MqttReader(_all);
        while (Has(MqttProperty.User) && !rest.IsAtEnd)
        {
            var property = (MqttProperty)rest.VariableInteger();
            if (property != MqttProperty.User)
            {
                new MqttProperties().ReadValue(ref rest, property);
                continue;
            }

            var isNamed = rest.Text().SequenceEqual(name);
            var value = rest.Text();
            if (isNamed)
                return value;
        }

        return default;
    }

    private static readonly MqttMessageProperties s_none = new();

    private void ReadValue(ref MqttReader reader, MqttProperty property)
    {
        switch (property)
        {
            case MqttProperty.PayloadFormat:
                IsText = Flag(ref reader, property);
                break;
            case MqttProperty.RequestProblemInformation:
                WantsNoProblems = !Flag(ref reader, property);
                break;
            case MqttProperty.RequestResponseInformation:
                Flag(ref reader, property);
                break;
            case MqttProperty.ReceiveMaximum:
                ReceiveMaximum = reader.UInt16();
                if (ReceiveMaximum == 0)
                    throw MqttViolation.Protocol("the receive maximum is 0");
                break;
            case MqttProperty.MaximumPacketSize:
                PacketBytesMax = reader.UInt32();
                if (PacketBytesMax == 0)
                    throw MqttViolation.Protocol("the maximum packet size is 0");
                break;
            case MqttProperty.TopicAliasMaximum:
                reader.UInt16();
                break;
            case MqttProperty.TopicAlias:
                TopicAlias = reader.UInt16();
                break;
            case MqttProperty.MessageExpiry:
                MessageExpirySeconds = reader.UInt32();
                break;
            case MqttProperty.SessionExpiry:
                SessionExpirySeconds = reader.UInt32();
                break;
            case MqttProperty.WillDelay:
                WillDelaySeconds = reader.UInt32();
                break;
            case MqttProperty.SubscriptionId:
                if (reader.VariableInteger() == 0)
                    throw MqttViolation.Protocol("the subscription identifier is 0");
                break;
            case MqttProperty.CorrelationData:
                CorrelationData = reader.Binary();
                break;
            case MqttProperty.AuthenticationData:
                reader.Binary();
                break;
            case MqttProperty.User:
                reader.Text();
                reader.Text();
                break;
            case MqttProperty.ContentType:
                ContentType = reader.Text();
                break;
            case MqttProperty.ResponseTopic:
                ResponseTopic = reader.Text();
                // [MQTT-3.3.2-14]
                if (ResponseTopic.ContainsAny((byte)'+', (byte)'#') || ResponseTopic.IsEmpty)
                    throw MqttViolation.Protocol("the response topic is not a topic name");
                break;
            default:
                reader.Text();
                break;
        }
    }

    private static bool Flag(ref MqttReader reader, MqttProperty property) => reader.Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw MqttViolation.Protocol($"property 0x{(int)property:x2} is neither 0 nor 1"),
    };
}
