using DigitalTwin.Gateway.LoRaWan.Codecs;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

// docs/lorawan.md §4 shows this class; a test compares the two.
/// <summary>A cellar's water alarm: port 2, a byte of flags (bit 0 wet), a signed byte of °C.</summary>
public sealed class CellarAlarmCodec : IPayloadCodec
{
    public string Name => "cellar-alarm";

    public bool TryDecode(byte fPort, ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        var reader = new PayloadReader(payload);
        var flags = reader.Byte();
        var celsius = reader.SignedByte();
        if (fPort != 2 || reader.IsShort || reader.Remaining > 0)
            return decoded.Fail($"payload: {payload.Length} bytes on port {fPort} are no message of this alarm");
        decoded.AddFlag("leakDetected", (flags & 0x01) != 0);
        decoded.Add("waterTemperatureCelsius", celsius, "degreeCelsius");
        return true;
    }
}
