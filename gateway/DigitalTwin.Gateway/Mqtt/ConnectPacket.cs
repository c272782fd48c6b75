using DigitalTwin.Gateway.Ingest;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>What a client leaves to be published when its connection ends without a DISCONNECT.</summary>
/// <param name="DelaySeconds">MQTT 5.0 §3.1.3.2.2: it waits so long whether the client comes back.</param>
internal sealed record MqttWill(byte[] Topic, byte[] Payload, uint DelaySeconds);

/// <summary>CONNECT (MQTT 3.1.1 and 5.0 §3.1).</summary>
internal sealed record ConnectPacket(
    MqttVersion Version, string ClientId, string? UserName, string? Password, ushort KeepAliveSeconds, MqttWill? Will)
{
    private const byte CleanStart = 0x02;
    private const byte HasWill = 0x04;
    private const byte WillQos = 0x18;
    private const byte WillRetain = 0x20;
    private const byte HasPassword = 0x40;
    private const byte HasUserName = 0x80;
    private const uint ForEver = uint.MaxValue;

    // A reason in words might not fit below (5.0 §3.1.2.11.4); a packet with one has at most 110 bytes.
    private const int ReasonsFromPacketBytes = 256;

    /// <summary>Whatever is known of an earlier session is to be forgotten.</summary>
    public bool IsClean { get; private init; }

    /// <summary>How long the session is to outlive its connection; of 3.1.1 nothing or for ever.</summary>
    public uint SessionExpirySeconds { get; private init; }

    /// <summary>QoS 1 and 2 messages it takes at once.</summary>
    public int ReceiveMaximum { get; private init; } = ushort.MaxValue;

    public int PacketBytesMax { get; private init; } = int.MaxValue;

    /// <summary>It may be told in words what is wrong.</summary>
    public bool WantsReasons { get; private init; }

    /// <summary>Which version the packet names, if any; for the answer to a malformed one.</summary>
    public static MqttVersion? VersionOf(ReadOnlySpan<byte> body) =>
        body.StartsWith((ReadOnlySpan<byte>)[0, 4, .. "MQTT"u8]) && body.Length > 6 ? (MqttVersion)body[6] : null;

    /// <exception cref="MqttViolation">Not a CONNECT of a version that is spoken here.</exception>
    public static ConnectPacket Parse(byte header, ReadOnlySpan<byte> body)
    {
        if (header >> 4 != (int)MqttPacketType.Connect)
            throw MqttViolation.Protocol("the first packet is not CONNECT");
        if ((header & 0x0f) != 0)
            throw MqttViolation.Malformed("CONNECT has flags in its first byte");
        var reader = new MqttReader(body);
        if (!reader.Text().SequenceEqual("MQTT"u8))
            throw MqttViolation.Malformed("the protocol is not MQTT");
        var version = (MqttVersion)reader.Byte();
        if (version is not (MqttVersion.V311 or MqttVersion.V500))
            throw new MqttViolation(
                RejectReason.ProtocolViolation, MqttReason.UnsupportedVersion, $"protocol level {(int)version}");
        var flags = reader.Byte();
        Check(flags, version);
        var keepAlive = reader.UInt16();
        var properties = version == MqttVersion.V500
            ? MqttProperties.Read(ref reader, MqttProperties.OfConnect)
            : default;
        CheckAuthentication(properties);
        var clientId = reader.String();
        var will = (flags & HasWill) != 0 ? ReadWill(ref reader, version) : null;
        var userName = (flags & HasUserName) != 0 ? reader.String() : null;
        // A password is bytes; a SAS token is ASCII, so anything else is a wrong one.
        var password = (flags & HasPassword) != 0 ? System.Text.Encoding.ASCII.GetString(reader.Binary()) : null;
        reader.MustEnd();
        var isClean = (flags & CleanStart) != 0;
        return new ConnectPacket(version, clientId, userName, password, keepAlive, will)
        {
            IsClean = isClean,
            SessionExpirySeconds = version == MqttVersion.V500 ? properties.SessionExpirySeconds
                : isClean ? 0 : ForEver,
            ReceiveMaximum = properties.ReceiveMaximum == 0 ? ushort.MaxValue : properties.ReceiveMaximum,
            PacketBytesMax = properties.PacketBytesMax == 0
                ? int.MaxValue
                : (int)Math.Min(int.MaxValue, properties.PacketBytesMax),
            WantsReasons = version == MqttVersion.V500 && !properties.WantsNoProblems
                && properties.PacketBytesMax is 0 or >= ReasonsFromPacketBytes,
        };
    }

    private static void Check(byte flags, MqttVersion version)
    {
        if ((flags & 1) != 0)
            throw MqttViolation.Malformed("the reserved flag of CONNECT is set");
        if ((flags & WillQos) == WillQos)
            throw MqttViolation.Malformed("the will has QoS 3");
        if ((flags & HasWill) == 0 && (flags & (WillQos | WillRetain)) != 0)
            throw MqttViolation.Malformed("a will's flags are set without a will");
        if (version == MqttVersion.V311 && (flags & HasPassword) != 0 && (flags & HasUserName) == 0)
            throw MqttViolation.Malformed("there is a password without a user name");
    }

    private static void CheckAuthentication(in MqttProperties properties)
    {
        if (properties.Has(MqttProperty.AuthenticationMethod))
            throw new MqttViolation(
                RejectReason.ProtocolViolation, MqttReason.BadAuthenticationMethod,
                "authentication methods are not offered");
        if (properties.Has(MqttProperty.AuthenticationData))
            throw MqttViolation.Protocol("there is authentication data without a method");
    }

    private static MqttWill ReadWill(ref MqttReader reader, MqttVersion version)
    {
        var delay = version == MqttVersion.V500
            ? MqttProperties.Read(ref reader, MqttProperties.OfWill).WillDelaySeconds
            : 0;
        return new MqttWill(reader.Text().ToArray(), reader.Binary().ToArray(), delay);
    }
}
