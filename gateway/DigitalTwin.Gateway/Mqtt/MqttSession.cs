using System.Buffers;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>Where reading a round came to.</summary>
internal enum RoundEnd : byte
{
    /// <summary>Every whole packet was read.</summary>
    WaitingForMore,

    /// <summary>The round has as much as is accepted at once; whole packets may be left.</summary>
    Full,

    /// <summary>The device said goodbye.</summary>
    Left,

    /// <summary>It left and asked for its will to be published.</summary>
    LeftWithWill,
}

/// <summary>An admitted device's packets: turns them into readings and replies. Does no input or output of its own.</summary>
internal sealed class MqttSession(ConnectPacket connect, DeviceTopic topic, MqttServices services)
{
    private const int MediaTypeBytesMax = 64;

    private readonly MqttVersion _version = connect.Version;
    private readonly Speaker _speaker = Speaker.Of(services.Reader.Graph, connect.ClientId);
    private readonly GatewayLimits _limits = services.Limits;

    public string DeviceId => connect.ClientId;

    public bool HasWill => connect.Will is not null;

    public bool IsStillWelcome => connect.Password is null || services.Authenticator.IsStillWelcome(DeviceId);

    /// <exception cref="MqttViolation">A packet breaks the protocol; what was read before it stands.</exception>
    public RoundEnd Read(ref ReadOnlySequence<byte> input, MqttRound round)
    {
        while (MqttFrame.TryTake(ref input, _limits.MessageBytesMax, out var header, out var body))
        {
            var packet = round.InOnePiece(body);
            switch ((MqttPacketType)(header >> 4))
            {
                case MqttPacketType.Publish:
                    Publish(new PublishPacket(header, packet, _version), round);
                    break;
                case MqttPacketType.Pingreq when header == (int)MqttPacketType.Pingreq << 4 && packet.IsEmpty:
                    round.Replies.Pingresp();
                    break;
                case MqttPacketType.Subscribe or MqttPacketType.Unsubscribe:
                    Subscribe(header, packet, round);
                    break;
                case MqttPacketType.Disconnect when (header & 0x0f) == 0:
                    return Disconnect(packet);
                default:
                    throw MqttViolation.Protocol($"packet 0x{header:x2} is not expected here");
            }

            if (++round.Packets >= _limits.PacketsPerRoundMax || round.Batch.Count >= _limits.ReadingsPerRoundMax)
                return RoundEnd.Full;
        }

        return RoundEnd.WaitingForMore;
    }

    /// <summary>Reads the will's message into the round; false where it was refused.</summary>
    public bool ReadWill(MqttRound round)
    {
        topic.Judge(connect.Will!.Topic, out var createdAt);
        var result = services.Reader.Read(connect.Will.Payload, _speaker, createdAt, round.Batch);
        if (!result.IsAccepted)
            Refuse(result, connect.Will.Payload);
        return result.IsAccepted;
    }

    private void Publish(in PublishPacket packet, MqttRound round)
    {
        Span<byte> mediaType = stackalloc byte[MediaTypeBytesMax];
        var refusal = topic.Judge(packet.Topic, out var createdAt, mediaType, out var mediaTypeLength);
        if (refusal != RejectReason.None)
        {
            RefuseTopic(refusal, packet, round);
            return;
        }

        var contentType = mediaTypeLength > 0 ? mediaType[..mediaTypeLength] : packet.ContentType;
        var isAccepted = services.Telegrams is { } telegrams && TelegramMessage.IsOne(contentType, packet.Payload)
            ? ReadTelegrams(telegrams, packet.Payload, contentType, createdAt, round)
            : ReadTelemetry(packet.Payload, createdAt, round);
        if (packet.Qos == 1)
            round.Replies.Puback(
                _version, packet.PacketId, isAccepted ? MqttReason.Success : MqttReason.PayloadFormatInvalid);
    }

    private bool ReadTelemetry(ReadOnlySpan<byte> payload, Instant? createdAt, MqttRound round)
    {
        var result = services.Reader.Read(payload, _speaker, createdAt, round.Batch);
        if (!result.IsAccepted)
            Refuse(result, payload);
        return result.IsAccepted;
    }

    private bool ReadTelegrams(
        TelegramMessage telegrams, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> contentType, Instant? createdAt,
        MqttRound round)
    {
        var hearing = new Hearing(
            DeviceId, IngestTransport.Mqtt, createdAt ?? round.Batch.ReceivedAt, IsTimed: createdAt is not null);
        var outcome = telegrams.Read(payload, TelegramMessage.FormOf(contentType), hearing, round.Batch);
        if (outcome.Reason != RejectReason.None && services.Rejects.Count(outcome.Reason, DeviceId))
            services.Rejects.Keep(
                outcome.Reason, IngestTransport.Mqtt, DeviceId, twinId: null, outcome.Detail,
                Excerpt.Of(payload, _limits.ExcerptCharactersMax));
        return outcome.IsAccepted;
    }

    private void RefuseTopic(RejectReason refusal, in PublishPacket packet, MqttRound round)
    {
        var reason = refusal == RejectReason.ForeignDevice ? MqttReason.NotAuthorized : MqttReason.TopicNameInvalid;
        if (_version == MqttVersion.V311 || (packet.Qos == 0 && refusal == RejectReason.ForeignDevice))
            throw new MqttViolation(refusal, reason, Excerpt.Of(packet.Topic, _limits.ExcerptCharactersMax));
        if (services.Rejects.Count(refusal, DeviceId))
            services.Rejects.Keep(
                refusal, IngestTransport.Mqtt, DeviceId, twinId: null,
                Excerpt.Of(packet.Topic, _limits.ExcerptCharactersMax),
                Excerpt.Of(packet.Payload, _limits.ExcerptCharactersMax));
        if (packet.Qos == 1)
            round.Replies.Puback(_version, packet.PacketId, reason);
    }

    private void Refuse(in ReadResult result, ReadOnlySpan<byte> payload)
    {
        if (services.Rejects.Count(result.Reason, DeviceId))
            services.Rejects.Keep(
                result.Reason, IngestTransport.Mqtt, DeviceId, result.TwinId(services.Reader.Graph),
                result.Detail(payload, _limits), Excerpt.Of(payload, _limits.ExcerptCharactersMax));
    }

    private void Subscribe(byte header, ReadOnlySpan<byte> packet, MqttRound round)
    {
        if ((header & 0x0f) != 2)
            throw MqttViolation.Malformed("SUBSCRIBE or UNSUBSCRIBE has wrong flags");
        var isSubscribe = header >> 4 == (int)MqttPacketType.Subscribe;
        var reader = new MqttReader(packet);
        var packetId = reader.UInt16();
        if (packetId == 0)
            throw MqttViolation.Malformed("packet identifier 0");
        if (_version == MqttVersion.V500)
            MqttProperties.Skip(ref reader, isSubscribe ? MqttProperties.OfSubscribe : MqttProperties.OfUnsubscribe);
        Span<byte> codes = stackalloc byte[_limits.FiltersPerSubscribeMax];
        var count = 0;
        do
        {
            if (count == codes.Length)
                throw MqttViolation.Protocol($"more than {codes.Length} filters");
            var filter = reader.Text();
            if (filter.IsEmpty)
                throw MqttViolation.Malformed("a filter is empty");
            codes[count++] = isSubscribe ? Granted(filter, reader.Byte()) : (byte)0;
        }
        while (!reader.IsAtEnd);
        round.Replies.Subscription(
            isSubscribe ? MqttPacketType.Suback : MqttPacketType.Unsuback, _version, packetId, codes[..count]);
    }

    private byte Granted(ReadOnlySpan<byte> filter, byte options)
    {
        // 5.0 §3.8.3.1: two bits QoS, no local, retain as published, two bits retain handling, two reserved.
        var reserved = _version == MqttVersion.V500 ? 0xC0 : 0xFC;
        var qos = options & 3;
        if (qos == 3 || (options & reserved) != 0 || (_version == MqttVersion.V500 && (options & 0x30) == 0x30))
            throw MqttViolation.Malformed("a filter's options are malformed");
        if (topic.MaySubscribe(filter))
            return (byte)Math.Min(qos, 1);
        return _version == MqttVersion.V500 ? (byte)MqttReason.NotAuthorized : (byte)0x80;
    }

    private RoundEnd Disconnect(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
            return RoundEnd.Left;
        if (_version == MqttVersion.V311)
            throw MqttViolation.Malformed("DISCONNECT has a body");
        var reader = new MqttReader(packet);
        var reason = (MqttReason)reader.Byte();
        if (!reader.IsAtEnd)
            MqttProperties.Skip(ref reader, MqttProperties.OfDisconnect);
        reader.MustEnd();
        // Only 0 takes the will away (5.0 §3.14.4).
        return reason == MqttReason.Success ? RoundEnd.Left : RoundEnd.LeftWithWill;
    }
}
