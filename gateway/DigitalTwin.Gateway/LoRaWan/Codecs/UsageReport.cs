namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>One report of a NAS usage packet: of a driver (DALI parts 252, 253) or of the controller's meter.</summary>
internal readonly record struct UsageReport(
    double? EnergyWattHours, double? PowerWatts, double? PowerFactor, double? MainsVolts, double? LampHours)
{
    private const double HourSeconds = 3_600;

    /// <summary>A byte of flags, then the values they announce, little-endian.</summary>
    public static UsageReport Read(ref PayloadReader reader, bool isOwnMeter)
    {
        var flags = reader.Byte();
        double? energy = (flags & 0x01) != 0 ? reader.UInt32LittleEndian() : null;
        double? power = (flags & 0x02) != 0 ? reader.UInt16LittleEndian() : null;
        if ((flags & 0x04) != 0)
            _ = reader.UInt32LittleEndian(); // energy behind the driver
        if ((flags & 0x08) != 0)
            _ = reader.UInt16LittleEndian(); // power behind the driver
        double? factor = (flags & 0x10) != 0 ? reader.Byte() / 100.0 : null;
        double? volts = (flags & 0x20) != 0 ? reader.Byte() : null;
        if ((flags & 0x40) != 0)
            _ = reader.UInt32LittleEndian(); // driver's own hours, lit or not
        // A driver counts seconds, the controller hours.
        double? lamp = (flags & 0x80) != 0 ? reader.UInt32LittleEndian() / (isOwnMeter ? 1 : HourSeconds) : null;
        return new UsageReport(energy, power, factor, volts, lamp);
    }

    /// <summary>Both drivers together.</summary>
    public UsageReport With(in UsageReport other) => new(
        Sum(EnergyWattHours, other.EnergyWattHours), Sum(PowerWatts, other.PowerWatts),
        PowerFactor ?? other.PowerFactor, MainsVolts ?? other.MainsVolts, Most(LampHours, other.LampHours));

    /// <summary>This one, and the other's values where it has none.</summary>
    public UsageReport Or(in UsageReport other) => new(
        EnergyWattHours ?? other.EnergyWattHours, PowerWatts ?? other.PowerWatts, PowerFactor ?? other.PowerFactor,
        MainsVolts ?? other.MainsVolts, LampHours ?? other.LampHours);

    public void AddTo(DecodedUplink decoded)
    {
        Add("controllerEnergyWattHours", EnergyWattHours, "wattHour");
        Add("activePowerWatts", PowerWatts, "watt");
        Add("powerFactor", PowerFactor, null);
        Add("supplyVoltageVolts", MainsVolts, "volt");
        Add("burningHours", LampHours, "hour");

        void Add(string name, double? value, string? unit)
        {
            if (value is { } known)
                decoded.Add(name, known, unit);
        }
    }

    private static double? Sum(double? one, double? other) => one is null ? other : one + (other ?? 0);

    private static double? Most(double? one, double? other) =>
        one is null || other is null ? one ?? other : Math.Max(one.Value, other.Value);
}
