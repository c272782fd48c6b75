using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>
/// Who a meter is on the air: manufacturer, identification number, version and device type. Written
/// <c>KAM-76348799-1B-16</c>, or <c>KAM-76348799</c> for whatever version and type.
/// </summary>
/// <param name="Manufacturer">FLAG code: three letters of five bits (EN 13757-3 §5.6).</param>
/// <param name="Identification">Eight digits as they are written on the meter, one in four bits.</param>
internal readonly record struct MeterAddress(ushort Manufacturer, uint Identification, byte Version, byte DeviceType)
{
    private const byte Any = 0xFF;
    private const int LetterBits = 5;
    private const int LettersOfAlphabet = 26;

    /// <summary>
    /// Highest bit: the address is unique only within the installation (EN 13757-4, hard or soft address).
    /// </summary>
    private const ushort LettersMask = 0x7FFF;

    public bool IsOfAnyVersion => Version == Any && DeviceType == Any;

    /// <summary>The same meter whatever its version and type.</summary>
    public MeterAddress OfAnyVersion => this with { Version = Any, DeviceType = Any };

    /// <summary>Reads the order of the link layer: manufacturer, identification, version, type.</summary>
    public static MeterAddress OfLinkLayer(ReadOnlySpan<byte> eightBytes)
    {
        const ushort Hydrometer = 0x2324;
        const byte DeviceTypesMax = 0x3F; // EN 13757-3 table 13
        var manufacturer = (ushort)(UInt16(eightBytes) & LettersMask);
        // Izar and Sharky of Hydrometer (Diehl) send version and type before the identification.
        if (manufacturer == Hydrometer && eightBytes[7] > DeviceTypesMax && eightBytes[3] <= DeviceTypesMax)
            return new MeterAddress(manufacturer, UInt32(eightBytes[4..]), eightBytes[2], eightBytes[3]);
        return new MeterAddress(manufacturer, UInt32(eightBytes[2..]), eightBytes[6], eightBytes[7]);
    }

    /// <summary>Reads the order of the long header: identification, manufacturer, version, type.</summary>
    public static MeterAddress OfLongHeader(ReadOnlySpan<byte> eightBytes) => new(
        (ushort)(UInt16(eightBytes[4..]) & LettersMask), UInt32(eightBytes), eightBytes[6], eightBytes[7]);

    /// <summary>Whether the manufacturer is made of letters; anything else is no meter.</summary>
    public bool HasLetters
    {
        get
        {
            for (var shift = 0; shift < 3 * LetterBits; shift += LetterBits)
                if ((Manufacturer >> shift & 0x1F) is < 1 or > LettersOfAlphabet)
                    return false;
            return true;
        }
    }

    public string ManufacturerLetters => string.Create(3, Manufacturer, static (letters, code) =>
    {
        for (var i = 0; i < letters.Length; i++)
            letters[i] = (char)('@' + (code >> (2 - i) * LetterBits & 0x1F));
    });

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{ManufacturerLetters}-{Identification:X8}{(IsOfAnyVersion ? "" : $"-{Version:X2}-{DeviceType:X2}")}");

    /// <summary>The five-bit letters of a manufacturer; false where it is not three letters.</summary>
    public static bool TryParseManufacturer(ReadOnlySpan<char> letters, out ushort manufacturer)
    {
        manufacturer = 0;
        if (letters.Length != 3)
            return false;
        foreach (var letter in letters)
        {
            if (!char.IsAsciiLetter(letter))
                return false;
            manufacturer = (ushort)(manufacturer << LetterBits | char.ToUpperInvariant(letter) - '@');
        }

        return true;
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out MeterAddress address)
    {
        address = default;
        if (text is null || text.Length is not (12 or 18) || text[3] != '-'
            || !TryParseManufacturer(text.AsSpan(0, 3), out var manufacturer)
            || !TryParseHex(text.AsSpan(4, 8), out var identification))
            return false;
        address = new MeterAddress(manufacturer, identification, Any, Any);
        if (text.Length == 12)
            return true;
        if (text[12] != '-' || text[15] != '-' || !TryParseHex(text.AsSpan(13, 2), out var version)
            || !TryParseHex(text.AsSpan(16, 2), out var type))
            return false;
        address = new MeterAddress(manufacturer, identification, (byte)version, (byte)type);
        return true;
    }

    /// <summary>Eight digits, as a serial number without its manufacturer.</summary>
    public static bool TryParseIdentification(ReadOnlySpan<char> text, out uint identification)
    {
        identification = 0;
        return text.Length == 8 && TryParseHex(text, out identification);
    }

    private static bool TryParseHex(ReadOnlySpan<char> text, out uint value) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    private static ushort UInt16(ReadOnlySpan<byte> bytes) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
