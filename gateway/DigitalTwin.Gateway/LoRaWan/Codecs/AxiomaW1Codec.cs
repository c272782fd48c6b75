using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>
/// Axioma Qalcosonic W1, an ultrasonic water meter. Layouts and bits by "Lora Payload W1 V01.7 Extended" and "F1 V1.8
/// Enhanced" as the open decoders of ELEMENT-IoT, diwise/iot-agent and TheThingsNetwork/lorawan-devices state them.
/// </summary>
public sealed class AxiomaW1Codec : IPayloadCodec
{
    private const byte ReadingsPort = 100;
    private const byte ConfigurationPort = 101;
    private const byte AlarmPort = 103;
    private const byte Padding = 0x2F; // the idle filler of M-Bus
    private const int DeltaCountMax = 15;
    private const int EnhancedBytes = 51;
    private const int EnhancedDeltaCount = 23;
    private const int EnhancedDeltaBits = 14;
    private const long HourSeconds = 3_600;
    private const long DaySeconds = 24 * HourSeconds;

    public string Name => "axioma-w1";

    public bool TryDecode(byte fPort, ReadOnlySpan<byte> payload, DecodedUplink decoded) => fPort switch
    {
        ReadingsPort when payload.Length is EnhancedBytes or EnhancedBytes + 1 => Enhanced(payload, decoded),
        ReadingsPort => Extended(payload, decoded),
        ConfigurationPort => true, // what the meter is set to is not of the twin
        AlarmPort => Alarm(payload, decoded),
        _ => decoded.Fail($"fPort: {fPort} is none of {ReadingsPort}, {ConfigurationPort}, {AlarmPort}"),
    };

    // u32 time, u8 status, u32 litres, u32 log time, u32 litres at log time, up to 15 u16 litres of an hour each.
    private static bool Extended(ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        var reader = new PayloadReader(payload);
        long seconds = reader.UInt32LittleEndian();
        var status = reader.Byte();
        long litresNow = reader.UInt32LittleEndian();
        // Log values are of the beginning of an hour, whatever minute the log time names.
        var logSeconds = reader.UInt32LittleEndian() / HourSeconds * HourSeconds;
        long litres = reader.UInt32LittleEndian();
        var deltas = reader.Remaining / 2;
        if (reader.IsShort || deltas > DeltaCountMax
            || (reader.Remaining % 2 == 1 && payload[^1] != Padding && payload[^1] != 0))
            return decoded.Fail($"payload: {payload.Length} bytes are no readings of a W1");
        // Another layout of the same length, with a temperature, would put the log anywhere in time.
        if (logSeconds > seconds || seconds - logSeconds > 2 * DaySeconds)
            return decoded.Fail("payload: the log is not of the two days before the reading");
        AddRegister(litres, logSeconds, decoded);
        for (var hour = 1; hour <= deltas; hour++)
        {
            litres += reader.UInt16LittleEndian();
            // The hours to come are sent as zeros.
            if (logSeconds + hour * HourSeconds <= seconds)
                AddRegister(litres, logSeconds + hour * HourSeconds, decoded);
        }

        AddRegister(litresNow, seconds, decoded);
        AddStatus(status, seconds, decoded);
        return true;
    }

    // u8 version 1, u32 time, u8 status, u32 litres at 01:00 UTC of the day before, 23 × 14 bits of litres, 6 of scale.
    private static bool Enhanced(ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        var reader = new PayloadReader(payload);
        var version = reader.Byte();
        long seconds = reader.UInt32LittleEndian();
        var status = reader.Byte();
        long litres = reader.UInt32LittleEndian();
        var bits = payload[10..EnhancedBytes];
        if (version != 1 || Bits(bits, EnhancedDeltaCount * EnhancedDeltaBits, 6) != 0)
            return decoded.Fail("payload: is not of version 1 with litres");
        var logSeconds = seconds / DaySeconds * DaySeconds - DaySeconds + HourSeconds;
        AddRegister(litres, logSeconds, decoded);
        for (var hour = 1; hour <= EnhancedDeltaCount; hour++)
        {
            litres += Bits(bits, (hour - 1) * EnhancedDeltaBits, EnhancedDeltaBits);
            AddRegister(litres, logSeconds + hour * HourSeconds, decoded);
        }

        AddStatus(status, seconds, decoded);
        return true;
    }

    // u32 time, u8 alarms; here each bit is one alarm, unlike in the status of the readings.
    private static bool Alarm(ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        var reader = new PayloadReader(payload);
        var at = At(reader.UInt32LittleEndian());
        var alarms = reader.Byte();
        if (reader.IsShort || reader.Remaining > 0)
            return decoded.Fail($"payload: {payload.Length} bytes are no alarm of a W1, which has 5");
        decoded.AddFlag("leakDetected", (alarms & 0x01) != 0, at);
        decoded.AddFlag("burstDetected", (alarms & 0x02) != 0, at);
        decoded.AddFlag("freezeDetected", (alarms & 0x04) != 0, at);
        decoded.AddFlag("tamperDetected", (alarms & 0x08) != 0, at);
        decoded.AddFlag("noConsumptionDetected", (alarms & 0x10) != 0, at);
        decoded.AddFlag("reverseFlowDetected", (alarms & 0x20) != 0, at);
        return true;
    }

    // The lower bits are those of EN 13757-3; of the upper three the meter makes its own: a burst is A0 and a reverse
    // flow 60, which hold the 20 of a leak and the 80 of freezing, so those two are asked first.
    private static void AddStatus(byte status, long seconds, DecodedUplink decoded)
    {
        var at = At(seconds);
        var isBurst = (status & 0xA0) == 0xA0;
        var isReverse = (status & 0x60) == 0x60;
        decoded.AddFlag("burstDetected", isBurst, at);
        decoded.AddFlag("reverseFlowDetected", isReverse, at);
        decoded.AddFlag("leakDetected", (status & 0x20) != 0 && !isBurst && !isReverse, at);
        decoded.AddFlag("freezeDetected", (status & 0x80) != 0 && !isBurst, at);
        // A temporary error and nothing else is an empty pipe.
        decoded.AddFlag("dryDetected", (status & 0xF0) == 0x10, at);
        decoded.AddFlag("lowBattery", (status & 0x04) != 0, at);
        decoded.AddFlag("permanentError", (status & 0x08) != 0, at);
        decoded.AddFlag("temporaryError", (status & 0x10) != 0, at);
    }

    private static void AddRegister(long litres, long unixSeconds, DecodedUplink decoded) =>
        decoded.Add("volumeLitres", litres, "litre", At(unixSeconds));

    // Packed from the lowest bit of the first byte on.
    private static int Bits(ReadOnlySpan<byte> bytes, int start, int count)
    {
        var value = 0;
        for (var i = 0; i < count; i++)
            if ((bytes[(start + i) / 8] & (1 << ((start + i) % 8))) != 0)
                value |= 1 << i;
        return value;
    }

    private static Instant At(long unixSeconds) => new(unixSeconds * 1_000);
}
