using DigitalTwin.Gateway.Ingest;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>What keeps a telegram from becoming values.</summary>
internal enum TelegramFault : byte
{
    None,
    NotHexadecimal,
    TooShort,
    WrongLength,
    BadCrc,
    NotFromAMeter,
    BadAddress,
    HeaderCut,
    MalformedRecord,
    UnknownMeter,
    ForeignMeter,
    NoKey,
    WrongKey,
    NotEncrypted,
    UnknownEncryption,
    Fragmented,
    UnknownControlInformation,
    UnknownCompactFormat,
    UnknownDeviceType,
    OtherMedium,
    NothingToTake,
    TimeInFuture,
    TimeTooOld,
}

/// <summary>What a fault is to people: a reason of the reject list, and a sentence.</summary>
internal static class TelegramFaults
{
    public static RejectReason ReasonOf(TelegramFault fault) => fault switch
    {
        TelegramFault.None => RejectReason.None,
        TelegramFault.UnknownMeter => RejectReason.UnknownMeter,
        TelegramFault.ForeignMeter => RejectReason.ForeignTwin,
        TelegramFault.NoKey => RejectReason.NoKey,
        TelegramFault.WrongKey => RejectReason.WrongKey,
        TelegramFault.NotEncrypted => RejectReason.NotEncrypted,
        TelegramFault.TimeInFuture => RejectReason.TimeInFuture,
        TelegramFault.TimeTooOld => RejectReason.TimeTooOld,
        TelegramFault.UnknownEncryption or TelegramFault.Fragmented or TelegramFault.UnknownControlInformation
            or TelegramFault.UnknownCompactFormat or TelegramFault.UnknownDeviceType or TelegramFault.OtherMedium
            or TelegramFault.NothingToTake => RejectReason.UnknownDriver,
        _ => RejectReason.MalformedTelegram,
    };

    /// <summary>Whether the telegram is kept as it came: it is a good one that nobody here can read yet.</summary>
    public static bool IsKeptRaw(TelegramFault fault) =>
        ReasonOf(fault) is RejectReason.UnknownDriver or RejectReason.NoKey or RejectReason.WrongKey;

    public static string TextOf(TelegramFault fault) => fault switch
    {
        TelegramFault.NotHexadecimal => "is not a text of hexadecimal digits",
        TelegramFault.TooShort => "is shorter than a link layer",
        TelegramFault.WrongLength => "is not as long as its length field says",
        TelegramFault.BadCrc => "a block's checksum is wrong",
        TelegramFault.NotFromAMeter => "its C field is not that of a meter's data",
        TelegramFault.BadAddress => "its manufacturer is not three letters",
        TelegramFault.HeaderCut => "ends within a header",
        TelegramFault.MalformedRecord => "ends within a record, or has a record that EN 13757-3 does not allow",
        TelegramFault.UnknownMeter => "no twin has this wmbusId or serial number, and none is registered",
        TelegramFault.ForeignMeter => "the meter is not behind this concentrator",
        TelegramFault.NoKey => "is encrypted, and the meter has no key",
        TelegramFault.WrongKey => "the meter's key does not open it",
        TelegramFault.NotEncrypted => "is not encrypted although the meter has a key",
        TelegramFault.UnknownEncryption => "is encrypted in a mode other than 5, 7 and the extended link layer's",
        TelegramFault.Fragmented => "is a part of a longer message",
        TelegramFault.UnknownControlInformation => "the payload is the manufacturer's own",
        TelegramFault.UnknownCompactFormat => "a compact frame whose full frame has not been heard",
        TelegramFault.UnknownDeviceType => "no driver for this type of device",
        TelegramFault.OtherMedium => "the twin measures another medium",
        TelegramFault.NothingToTake => "no record of it is a value of the twin",
        TelegramFault.TimeInFuture => "receivedAt is too far ahead",
        TelegramFault.TimeTooOld => "receivedAt is too long ago",
        _ => "",
    };
}
