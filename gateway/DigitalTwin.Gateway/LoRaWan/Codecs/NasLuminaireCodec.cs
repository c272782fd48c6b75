using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>
/// N.A.S. UL2014, UL2020, UL2021 and UL2030, LoRaWAN luminaire controllers with DALI and D4i drivers, firmware 1.0, as
/// the maker's nasys/nas-codecs states their packets. Words are little-endian. All drivers behind a controller are
/// one luminaire here: power and energy add up, the highest level counts, and a failure of any is its failure.
/// </summary>
public sealed class NasLuminaireCodec : IPayloadCodec, ICommandCodec
{
    private const byte StatusPort = 24;
    private const byte UsagePort = 25;
    private const byte ConfigurationPort = 50;
    private const byte CommandPort = 60;
    private const byte AlertPort = 61;
    private const byte SystemPort = 99;

    private const byte ManualDimming = 0x01;
    private const byte Broadcast = 0xFE; // every driver of the controller
    private const byte Resume = 0xFF; // back to the controller's own profile
    private const int LevelPercentMax = 100;
    private const byte ProfileBytes = 5;

    // Below it the clock counts from its own start: it was never set.
    private static readonly Instant s_clockIsSetFrom = Instant.Utc(2015, 1, 1);

    public string Name => "nas-ul20";

    public bool TryDecode(byte fPort, ReadOnlySpan<byte> payload, DecodedUplink decoded) => fPort switch
    {
        StatusPort => Status(payload, decoded),
        UsagePort => Usage(payload, decoded),
        ConfigurationPort or SystemPort => true, // answers to a technician, and the start of the controller
        CommandPort => CommandAnswer(payload, decoded),
        AlertPort => Alert(payload, decoded),
        _ => decoded.Fail($"fPort: {fPort} is none of 24, 25, 50, 60, 61, 99"),
    };

    /// <summary><c>setDimLevel</c>, to every driver; the controller keeps it until it is told to resume.</summary>
    public bool TryEncode(DeviceCommand command, out DownlinkPayload payload, out string problem)
    {
        if (!DimLevel.TryRead(command, out var percent, out problem))
        {
            payload = DownlinkPayload.None;
            return false;
        }

        payload = new DownlinkPayload(CommandPort, new byte[] { ManualDimming, Broadcast, percent });
        return true;
    }

    private static bool Status(ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        var reader = new PayloadReader(payload);
        var clock = new Instant(reader.UInt32LittleEndian() * 1_000L);
        Instant? at = clock >= s_clockIsSetFrom ? clock : null;
        var status = reader.Byte();
        decoded.Add("downlinkRssiDecibelMilliwatts", -reader.Byte(), null, at);
        decoded.Add("downlinkSnrDecibels", reader.SignedByte(), null, at);
        decoded.Add("controllerTemperatureCelsius", reader.SignedByte(), "degreeCelsius", at);
        var analog = reader.Byte();
        if ((analog & 0x01) != 0)
            _ = reader.Byte(); // threshold input, no longer used
        if ((analog & 0x02) != 0)
            decoded.Add("lightSensor", reader.Byte(), null, at);
        decoded.AddFlag("daliSupplyFault", (status & 0x01) != 0, at);
        decoded.AddFlag("daliConnectionFault", (status & 0x02) != 0, at);
        decoded.AddFlag("controllerFault", (status & 0x60) != 0, at);
        var highest = -1;
        while (reader.Remaining >= ProfileBytes)
        {
            _ = reader.UInt32LittleEndian(); // profile, its version, the driver's address, its days
            highest = Math.Max(highest, reader.Byte());
        }

        if (reader.IsShort || reader.Remaining > 0)
            return decoded.Fail($"payload: {payload.Length} bytes are no status packet");
        if (highest > LevelPercentMax)
            return decoded.Fail($"payload: a dimming level of {highest} %");
        if (highest >= 0)
            decoded.Add("dimLevelPercent", highest, null, at);
        return true;
    }

    private static bool Usage(ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        var reader = new PayloadReader(payload);
        var drivers = new UsageReport();
        UsageReport? whole = null;
        while (reader.Remaining > 0 && !reader.IsShort)
        {
            var isOwnMeter = reader.Byte() == 0xFF;
            var report = UsageReport.Read(ref reader, isOwnMeter);
            // The controller's own meter sees everything behind it; to add the drivers would count them twice.
            if (isOwnMeter)
                whole = report;
            else
                drivers = drivers.With(report);
        }

        if (reader.IsShort || payload.IsEmpty)
            return decoded.Fail($"payload: {payload.Length} bytes are no usage packet");
        (whole?.Or(drivers) ?? drivers).AddTo(decoded);
        return true;
    }

    private static bool CommandAnswer(ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        if (payload.IsEmpty)
            return decoded.Fail("payload: is empty");
        return payload[0] switch
        {
            0x00 => DriverStates(payload[1..], decoded),
            ManualDimming => DimmingAnswer(payload[1..], decoded),
            // Answers to questions that the city does not ask.
            >= 0x03 and <= 0x09 or 0x0C => true,
            _ => decoded.Fail($"payload: 0x{payload[0]:x2} is no command"),
        };
    }

    private static bool DimmingAnswer(ReadOnlySpan<byte> pairs, DecodedUplink decoded)
    {
        var highest = -1;
        for (var i = 1; i < pairs.Length; i += 2)
            if (pairs[i] != Resume)
                highest = Math.Max(highest, pairs[i]);
        if (pairs.Length % 2 != 0 || pairs.IsEmpty || highest > LevelPercentMax)
            return decoded.Fail("payload: is no dimming command");
        if (highest >= 0)
            decoded.Add("feedbackDimPercent", highest);
        return true;
    }

    // IEC 62386-102, the status byte of a control gear: bit 0 its own failure, bit 1 the lamp's.
    private static bool DriverStates(ReadOnlySpan<byte> pairs, DecodedUplink decoded)
    {
        if (pairs.Length % 2 != 0 || pairs.IsEmpty)
            return decoded.Fail("payload: is no list of drivers");
        var all = 0;
        for (var i = 1; i < pairs.Length; i += 2)
            all |= pairs[i];
        decoded.AddFlag("controlGearFailure", (all & 0x01) != 0);
        decoded.AddFlag("lampFailure", (all & 0x02) != 0);
        return true;
    }

    private static bool Alert(ReadOnlySpan<byte> payload, DecodedUplink decoded)
    {
        var reader = new PayloadReader(payload);
        var header = reader.Byte();
        var conditions = reader.Byte();
        switch (header)
        {
            case 0x80 or 0x81: // inputs that the twin has no place for
                return !reader.IsShort || decoded.Fail("payload: ends within an alert");
            case 0x83:
                return reader.IsShort
                    ? decoded.Fail("payload: ends within an alert")
                    : DriverStates(payload[2..], decoded);
            case 0x84:
                decoded.AddFlag("lampFailure", (conditions & 0x01) != 0);
                decoded.AddFlag("overCurrent", (conditions & 0x02) != 0);
                decoded.AddFlag("underVoltage", (conditions & 0x04) != 0);
                decoded.AddFlag("overVoltage", (conditions & 0x08) != 0);
                decoded.AddFlag("lowPowerFactor", (conditions & 0x10) != 0);
                decoded.Add("activePowerWatts", reader.UInt16LittleEndian(), "watt");
                decoded.Add("supplyVoltageVolts", reader.UInt16LittleEndian(), "volt");
                decoded.Add("powerFactor", reader.Byte() / 100.0);
                return !(reader.IsShort || reader.Remaining > 0) || decoded.Fail("payload: is no metering alert");
            default:
                return decoded.Fail($"payload: 0x{header:x2} is no alert");
        }
    }
}
