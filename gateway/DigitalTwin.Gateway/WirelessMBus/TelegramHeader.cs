using System.Buffers.Binary;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>
/// A telegram without its checksums, its layers taken off one by one and opened with the meter's key.
/// </summary>
internal ref struct TelegramHeader
{
    /// <summary>Two idle fillers: what every encrypted content begins with.</summary>
    public const ushort Fillers = 0x2F2F;

    private const int LinkBytes = 10;
    private const int AddressOffset = 2;
    private const int AddressBytes = 8;

    private readonly Span<byte> _frame;
    private AuthenticationLayer _authentication;
    private int _at;
    private int _end;

    private TelegramHeader(Span<byte> frame)
    {
        _frame = frame;
        _at = LinkBytes;
        _end = frame.Length;
        Address = MeterAddress.OfLinkLayer(frame.Slice(AddressOffset, AddressBytes));
    }

    /// <summary>The meter: that of the long header, else that of the link layer.</summary>
    public MeterAddress Address { get; private set; }

    /// <summary>CI of the payload.</summary>
    public byte Control { get; private set; }

    /// <summary>The status byte of a short or long header.</summary>
    public byte Status { get; private set; }

    public bool HasStatus { get; private set; }

    /// <summary>Whether a header counts transmissions: the same bytes again are then the same transmission.</summary>
    public bool HasAccessNumber { get; private set; }

    /// <summary>Whether the meter's key opened it: then it is from the meter, whoever handed it on.</summary>
    public bool IsOpenedByKey { get; private set; }

    /// <summary>The records, or a compact frame.</summary>
    public readonly ReadOnlySpan<byte> Payload => _frame[_at.._end];

    /// <summary>Reads and opens a frame, in place.</summary>
    /// <param name="frame">As <see cref="LinkFrame"/> left it.</param>
    /// <param name="header">Knows the address whatever comes of it.</param>
    public static TelegramFault Read(Span<byte> frame, WmbusMeters meters, out TelegramHeader header)
    {
        header = new TelegramHeader(frame);
        if (!header.Address.HasLetters)
            return TelegramFault.BadAddress;
        // SND-NR, SND-IR and RSP-UD carry a meter's data (EN 13757-4, C field).
        if (frame[1] is not (0x44 or 0x46 or 0x08))
            return TelegramFault.NotFromAMeter;
        var fault = header.ReadExtendedLinkLayer(meters);
        if (fault == TelegramFault.None)
            fault = header.ReadAuthenticationLayer();
        return fault == TelegramFault.None ? header.ReadTransportLayer(meters) : fault;
    }

    private readonly ReadOnlySpan<byte> LinkAddress => _frame.Slice(AddressOffset, AddressBytes);

    private TelegramFault ReadExtendedLinkLayer(WmbusMeters meters)
    {
        const int SessionBytes = 4;
        const int CrcBytes = 2;
        var control = _frame[_at];
        // CC and ACC; 0x8E and 0x8F also the partner's address; 0x8D and 0x8F also session number and checksum.
        var length = control switch
        {
            0x8C => 3,
            0x8D => 3 + SessionBytes,
            0x8E => 11,
            0x8F => 11 + SessionBytes,
            _ => 0,
        };
        if (length == 0)
            return TelegramFault.None;
        HasAccessNumber = true;
        var isCounted = control is 0x8D or 0x8F;
        if (_frame.Length <= _at + length + (isCounted ? CrcBytes : 0))
            return TelegramFault.HeaderCut;
        var communicationControl = _frame[_at + 1];
        _at += length;
        if (!isCounted)
            return TelegramFault.None;
        var session = _frame.Slice(_at - SessionBytes, SessionBytes);
        var fault = OpenCounted(meters, _frame[_at..], communicationControl, session);
        _at += CrcBytes;
        return fault;
    }

    private TelegramFault OpenCounted(
        WmbusMeters meters, Span<byte> content, byte communicationControl, Span<byte> session)
    {
        const int NotEncrypted = 0;
        const int AesCtr = 1;
        // EN 13757-4: the three highest bits of the session number say how.
        var encryption = session[3] >> 5;
        var hasKey = meters.TryGetKey(Address, out var key);
        if (encryption > AesCtr)
            return TelegramFault.UnknownEncryption;
        if (encryption == NotEncrypted || !hasKey)
        {
            // The checksum is encrypted too: where it is right, the content is open already.
            if (IsPayloadCrcRight(content))
                return TelegramFault.None;
            return encryption == NotEncrypted ? TelegramFault.BadCrc : TelegramFault.NoKey;
        }

        if (IsPayloadCrcRight(content))
            return TelegramFault.NotEncrypted;
        TelegramCipher.OpenCounted(content, key, LinkAddress, communicationControl, session);
        IsOpenedByKey = IsPayloadCrcRight(content);
        return IsOpenedByKey ? TelegramFault.None : TelegramFault.WrongKey;
    }

    private static bool IsPayloadCrcRight(ReadOnlySpan<byte> content) =>
        WmbusCrc.Of(content[2..]) == BinaryPrimitives.ReadUInt16LittleEndian(content);

    private TelegramFault ReadAuthenticationLayer()
    {
        const byte Afl = 0x90;
        if (_frame[_at] != Afl)
            return TelegramFault.None;
        if (_frame.Length <= _at + 1 || _frame.Length <= _at + 2 + _frame[_at + 1])
            return TelegramFault.HeaderCut;
        var length = _frame[_at + 1];
        if (!AuthenticationLayer.TryRead(_frame.Slice(_at + 2, length), out _authentication))
            return TelegramFault.HeaderCut;
        _at += 2 + length;
        if (_authentication.IsPart)
            return TelegramFault.Fragmented;
        return _authentication.IsOfKnownType ? TelegramFault.None : TelegramFault.UnknownEncryption;
    }

    private TelegramFault ReadTransportLayer(WmbusMeters meters)
    {
        const byte LongHeader = 0x72;
        const byte ShortHeader = 0x7A;
        const byte NoHeader = 0x78;
        const byte Compact = 0x79;
        var start = _at;
        Control = _frame[_at++];
        if (Control is NoHeader or Compact)
            return meters.TryGetKey(Address, out _) && !IsOpenedByKey ? TelegramFault.NotEncrypted : TelegramFault.None;
        if (Control is not (LongHeader or ShortHeader))
            return TelegramFault.UnknownControlInformation;
        // The address in the link layer's order, for the initial vector.
        Span<byte> address = stackalloc byte[AddressBytes];
        LinkAddress.CopyTo(address);
        if (Control == LongHeader)
        {
            if (_frame.Length < _at + AddressBytes)
                return TelegramFault.HeaderCut;
            var own = _frame.Slice(_at, AddressBytes);
            Address = MeterAddress.OfLongHeader(own);
            own[4..6].CopyTo(address);
            own[..4].CopyTo(address[2..]);
            own[6..].CopyTo(address[6..]);
            _at += AddressBytes;
            if (!Address.HasLetters)
                return TelegramFault.BadAddress;
        }

        const int AccessStatusAndConfigurationBytes = 4;
        if (_frame.Length < _at + AccessStatusAndConfigurationBytes)
            return TelegramFault.HeaderCut;
        var accessNumber = _frame[_at];
        Status = _frame[_at + 1];
        HasStatus = HasAccessNumber = true;
        var configuration = BinaryPrimitives.ReadUInt16LittleEndian(_frame[(_at + 2)..]);
        _at += AccessStatusAndConfigurationBytes;
        return Open(meters, configuration, start, address, accessNumber);
    }

    private TelegramFault Open(
        WmbusMeters meters, ushort configuration, int start, scoped ReadOnlySpan<byte> address,
        byte accessNumber)
    {
        var mode = configuration >> 8 & 0x1F;
        if (mode is not (0 or 5 or 7))
            return TelegramFault.UnknownEncryption;
        if (mode == 7 && _frame.Length < ++_at)
            return TelegramFault.HeaderCut;
        var hasKey = meters.TryGetKey(Address, out var key);
        // Mode 5 and 7: the number of encrypted blocks; 15 is everything that is whole blocks.
        var whole = (_frame.Length - _at) / TelegramCipher.BlockBytes;
        var blocks = mode == 0 ? 0 : configuration >> 4 & 0x0F;
        blocks = blocks == 15 ? whole : blocks;
        if (blocks > whole)
            return TelegramFault.HeaderCut;
        if (blocks == 0)
            return hasKey && !IsOpenedByKey ? TelegramFault.NotEncrypted : TelegramFault.None;
        var content = _frame.Slice(_at, blocks * TelegramCipher.BlockBytes);
        // Two bytes behind the encrypted blocks are format B's checksum that a receiver has left there.
        const int CrcBytes = 2;
        if (_end - _at - content.Length == CrcBytes)
            _end -= CrcBytes;
        var isOpen = BinaryPrimitives.ReadUInt16LittleEndian(content) == Fillers;
        if (!hasKey)
            return isOpen ? TelegramFault.None : TelegramFault.NoKey;
        var identification = address[2..6];
        if (mode == 7 && (_authentication.Counter.IsEmpty || _authentication.Mac.IsEmpty))
            return TelegramFault.UnknownEncryption;
        if (!_authentication.Mac.IsEmpty && !IsAuthentic(start, key, identification))
            return TelegramFault.WrongKey;
        IsOpenedByKey = mode == 5
            ? TelegramCipher.TryOpenMode5(content, key, address, accessNumber)
            : TelegramCipher.TryOpenMode7(content, key, _authentication.Counter, identification);
        return IsOpenedByKey ? TelegramFault.None : isOpen ? TelegramFault.NotEncrypted : TelegramFault.WrongKey;
    }

    private readonly bool IsAuthentic(int start, ReadOnlySpan<byte> key, ReadOnlySpan<byte> identification)
    {
        const int AuthenticatedBytesMax = 7;
        Span<byte> authenticated = stackalloc byte[AuthenticatedBytesMax];
        var layer = _authentication;
        authenticated[0] = layer.Control;
        layer.Counter.CopyTo(authenticated[1..]);
        layer.Length.CopyTo(authenticated[(1 + layer.Counter.Length)..]);
        return TelegramCipher.IsAuthentic(
            layer.Mac, authenticated[..(1 + layer.Counter.Length + layer.Length.Length)], _frame[start..], key,
            layer.Counter, identification);
    }
}
