namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>The tables of VIF codes (EN 13757-3 §6.4): primary, and the extensions behind 0xFB and 0xFD.</summary>
internal static class ValueTables
{
    private const double JoulesPerWattHour = 3_600;
    private const double SecondsPerMinute = 60;
    private const double SecondsPerHour = 3_600;
    private const double SecondsPerDay = 86_400;

    // The city's figure: 1 Gcal = 1.163 MWh (international steam table calorie).
    private const double WattHoursPerMegacalorie = 1_163;

    private static readonly ValueInformation[] s_primary = Table(Primary);
    private static readonly ValueInformation[] s_extensionFB = Table(ExtensionFB);
    private static readonly ValueInformation[] s_extensionFD = Table(ExtensionFD);

    /// <param name="code">Without its extension bit.</param>
    public static ref readonly ValueInformation OfPrimary(int code) => ref s_primary[code & 0x7F];

    public static ref readonly ValueInformation OfExtensionFB(int code) => ref s_extensionFB[code & 0x7F];

    public static ref readonly ValueInformation OfExtensionFD(int code) => ref s_extensionFD[code & 0x7F];

    private static ValueInformation[] Table(Func<int, ValueInformation> of) => [.. Enumerable.Range(0, 128).Select(of)];

    // EN 13757-3 table 10; n is the lowest three bits, nn the lowest two.
    private static ValueInformation Primary(int code)
    {
        var n = code & 7;
        var nn = code & 3;
        return code switch
        {
            <= 0x07 => new(Quantity.Energy, n - 3),
            <= 0x0F => new(Quantity.Energy, n, Divisor: JoulesPerWattHour),
            <= 0x17 => new(Quantity.Volume, n - 6 + 3),
            <= 0x1F => new(Quantity.Mass, n - 3),
            <= 0x23 => new(Quantity.OnTime, Multiplier: Seconds(nn)),
            <= 0x27 => new(Quantity.OperatingTime, Multiplier: Seconds(nn)),
            <= 0x2F => new(Quantity.Power, n - 3),
            <= 0x37 => new(Quantity.Power, n, Divisor: JoulesPerWattHour),
            <= 0x3F => new(Quantity.VolumeFlow, n - 6 + 3),
            <= 0x47 => new(Quantity.VolumeFlow, n - 7 + 3, Multiplier: SecondsPerHour / SecondsPerMinute),
            <= 0x4F => new(Quantity.VolumeFlow, n - 9 + 3, Multiplier: SecondsPerHour),
            <= 0x57 => new(Quantity.MassFlow, n - 3),
            <= 0x5B => new(Quantity.FlowTemperature, nn - 3),
            <= 0x5F => new(Quantity.ReturnTemperature, nn - 3),
            <= 0x63 => new(Quantity.TemperatureDifference, nn - 3),
            <= 0x67 => new(Quantity.ExternalTemperature, nn - 3),
            <= 0x6B => new(Quantity.Pressure, nn - 3 + 2), // bar to kilopascals
            0x6C => new(Quantity.Date),
            0x6D => new(Quantity.DateAndTime),
            0x6E => new(Quantity.HeatCostUnits),
            >= 0x74 and <= 0x77 => new(Quantity.Actuality, Multiplier: Seconds(nn)),
            0x78 => new(Quantity.FabricationNumber),
            _ => default,
        };
    }

    // EN 13757-3 table 14.
    private static ValueInformation ExtensionFB(int code)
    {
        var n = code & 7;
        var nn = code & 3;
        var one = code & 1;
        return code switch
        {
            <= 0x01 => new(Quantity.Energy, one - 1 + 6),
            0x02 or 0x03 => new(Quantity.ReactiveEnergy, one + 3),
            0x04 or 0x05 => new(Quantity.ApparentEnergy, one + 3),
            0x08 or 0x09 => new(Quantity.Energy, one - 1 + 9, Divisor: JoulesPerWattHour),
            >= 0x0C and <= 0x0F => new(Quantity.Energy, nn - 1, Multiplier: WattHoursPerMegacalorie),
            0x10 or 0x11 => new(Quantity.Volume, one + 2 + 3),
            0x18 or 0x19 => new(Quantity.Mass, one + 2 + 3),
            0x1A or 0x1B => new(Quantity.RelativeHumidity, one - 1),
            0x28 or 0x29 => new(Quantity.Power, one - 1 + 6),
            >= 0x2C and <= 0x2F => new(Quantity.Frequency, nn - 3),
            0x30 or 0x31 => new(Quantity.Power, one - 1 + 9, Divisor: JoulesPerWattHour),
            >= 0x78 => new(Quantity.Other, n - 3),
            _ => default,
        };
    }

    // EN 13757-3 table 12.
    private static ValueInformation ExtensionFD(int code)
    {
        var nnnn = code & 0x0F;
        return code switch
        {
            0x17 => new(Quantity.ErrorFlags),
            0x3A => new(Quantity.Dimensionless),
            >= 0x40 and <= 0x4F => new(Quantity.Voltage, nnnn - 9),
            >= 0x50 and <= 0x5F => new(Quantity.Current, nnnn - 12),
            0x74 => new(Quantity.BatteryLife, Multiplier: SecondsPerDay),
            _ => default,
        };
    }

    private static double Seconds(int nn) => nn switch
    {
        0 => 1,
        1 => SecondsPerMinute,
        2 => SecondsPerHour,
        _ => SecondsPerDay,
    };
}
