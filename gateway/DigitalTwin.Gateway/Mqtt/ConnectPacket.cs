using DigitalTwin.Gateway.Ingest;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>What a client leaves to be published when its connection ends without a DISCONNECT.</summary>
internal sealed record MqttWill(byte[] Topic, byte[] Payload);

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
        if (version == MqttVersion.V500)
            CheckAuthentication(MqttProperties.Skip(ref reader, MqttProperties.OfConnect));
        var clientId = reader.String();
        var will = (flags & HasWill) != 0 ? ReadWill(ref reader, version) : null;
        var userName = (flags & HasUserName) != 0 ? reader.String() : null;
        // A password is bytes; a SAS token is ASCII, so anything else is a wrong one.
        var password = (flags & HasPassword) != 0 ? System.Text.Encoding.ASCII.GetString(reader.Binary()) : null;
        reader.MustEnd();
        return new ConnectPacket(version, clientId, userName, password, keepAlive, will);
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
        _ = CleanStart; // sessions are never kept, whatever is asked for: CONNACK says so
    }

    private static void CheckAuthentication(ulong properties)
    {
        if (MqttProperties.Has(properties, MqttProperty.AuthenticationMethod))
            throw new MqttViolation(
                RejectReason.ProtocolViolation, MqttReason.BadAuthenticationMethod,
                "authentication methods are not offered");
        if (MqttProperties.Has(properties, MqttProperty.AuthenticationData))
            throw MqttViolation.Protocol("there is authentication data without a method");
    }

    private static MqttWill ReadWill(ref MqttReader reader, MqttVersion version)
    {
        if (version == MqttVersion.V500)
            MqttProperties.Skip(ref reader, MqttProperties.OfWill);
        return new MqttWill(reader.Text().ToArray(), reader.Binary().ToArray());
    }
}
