using System.Globalization;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>A LoRaWAN end-device identifier (EUI-64), written as 16 hexadecimal digits.</summary>
public readonly record struct DevEui(ulong Value)
{
    private const int Digits = 16;

    /// <summary>Takes upper and lower case and nothing else: no separators, no prefix, no spaces.</summary>
    public static bool TryParse(string? text, out DevEui devEui)
    {
        devEui = default;
        if (text is not { Length: Digits } || !text.All(char.IsAsciiHexDigit))
            return false;
        devEui = new DevEui(ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return true;
    }

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
