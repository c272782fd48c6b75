using System.Buffers;
using System.Text;
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

/// <summary>An admitted client's packets: turns them into readings and replies, without input or output.</summary>
internal sealed partial class MqttSession(
    ConnectPacket connect, IClientRole role, ClientSession session, MqttServices services,
    City.CitySubscriber? city = null)
{
    private const int MediaTypeBytesMax = 64;

    private readonly MqttVersion _version = connect.Version;
    private readonly bool _wantsReasons = connect.WantsReasons;
    private readonly Speaker _speaker = Speaker.Of(services.Reader.Graph, role.Name);
    private readonly GatewayLimits _limits = services.Limits;
    private byte[]?[]? _aliases; // null: none yet

    public string Name => role.Name;

    public MqttWill? Will => connect.Will;

    public bool IsStillWelcome => role.IsStillWelcome();

    /// <summary>What DISCONNECT said of how long the session is to be kept; null: nothing.</summary>
    public uint? SessionExpirySeconds { get; private set; }

    /// <exception cref="MqttViolation">A packet breaks the protocol; what was read before it stands.</exception>
    public RoundEnd Read(ref ReadOnlySequence<byte> input, MqttRound round)
    {
        while (MqttFrame.TryTake(ref input, _limits.MessageBytesMax, out var header, out var body))
        {
            var packet = round.InOnePiece(body);
            var type = (MqttPacketType)(header >> 4);
            if (type != MqttPacketType.Publish)
                CheckFlags(type, header);
            switch (type)
            {
                case MqttPacketType.Publish:
                    Publish(new PublishPacket(header, packet, _version), round);
                    break;
                case MqttPacketType.Puback or MqttPacketType.Pubrec or MqttPacketType.Pubrel or MqttPacketType.Pubcomp:
                    Acknowledged(type, packet, round);
                    round.Acknowledgements++;
                    break;
                case MqttPacketType.Pingreq when packet.IsEmpty:
                    round.Replies.Pingresp();
                    break;
                case MqttPacketType.Pingreq:
                    throw MqttViolation.Malformed("PINGREQ has a body");
                case MqttPacketType.Subscribe:
                    Subscribe(packet, round);
                    break;
                case MqttPacketType.Unsubscribe:
                    Unsubscribe(packet, round);
                    break;
                case MqttPacketType.Disconnect:
                    return Disconnect(packet);
                default:
                    throw MqttViolation.Protocol($"packet 0x{header:x2} is not expected here");
            }

            if (++round.Packets >= Math.Min(_limits.PacketsPerRoundMax, round.PacketsMax)
                || round.Batch.Count >= _limits.ReadingsPerRoundMax)
                return RoundEnd.Full;
        }

        return RoundEnd.WaitingForMore;
    }

    /// <summary>Reads the will's message into the round; false where it was refused.</summary>
    public bool ReadWill(MqttRound round)
    {
        role.Judge(connect.Will!.Topic, out var createdAt);
        var result = services.Reader.Read(connect.Will.Payload, _speaker, createdAt, round.Batch);
        if (!result.IsAccepted)
            Refuse(result, connect.Will.Payload);
        return result.IsAccepted;
    }

    /// <summary>In words, for a client that wants them.</summary>
    public string? Why(string text) => _wantsReasons ? text : null;

    // [MQTT-2.2.2-2] of 3.1.1, [MQTT-2.1.3-1] of 5.0.
    private static void CheckFlags(MqttPacketType type, byte header)
    {
        var due = type is MqttPacketType.Pubrel or MqttPacketType.Subscribe or MqttPacketType.Unsubscribe ? 2 : 0;
        if ((header & 0x0f) != due)
            throw MqttViolation.Malformed($"{type} has flags 0x{header & 0x0f:x}");
    }

    private void Publish(in PublishPacket packet, MqttRound round)
    {
        var topic = packet.Properties.Has(MqttProperty.TopicAlias) ? Resolve(packet) : packet.Topic;
        if (packet.Qos == 2 && !session.TryReceive(packet.PacketId))
        {
            // [MQTT-4.3.3-10]: it was taken before; only the answer was lost.
            round.Replies.Acknowledge(MqttPacketType.Pubrec, _version, packet.PacketId);
            return;
        }

        if (packet.Qos == 2)
            (round.Received ??= []).Add(packet.PacketId);
        else if (packet.Qos == 1)
            round.Unacknowledged++;
        if (packet.Qos > 0 && round.Unacknowledged + session.ReceivedCount > _limits.ReceiveMax)
            throw new MqttViolation(
                RejectReason.ProtocolViolation, MqttReason.ReceiveMaximumExceeded,
                $"more than {_limits.ReceiveMax} messages are not acknowledged");
        Span<byte> mediaType = stackalloc byte[MediaTypeBytesMax];
        var refusal = role.Judge(topic, out var createdAt, mediaType, out var mediaTypeLength);
        if (topic.Length > _limits.TopicBytesMax)
            refusal = RejectReason.BadTopic;
        if (refusal != RejectReason.None)
        {
            if (refusal != RejectReason.BadTopic || topic.Length > _limits.TopicBytesMax
                || !TryHandOver(packet, topic, round))
                RefuseTopic(refusal, packet, topic, round);
            return;
        }

        // A bag behind the topic is IoT Hub's way, user properties are MQTT 5's.
        if (createdAt is null && packet.Properties.UserValue("$.ctime"u8) is { IsEmpty: false } time)
            createdAt = IsoTime.TryParse(time, out var instant) ? instant : null;
        var contentType = mediaTypeLength > 0 ? mediaType[..mediaTypeLength] : packet.Properties.ContentType;
        if (services.Telegrams is { } telegrams && TelegramMessage.IsOne(contentType, packet.Payload))
        {
            ReadTelegrams(telegrams, packet, contentType, createdAt, round);
            return;
        }

        var result = services.Reader.Read(packet.Payload, _speaker, createdAt, round.Batch);
        if (result.IsAccepted)
        {
            Answer(packet, round, MqttReason.Success, why: null);
            return;
        }

        Refuse(result, packet.Payload);
        Answer(
            packet, round, MqttReason.PayloadFormatInvalid,
            _wantsReasons ? $"{RejectReasons.NameOf(result.Reason)} {result.Detail(packet.Payload, _limits)}" : null);
    }

    private void ReadTelegrams(
        TelegramMessage telegrams, in PublishPacket packet, ReadOnlySpan<byte> contentType, Instant? createdAt,
        MqttRound round)
    {
        var hearing = new Hearing(
            role.Name, IngestTransport.Mqtt, createdAt ?? round.Batch.ReceivedAt, IsTimed: createdAt is not null);
        var outcome = telegrams.Read(packet.Payload, TelegramMessage.FormOf(contentType), hearing, round.Batch);
        if (outcome.Reason != RejectReason.None && services.Rejects.Count(outcome.Reason, role.Name))
            services.Rejects.Keep(
                outcome.Reason, IngestTransport.Mqtt, role.Name, twinId: null, outcome.Detail,
                Excerpt.Of(packet.Payload, _limits.ExcerptCharactersMax));
        Answer(
            packet, round, outcome.IsAccepted ? MqttReason.Success : MqttReason.PayloadFormatInvalid,
            outcome.IsAccepted ? null : Why(RejectReasons.NameOf(outcome.Reason)));
    }

    private ReadOnlySpan<byte> Resolve(in PublishPacket packet)
    {
        var alias = packet.Properties.TopicAlias;
        // [MQTT-3.3.2-8], [MQTT-3.3.2-9]
        if (alias == 0 || alias > _limits.TopicAliasesMax)
            throw new MqttViolation(
                RejectReason.ProtocolViolation, MqttReason.TopicAliasInvalid,
                $"topic alias {alias} is not 1 to {_limits.TopicAliasesMax}");
        _aliases ??= new byte[_limits.TopicAliasesMax + 1][];
        ref var known = ref _aliases[alias];
        if (packet.Topic.IsEmpty)
            return known ?? throw MqttViolation.Protocol($"topic alias {alias} was not set");
        if (known is null || !packet.Topic.SequenceEqual(known))
            known = packet.Topic.ToArray();
        return known;
    }

    private bool TryHandOver(in PublishPacket packet, ReadOnlySpan<byte> topic, MqttRound round)
    {
        ReadOnlySpan<IDeviceTopicHandler> handlers = role.OwnHandler is { } own ? [own] : services.Handlers;
        if (handlers.IsEmpty || topic.ContainsAny((byte)'+', (byte)'#'))
            return false;
        var name = Encoding.UTF8.GetString(topic);
        foreach (var handler in handlers)
        {
            if (!handler.Takes(role.Name, name))
                continue;
            var expiresAt = packet.Properties.Has(MqttProperty.MessageExpiry)
                ? services.Time.GetUtcNow().AddSeconds(packet.Properties.MessageExpirySeconds)
                : DateTimeOffset.MaxValue;
            (round.Publications ??= []).Add((handler, new DevicePublication(
                role.Name, name, packet.Payload.ToArray(), packet.Qos, packet.IsRetained, packet.Properties.ToMessage(),
                expiresAt)));
            Answer(packet, round, MqttReason.Success, why: null);
            return true;
        }

        return false;
    }

    private void RefuseTopic(RejectReason refusal, in PublishPacket packet, ReadOnlySpan<byte> topic, MqttRound round)
    {
        var reason = refusal == RejectReason.ForeignDevice ? MqttReason.NotAuthorized : MqttReason.TopicNameInvalid;
        if (_version == MqttVersion.V311 || (packet.Qos == 0 && refusal == RejectReason.ForeignDevice))
            throw new MqttViolation(refusal, reason, Excerpt.Of(topic, _limits.ExcerptCharactersMax));
        if (services.Rejects.Count(refusal, role.Name))
            services.Rejects.Keep(
                refusal, IngestTransport.Mqtt, role.Name, twinId: null,
                Excerpt.Of(topic, _limits.ExcerptCharactersMax),
                Excerpt.Of(packet.Payload, _limits.ExcerptCharactersMax));
        Answer(packet, round, reason, Why(RejectReasons.NameOf(refusal)));
    }

    private void Answer(in PublishPacket packet, MqttRound round, MqttReason reason, string? why)
    {
        if (packet.Qos == 0)
            return;
        // 5.0 §4.3.3: a refused QoS 2 message ends with its PUBREC; 3.1.1 knows no refusal.
        if (packet.Qos == 2 && reason >= MqttReason.UnspecifiedError && _version == MqttVersion.V500)
        {
            session.Forget(packet.PacketId);
            round.Received?.Remove(packet.PacketId);
        }

        round.Replies.Acknowledge(
            packet.Qos == 1 ? MqttPacketType.Puback : MqttPacketType.Pubrec, _version, packet.PacketId, reason, why);
    }

    private void Refuse(in ReadResult result, ReadOnlySpan<byte> payload)
    {
        if (services.Rejects.Count(result.Reason, role.Name))
            services.Rejects.Keep(
                result.Reason, IngestTransport.Mqtt, role.Name, result.TwinId(services.Reader.Graph),
                result.Detail(payload, _limits), Excerpt.Of(payload, _limits.ExcerptCharactersMax));
    }

    private void Acknowledged(MqttPacketType type, ReadOnlySpan<byte> packet, MqttRound round)
    {
        var reader = new MqttReader(packet);
        var packetId = reader.UInt16();
        if (packetId == 0)
            throw MqttViolation.Malformed("packet identifier 0");
        var reason = MqttReason.Success;
        if (_version == MqttVersion.V500 && !reader.IsAtEnd)
        {
            reason = (MqttReason)reader.Byte();
            if (!reader.IsAtEnd)
                MqttProperties.Read(ref reader, MqttProperties.OfAcknowledgement);
        }

        reader.MustEnd();
        switch (type)
        {
            case MqttPacketType.Puback:
                round.Keep(session.AcknowledgeAsync(packetId, isTaken: reason < MqttReason.UnspecifiedError));
                break;
            case MqttPacketType.Pubrel:
                round.Keep(session.ReleaseAsync(packetId, out var wasThere));
                round.Replies.Acknowledge(
                    MqttPacketType.Pubcomp, _version, packetId,
                    wasThere ? MqttReason.Success : MqttReason.PacketIdNotFound, Why("nothing waits for this PUBREL"));
                break;
            case MqttPacketType.Pubrec when reason < MqttReason.UnspecifiedError:
                // Nothing is sent at QoS 2: whatever it means, this ends it (5.0 §4.13.2).
                round.Replies.Acknowledge(MqttPacketType.Pubrel, _version, packetId, MqttReason.PacketIdNotFound);
                break;
        }
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
        {
            var properties = MqttProperties.Read(ref reader, MqttProperties.OfDisconnect);
            if (properties.Has(MqttProperty.SessionExpiry))
                SessionExpirySeconds = properties.SessionExpirySeconds;
            // 5.0 §3.14.2.2.2
            if (connect.SessionExpirySeconds == 0 && SessionExpirySeconds > 0)
            {
                SessionExpirySeconds = null;
                throw MqttViolation.Protocol("a session that was to end is to be kept");
            }
        }

        reader.MustEnd();
        // Only 0 takes the will away (5.0 §3.14.4).
        return reason == MqttReason.Success ? RoundEnd.Left : RoundEnd.LeftWithWill;
    }
}
