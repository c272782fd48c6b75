using System.Text;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>SUBSCRIBE and UNSUBSCRIBE.</summary>
internal sealed partial class MqttSession
{
    private const byte Refused311 = 0x80;

    private void Subscribe(ReadOnlySpan<byte> packet, MqttRound round)
    {
        var reader = new MqttReader(packet);
        var packetId = ReadPacketId(ref reader);
        if (_version == MqttVersion.V500
            && MqttProperties.Read(ref reader, MqttProperties.OfSubscribe).Has(MqttProperty.SubscriptionId))
            throw new MqttViolation(
                Ingest.RejectReason.ProtocolViolation, MqttReason.SubscriptionIdsNotSupported,
                "subscription identifiers are not offered");
        Span<byte> codes = stackalloc byte[_limits.FiltersPerSubscribeMax];
        var count = 0;
        do
        {
            CheckCount(count);
            var filter = ReadFilter(ref reader);
            codes[count++] = Grant(filter, ReadOptions(ref reader), round);
        }
        while (!reader.IsAtEnd);
        round.Replies.Subscription(MqttPacketType.Suback, _version, packetId, codes[..count]);
        if (city is null)
            (round.Afterwards ??= []).Add(() => services.Sessions.TellListening(session.Client));
    }

    private void Unsubscribe(ReadOnlySpan<byte> packet, MqttRound round)
    {
        var reader = new MqttReader(packet);
        var packetId = ReadPacketId(ref reader);
        if (_version == MqttVersion.V500)
            MqttProperties.Read(ref reader, MqttProperties.OfUnsubscribe);
        Span<byte> codes = stackalloc byte[_limits.FiltersPerSubscribeMax];
        var count = 0;
        do
        {
            CheckCount(count);
            var filter = ReadFilter(ref reader);
            round.Keep(session.UnsubscribeAsync(filter, out var wasThere));
            // [MQTT-3.10.4-2]: at once, and so before the answer.
            city?.Unsubscribe(filter);
            codes[count++] = (byte)(wasThere ? MqttReason.Success : MqttReason.NoSubscriptionExisted);
        }
        while (!reader.IsAtEnd);
        round.Replies.Subscription(MqttPacketType.Unsuback, _version, packetId, codes[..count]);
    }

    private static ushort ReadPacketId(ref MqttReader reader)
    {
        var packetId = reader.UInt16();
        return packetId != 0 ? packetId : throw MqttViolation.Malformed("packet identifier 0");
    }

    private void CheckCount(int count)
    {
        if (count == _limits.FiltersPerSubscribeMax)
            throw MqttViolation.Protocol($"more than {_limits.FiltersPerSubscribeMax} filters");
    }

    private static string ReadFilter(ref MqttReader reader)
    {
        var filter = reader.Text();
        return filter.IsEmpty ? throw MqttViolation.Malformed("a filter is empty") : Encoding.UTF8.GetString(filter);
    }

    private byte ReadOptions(ref MqttReader reader)
    {
        // 5.0 §3.8.3.1: two bits QoS, no local, retain as published, two bits retain handling, two reserved.
        var options = reader.Byte();
        var reserved = _version == MqttVersion.V500 ? 0xC0 : 0xFC;
        return (options & 3) == 3 || (options & reserved) != 0
            || (_version == MqttVersion.V500 && (options & 0x30) == 0x30)
            ? throw MqttViolation.Malformed("a filter's options are malformed")
            : options;
    }

    private byte Grant(string filter, byte options, MqttRound round)
    {
        if (filter.StartsWith("$share/", StringComparison.Ordinal))
            return Code(MqttReason.SharedSubscriptionsNotSupported);
        if (!TopicFilter.IsValid(filter))
            return Code(MqttReason.TopicFilterInvalid);
        if (!role.MaySubscribe(filter))
            return Code(MqttReason.NotAuthorized);
        if (session.SubscriptionCount >= _limits.SubscriptionsMax && !session.HasSubscription(filter))
            return Code(MqttReason.QuotaExceeded);
        var qos = Math.Min(options & 3, 1);
        var subscription = new Subscription((byte)(options & 0xFC | qos));
        round.Keep(session.SubscribeAsync(filter, subscription, out var isNew));
        if (city is not null)
            (round.Afterwards ??= []).Add(() => services.City.Subscribe(city, filter, subscription, isNew));
        return (byte)qos;
    }

    private byte Code(MqttReason reason) => _version == MqttVersion.V500 ? (byte)reason : Refused311;
}
