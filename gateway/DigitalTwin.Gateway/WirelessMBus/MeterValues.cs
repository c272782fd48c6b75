using System.Runtime.InteropServices;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>
/// What a telegram's records are of a twin: a value a property, the one that says it most directly. Holds what the
/// caller lends it and allocates nothing.
/// </summary>
internal ref struct MeterValues(MeterMapping mapping, MeterDriver driver, Span<MeterValue> bySlot)
{
    // A total beats a forward register, and both beat a sum of tariffs.
    private const byte SumOfTariffs = 1;
    private const byte Forward = 2;
    private const byte Plain = 3;
    private const byte AtMeteringConditions = 4;
    private const byte OfTheDriver = 5;

    private readonly MeterMapping _mapping = mapping;
    private readonly MeterDriver _driver = driver;
    private readonly Span<MeterValue> _bySlot = bySlot;

    /// <summary>The time of the meter's own clock, where the telegram says it; in the meter's local time.</summary>
    public DateTime? LocalTime { get; private set; }

    public bool IsSummerTime { get; private set; }

    /// <summary>How long before sending the values were measured.</summary>
    public TimeSpan? Actuality { get; private set; }

    /// <summary>Reads every record; false where one is malformed.</summary>
    public bool TryTake(ReadOnlySpan<byte> payload)
    {
        var reader = new DataRecordReader(payload);
        RecordStatus status;
        while ((status = reader.Read(out var record)) == RecordStatus.Record)
            Take(record);
        return status == RecordStatus.End;
    }

    /// <summary>The status byte of a header (EN 13757-3 §5.7, OMS volume 2 §7.2.4).</summary>
    public readonly void TakeStatus(byte status)
    {
        const byte PowerLow = 0x04;
        if (_mapping.LowBattery is { } lowBattery)
            SetFlag(lowBattery, (status & PowerLow) != 0);
        foreach (var flag in _driver.Status)
            if (_mapping.Find(flag.Property) is { } property)
                SetFlag(property, flag.IsSet(status));
    }

    private void Take(in DataRecord record)
    {
        if (TakeForDriver(record))
            return;
        if ((record.Modifiers & (ValueModifiers.Otherwise | ValueModifiers.InError | ValueModifiers.BackwardOnly)) != 0)
            return;
        if (record.IsCurrent && record.Modifiers == ValueModifiers.None)
            TakeTime(record);
        if (_mapping.Of(record.Value.Quantity, record.Phase) is not { } property)
            return;
        var rank = record.IsCurrent
            ? (record.Modifiers & ValueModifiers.Uncorrected) != 0 ? AtMeteringConditions
                : (record.Modifiers & ValueModifiers.ForwardOnly) != 0 ? Forward : Plain
            : IsTariffOfTheTotal(record) ? SumOfTariffs : (byte)0;
        if (rank == 0 || !record.TryGetNumber(out var number))
            return;
        ref var value = ref _bySlot[property.Slot];
        if (rank > value.Rank)
            value = new MeterValue(rank, number + 0.0); // −0 and 0 are one value
        else if (rank == SumOfTariffs && value.Rank == SumOfTariffs)
            value = value with { Number = value.Number + number };
    }

    private readonly bool IsTariffOfTheTotal(in DataRecord record) =>
        _driver.SumsTariffs && _mapping.IsElectricity && record.Value.Quantity == Quantity.Energy
        && record is { Function: RecordFunction.Instantaneous, Storage: 0, Subunit: 0, Tariff: > 0 };

    private readonly bool TakeForDriver(in DataRecord record)
    {
        var isTaken = false;
        foreach (var known in _driver.Records)
        {
            if (!record.Header.SequenceEqual(known.Header) || _mapping.Find(known.Property) is not { } property)
                continue;
            if (DataValue.TryReadNumber(record, out var number))
                _bySlot[property.Slot] = new MeterValue(OfTheDriver, number);
            isTaken = true;
        }

        foreach (var flag in _driver.Flags)
        {
            if (!record.Header.SequenceEqual(flag.Header) || !DataValue.TryReadBits(record, out var bits)
                || _mapping.Find(flag.Property) is not { } property)
                continue;
            SetFlag(property, flag.IsSet(bits));
            isTaken = true;
        }

        return isTaken;
    }

    // Several bits may mean one flag: it is set where any of them is.
    private readonly void SetFlag(PropertySchema property, bool isSet)
    {
        ref var value = ref _bySlot[property.Slot];
        value = new MeterValue(Plain, isSet || value is { Rank: > 0, Number: > 0 } ? 1 : 0);
    }

    private void TakeTime(in DataRecord record)
    {
        switch (record.Value.Quantity)
        {
            case Quantity.DateAndTime when DataValue.TryReadTime(record, out var local, out var isSummer)
                && record.Coding != DataCoding.Integer16:
                LocalTime = local;
                IsSummerTime = isSummer;
                break;
            case Quantity.Actuality when record.TryGetNumber(out var seconds)
                && seconds is >= 0 and <= int.MaxValue:
                Actuality = TimeSpan.FromSeconds(seconds);
                break;
        }
    }
}

/// <summary>A value on its way to a slot.</summary>
/// <param name="Rank">How directly the telegram says it; 0 where it does not.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MeterValue(byte Rank, double Number);
