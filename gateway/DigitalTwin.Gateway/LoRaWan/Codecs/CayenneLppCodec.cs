using System.Globalization;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>
/// Cayenne Low Power Payload (myDevices, "Cayenne LPP" packet format): <c>channel, type, value</c> again and again.
/// Values are named <c>temperature_1</c>, by type and channel; the twin's <c>lorawanFields</c> says what they are.
/// </summary>
public sealed class CayenneLppCodec : IPayloadCodec
{
    public string Name => "cayenne-lpp";

    public bool TryDecode(byte fPort, ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        var reader = new PayloadReader(payload);
        while (reader.Remaining > 0)
        {
            var channel = reader.Byte().ToString(CultureInfo.InvariantCulture);
            var type = reader.Byte();
            if (!TryReadValue(ref reader, type, channel, decoded))
                return decoded.Fail($"payload: 0x{type:x2} on channel {channel} is no type of Cayenne LPP");
        }

        return !reader.IsShort || decoded.Fail("payload: ends within a value");
    }

    // The types are IPSO object ids less 3200.
    private static bool TryReadValue(ref PayloadReader reader, byte type, string channel, DecodedUplink decoded)
    {
        switch (type)
        {
            case 0x00:
                decoded.Add($"digitalIn_{channel}", reader.Byte());
                return true;
            case 0x01:
                decoded.Add($"digitalOut_{channel}", reader.Byte());
                return true;
            case 0x02:
                decoded.Add($"analogIn_{channel}", reader.Int16BigEndian() / 100.0);
                return true;
            case 0x03:
                decoded.Add($"analogOut_{channel}", reader.Int16BigEndian() / 100.0);
                return true;
            case 0x65:
                decoded.Add($"illuminance_{channel}", reader.UInt16BigEndian(), "lux");
                return true;
            case 0x66:
                decoded.AddFlag($"presence_{channel}", reader.Byte() != 0);
                return true;
            case 0x67:
                decoded.Add($"temperature_{channel}", reader.Int16BigEndian() / 10.0, "degreeCelsius");
                return true;
            case 0x68:
                decoded.Add($"humidity_{channel}", reader.Byte() / 2.0, "percent");
                return true;
            case 0x71:
                AddAxes(ref reader, "accelerometer", channel, 1_000, decoded);
                return true;
            case 0x73:
                decoded.Add($"barometer_{channel}", reader.UInt16BigEndian() / 10.0, "hectopascal");
                return true;
            case 0x86:
                AddAxes(ref reader, "gyrometer", channel, 100, decoded);
                return true;
            case 0x88:
                decoded.Add($"latitude_{channel}", reader.Int24BigEndian() / 10_000.0, "degreeOfArc");
                decoded.Add($"longitude_{channel}", reader.Int24BigEndian() / 10_000.0, "degreeOfArc");
                decoded.Add($"altitude_{channel}", reader.Int24BigEndian() / 100.0, "metre");
                return true;
            default:
                return false;
        }
    }

    private static void AddAxes(
        ref PayloadReader reader, string name, string channel, double divisor, DecodedUplink decoded)
    {
        decoded.Add($"{name}X_{channel}", reader.Int16BigEndian() / divisor);
        decoded.Add($"{name}Y_{channel}", reader.Int16BigEndian() / divisor);
        decoded.Add($"{name}Z_{channel}", reader.Int16BigEndian() / divisor);
    }
}
