namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>What a record measures, in the units of the schema.</summary>
internal enum Quantity : byte
{
    /// <summary>Nothing that a meter's twin has.</summary>
    Other,

    /// <summary>Watt-hours.</summary>
    Energy,

    /// <summary>Var-hours.</summary>
    ReactiveEnergy,

    /// <summary>Volt-ampere-hours.</summary>
    ApparentEnergy,

    /// <summary>Litres.</summary>
    Volume,

    /// <summary>Kilograms.</summary>
    Mass,

    /// <summary>Watts.</summary>
    Power,

    /// <summary>Litres an hour.</summary>
    VolumeFlow,

    /// <summary>Kilograms an hour.</summary>
    MassFlow,

    /// <summary>Degrees Celsius.</summary>
    FlowTemperature,

    /// <summary>Degrees Celsius.</summary>
    ReturnTemperature,

    /// <summary>Kelvin.</summary>
    TemperatureDifference,

    /// <summary>Degrees Celsius.</summary>
    ExternalTemperature,

    /// <summary>Kilopascals.</summary>
    Pressure,

    /// <summary>Volts.</summary>
    Voltage,

    /// <summary>Amperes.</summary>
    Current,

    /// <summary>Hertz.</summary>
    Frequency,

    /// <summary>Seconds for which it is switched on.</summary>
    OnTime,

    /// <summary>Seconds for which it has measured.</summary>
    OperatingTime,

    /// <summary>Seconds since the values of the telegram were measured.</summary>
    Actuality,

    /// <summary>Seconds until the battery is spent.</summary>
    BatteryLife,

    /// <summary>A date.</summary>
    Date,

    /// <summary>A date and a time.</summary>
    DateAndTime,

    /// <summary>Eight or more digits.</summary>
    FabricationNumber,

    /// <summary>Bits of the manufacturer's meaning.</summary>
    ErrorFlags,

    /// <summary>A number without unit.</summary>
    Dimensionless,

    /// <summary>Per cent.</summary>
    RelativeHumidity,

    /// <summary>Units of a heat cost allocator.</summary>
    HeatCostUnits,
}

/// <summary>What a VIF says: a quantity, and by what a raw number is multiplied to be in its unit.</summary>
/// <param name="Exponent">Power of ten.</param>
/// <param name="Multiplier">On top of the power of ten: seconds of an hour, watt-hours of a megacalorie.</param>
/// <param name="Divisor">Joules of a watt-hour.</param>
internal readonly record struct ValueInformation(
    Quantity Quantity, int Exponent = 0, double Multiplier = 1, double Divisor = 1)
{
    // A division by a power of ten is exact where a multiplication by a tenth is not.
    private static readonly double[] s_powers = [.. Enumerable.Range(0, 24).Select(exponent => Math.Pow(10, exponent))];

    public double Scale(double raw, int furtherExponent)
    {
        var exponent = Exponent + furtherExponent;
        var scaled = raw * Multiplier / Divisor;
        return exponent >= 0
            ? scaled * s_powers[Math.Min(exponent, s_powers.Length - 1)]
            : scaled / s_powers[Math.Min(-exponent, s_powers.Length - 1)];
    }
}
