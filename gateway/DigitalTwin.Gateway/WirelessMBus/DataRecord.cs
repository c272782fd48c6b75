namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>What a value is of its quantity (EN 13757-3 table 5).</summary>
internal enum RecordFunction : byte
{
    Instantaneous,
    Maximum,
    Minimum,
    DuringError,
}

/// <summary>How a value is coded: the low four bits of the DIF (EN 13757-3 table 4).</summary>
internal enum DataCoding : byte
{
    None = 0x0,
    Integer8 = 0x1,
    Integer16 = 0x2,
    Integer24 = 0x3,
    Integer32 = 0x4,
    Real32 = 0x5,
    Integer48 = 0x6,
    Integer64 = 0x7,
    Selection = 0x8,
    Bcd2 = 0x9,
    Bcd4 = 0xA,
    Bcd6 = 0xB,
    Bcd8 = 0xC,
    Variable = 0xD,
    Bcd12 = 0xE,
    Special = 0xF,
}

/// <summary>What the VIFEs say of a value besides its quantity.</summary>
[Flags]
internal enum ValueModifiers : byte
{
    None = 0,

    /// <summary>Counts only what flows forward (VIFE 0x3B).</summary>
    ForwardOnly = 1,

    /// <summary>Counts only what flows back (VIFE 0x3C).</summary>
    BackwardOnly = 2,

    /// <summary>Uncorrected: at metering conditions (VIFE 0x3A).</summary>
    Uncorrected = 4,

    /// <summary>The meter says that the value is in error (VIFE 0x01–0x1F).</summary>
    InError = 8,

    /// <summary>
    /// Something that makes it another value than its quantity says: a limit, a duration, the maker's own.
    /// </summary>
    Otherwise = 16,
}

/// <summary>One record of a telegram as places in its payload, and what its DIF, DIFEs, VIF and VIFEs mean.</summary>
internal ref struct DataRecord
{
    /// <summary>DIF to last VIFE.</summary>
    public ReadOnlySpan<byte> Header { get; internal set; }

    /// <summary>The value; without the length of a variable one.</summary>
    public ReadOnlySpan<byte> Data { get; internal set; }

    public DataCoding Coding { get; internal set; }

    public RecordFunction Function { get; internal set; }

    public ulong Storage { get; internal set; }

    public uint Tariff { get; internal set; }

    public uint Subunit { get; internal set; }

    public ValueInformation Value { get; internal set; }

    public ValueModifiers Modifiers { get; internal set; }

    /// <summary>Power of ten of multiplicative VIFEs.</summary>
    public int FurtherExponent { get; internal set; }

    /// <summary>1 to 3 for the phases L1 to L3; 0 where it is of no phase.</summary>
    public byte Phase { get; internal set; }

    /// <summary>LVAR of a variable value; says how it is coded.</summary>
    public byte VariableLength { get; internal set; }

    /// <summary>A value as it is at this moment, of the meter as a whole.</summary>
    public readonly bool IsCurrent =>
        Function == RecordFunction.Instantaneous && Storage == 0 && Tariff == 0 && Subunit == 0;

    /// <summary>
    /// The value in the unit of its quantity; false where it has none or the meter says that it is not valid.
    /// </summary>
    public readonly bool TryGetNumber(out double number) =>
        DataValue.TryReadNumber(this, out number) && (number = Value.Scale(number, FurtherExponent)) is var scaled
        && double.IsFinite(scaled);
}
