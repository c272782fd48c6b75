using System.Buffers.Binary;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>The authentication and fragmentation layer, CI 0x90 (OMS volume 2 §6, EN 13757-7).</summary>
internal readonly ref struct AuthenticationLayer
{
    private const int MoreFragments = 0x4000;
    private const int HasControl = 0x2000;
    private const int HasLength = 0x1000;
    private const int HasCounter = 0x0800;
    private const int HasMac = 0x0400;
    private const int HasKey = 0x0200;
    private const int FragmentMask = 0x00FF;

    /// <summary>Authentication type 5: AES-CMAC of which eight bytes are sent.</summary>
    private const int Cmac8 = 5;

    private const int CounterBytes = 4;

    /// <summary>MCR; empty where there is none.</summary>
    public ReadOnlySpan<byte> Counter { get; private init; }

    /// <summary>The sent part of the code; empty where there is none.</summary>
    public ReadOnlySpan<byte> Mac { get; private init; }

    public byte Control { get; private init; }

    /// <summary>ML; empty where there is none.</summary>
    public ReadOnlySpan<byte> Length { get; private init; }

    public bool IsPart { get; private init; }

    public bool IsOfKnownType => Mac.IsEmpty || ((Control & 0x0F) == Cmac8 && Counter.Length == CounterBytes);

    /// <param name="fields">What AFLL counts.</param>
    public static bool TryRead(ReadOnlySpan<byte> fields, out AuthenticationLayer layer)
    {
        layer = default;
        if (fields.Length < 2)
            return false;
        int control = BinaryPrimitives.ReadUInt16LittleEndian(fields);
        var rest = fields[2..];
        if (!TryTake(ref rest, control & HasControl, 1, out var messageControl)
            || !TryTake(ref rest, control & HasKey, 2, out _)
            || !TryTake(ref rest, control & HasCounter, CounterBytes, out var counter)
            || !TryTake(ref rest, control & HasMac, TelegramCipher.MacBytes, out var mac)
            || !TryTake(ref rest, control & HasLength, 2, out var length))
            return false;
        layer = new AuthenticationLayer
        {
            Counter = counter,
            Mac = mac,
            Length = length,
            Control = messageControl.IsEmpty ? (byte)0 : messageControl[0],
            IsPart = (control & MoreFragments) != 0 || (control & FragmentMask) > 1,
        };
        return true;
    }

    private static bool TryTake(
        scoped ref ReadOnlySpan<byte> rest, int isThere, int bytes, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (isThere == 0)
            return true;
        if (rest.Length < bytes)
            return false;
        taken = rest[..bytes];
        rest = rest[bytes..];
        return true;
    }
}
