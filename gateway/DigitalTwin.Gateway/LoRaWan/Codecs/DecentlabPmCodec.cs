namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>
/// Decentlab DL-PM: particulate matter, temperature, humidity, pressure. Protocol version 2 as
/// decentlab/decentlab-decoders states it: a flag a sensor says whether its words follow; all words are big-endian.
/// </summary>
public sealed class DecentlabPmCodec : IPayloadCodec
{
    private const byte ProtocolVersion = 2;
    private const int KnownFlags = 0b1111;
    private const string Concentration = "microgramPerCubicMetre";

    public string Name => "decentlab-dl-pm";

    // The port is the network's matter: the device sends all it has on one.
    public bool TryDecode(byte fPort, ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        var reader = new PayloadReader(payload);
        var version = reader.Byte();
        if (version != ProtocolVersion)
            return decoded.Fail($"payload: protocol version {version} is not {ProtocolVersion}");
        _ = reader.UInt16BigEndian(); // the device's own number, which the DevEUI stands for
        var flags = reader.UInt16BigEndian();
        if ((flags & 0b0001) != 0)
            decoded.Add("batteryVolts", reader.UInt16BigEndian() / 1_000.0, "volt");
        if ((flags & 0b0010) != 0)
            AddParticles(ref reader, decoded);
        if ((flags & 0b0100) != 0)
        {
            // The transfer functions of a Sensirion SHT21.
            decoded.Add("temperatureCelsius", 175.72 * reader.UInt16BigEndian() / 65_536 - 46.85, "degreeCelsius");
            decoded.Add("relativeHumidityPercent", 125.0 * reader.UInt16BigEndian() / 65_536 - 6, "percent");
        }

        if ((flags & 0b1000) != 0)
            decoded.Add("airPressureHectopascals", reader.UInt16BigEndian() * 2 / 100.0, "hectopascal");
        // Sensors to come are behind the known ones, so that what is known can still be read.
        return !reader.IsShort && (reader.Remaining == 0 || (flags & ~KnownFlags) != 0)
            || decoded.Fail($"payload: {payload.Length} bytes do not fit the flags {flags:x4}");
    }

    private static void AddParticles(ref PayloadReader reader, DecodedUplink decoded)
    {
        decoded.Add("pm1MicrogramsPerCubicMetre", reader.UInt16BigEndian() / 10.0, Concentration);
        decoded.Add("pm25MicrogramsPerCubicMetre", reader.UInt16BigEndian() / 10.0, Concentration);
        decoded.Add("pm4MicrogramsPerCubicMetre", reader.UInt16BigEndian() / 10.0, Concentration);
        decoded.Add("pm10MicrogramsPerCubicMetre", reader.UInt16BigEndian() / 10.0, Concentration);
        decoded.Add("typicalParticleNanometres", reader.UInt16BigEndian(), "nanometre");
        foreach (var name in s_counts)
            decoded.Add(name, reader.UInt16BigEndian() / 10.0);
    }

    private static readonly string[] s_counts =
    [
        "pm05PerCubicCentimetre", "pm1PerCubicCentimetre", "pm25PerCubicCentimetre", "pm4PerCubicCentimetre",
        "pm10PerCubicCentimetre",
    ];
}
