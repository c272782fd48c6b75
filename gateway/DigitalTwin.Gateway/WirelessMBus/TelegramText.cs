namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>A telegram written in hexadecimal, as concentrators and receivers do.</summary>
internal static class TelegramText
{
    /// <summary>
    /// Reads digits with or without 0x before them and spaces, _ or | between; of a line with semicolons
    /// (<c>T1;1;1;2019-04-03 19:00:42.000;97;148;33225544;0x1844AE…</c>) the last field that is one.
    /// </summary>
    /// <param name="telegram">
    /// Longer than the longest telegram, so that one too long is told from one that fits.
    /// </param>
    /// <returns>The number of bytes; −1 where it is no hexadecimal text.</returns>
    public static int Read(ReadOnlySpan<byte> text, Span<byte> telegram)
    {
        text = Trim(text);
        if (text.LastIndexOf((byte)';') is var semicolon and >= 0)
        {
            text = text.TrimEnd((byte)';');
            semicolon = text.LastIndexOf((byte)';');
            text = text[(semicolon + 1)..];
        }

        if (text.StartsWith("0x"u8) || text.StartsWith("0X"u8))
            text = text[2..];
        var digits = 0;
        foreach (var character in text)
        {
            if (character is (byte)' ' or (byte)'_' or (byte)'|')
                continue;
            var value = Digit(character);
            if (value < 0)
                return -1;
            if (digits / 2 == telegram.Length)
                return telegram.Length;
            if (digits % 2 == 0)
                telegram[digits / 2] = (byte)(value << 4);
            else
                telegram[digits / 2] |= (byte)value;
            digits++;
        }

        return digits == 0 || digits % 2 != 0 ? -1 : digits / 2;
    }

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n"u8);

    private static int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        _ => -1,
    };
}
