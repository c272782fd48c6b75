namespace DigitalTwin.Gateway.Ingest;

/// <summary>Why something was refused; the names of contract §1.5.</summary>
public enum RejectReason : byte
{
    None,
    MalformedPacket,
    ProtocolViolation,
    PacketTooLarge,
    BadCredentials,
    ExpiredCredentials,
    UnknownDevice,
    DeviceDisabled,
    ForeignDevice,
    BadTopic,
    MalformedUtf8,
    MalformedJson,
    UnknownTwin,
    ForeignTwin,
    UnknownField,
    ComputedField,
    WrongType,
    OutOfRange,
    TimeInFuture,
    TimeTooOld,
    EmptyMessage,
    TooManyReadings,
    MalformedTelegram,
    UnknownMeter,
    NoKey,
    WrongKey,
    NotEncrypted,
    UnknownDriver,
    MalformedModelId,
    Throttled,
    TooManyConnections,
    TooSlow,
}

/// <summary>The reasons as they are written on the wire.</summary>
public static class RejectReasons
{
    private static readonly string[] s_names =
    [
        "none", "malformed-packet", "protocol-violation", "packet-too-large", "bad-credentials", "expired-credentials",
        "unknown-device", "device-disabled", "foreign-device", "bad-topic", "malformed-utf8", "malformed-json",
        "unknown-twin", "foreign-twin", "unknown-field", "computed-field", "wrong-type", "out-of-range",
        "time-in-future", "time-too-old", "empty-message", "too-many-readings",
        "malformed-telegram", "unknown-meter", "no-key", "wrong-key", "not-encrypted", "unknown-driver",
        "malformed-model-id",
        "throttled", "too-many-connections", "too-slow",
    ];

    /// <summary>Every reason but None.</summary>
    public static IReadOnlyList<RejectReason> All { get; } =
        [.. Enum.GetValues<RejectReason>().Where(reason => reason != RejectReason.None)];

    public static string NameOf(RejectReason reason) => s_names[(int)reason];
}
