using System.Buffers.Binary;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>The data types of EN 13757-3 annex A: integers, BCD, real, variable length, and times F, G and I.</summary>
internal static class DataValue
{
    private const int VariableTextMax = 0xBF;

    /// <summary>
    /// The number as it stands, without its exponent; false for text, time, and what says that it is not valid.
    /// </summary>
    public static bool TryReadNumber(in DataRecord record, out double number)
    {
        number = 0;
        switch (record.Coding)
        {
            case DataCoding.Integer8 or DataCoding.Integer16 or DataCoding.Integer24 or DataCoding.Integer32
                or DataCoding.Integer48 or DataCoding.Integer64:
                return TryReadInteger(record.Data, out number);
            case DataCoding.Bcd2 or DataCoding.Bcd4 or DataCoding.Bcd6 or DataCoding.Bcd8 or DataCoding.Bcd12:
                return TryReadBcd(record.Data, out number);
            case DataCoding.Real32:
                number = BinaryPrimitives.ReadSingleLittleEndian(record.Data);
                return double.IsFinite(number);
            case DataCoding.Variable:
                return TryReadVariable(record, out number);
            default:
                return false;
        }
    }

    /// <summary>The bits of a status as they stand, up to eight bytes.</summary>
    public static bool TryReadBits(in DataRecord record, out ulong bits)
    {
        bits = 0;
        if (record.Data.Length is 0 or > sizeof(ulong) || record.Coding is DataCoding.Real32 or DataCoding.Variable)
            return false;
        for (var i = record.Data.Length - 1; i >= 0; i--)
            bits = bits << 8 | record.Data[i];
        return true;
    }

    /// <summary>Bytes behind LVAR; −1 for one that is reserved.</summary>
    public static int BytesOfVariable(byte lvar) => lvar switch
    {
        <= VariableTextMax => lvar,
        <= 0xC9 => lvar - 0xC0,
        >= 0xD0 and <= 0xD9 => lvar - 0xD0,
        >= 0xE0 and <= 0xEF => lvar - 0xE0,
        >= 0xF0 and <= 0xF4 => 4 * (lvar - 0xEC),
        0xF5 => 48,
        0xF6 => 64,
        _ => -1,
    };

    /// <summary>Types G (date), F (date and minute) and I (date and second), in the meter's own local time.</summary>
    /// <param name="isSummer">The meter says that its time is summer time.</param>
    public static bool TryReadTime(in DataRecord record, out DateTime local, out bool isSummer)
    {
        local = default;
        isSummer = false;
        var data = record.Data;
        return record.Coding switch
        {
            DataCoding.Integer16 => TryMake(data[0] & 0x1F, Month(data[1]), Year(data[0], data[1]), 0, 0, 0, out local),
            DataCoding.Integer32 => TryReadMinutes(data, out local, out isSummer),
            DataCoding.Integer48 => TryReadSeconds(data, out local, out isSummer),
            _ => false,
        };
    }

    // Type F: minute with the invalid bit, hour with the summer bit, day and year, month and year.
    private static bool TryReadMinutes(ReadOnlySpan<byte> data, out DateTime local, out bool isSummer)
    {
        isSummer = (data[1] & 0x80) != 0;
        local = default;
        return (data[0] & 0x80) == 0 && TryMake(
            data[2] & 0x1F, Month(data[3]), Year(data[2], data[3]), data[1] & 0x1F, data[0] & 0x3F, 0, out local);
    }

    // Type I: second with the summer bit, minute with the invalid bit, hour, day and year, month and year, week.
    private static bool TryReadSeconds(ReadOnlySpan<byte> data, out DateTime local, out bool isSummer)
    {
        isSummer = (data[0] & 0x40) != 0;
        local = default;
        return (data[1] & 0x80) == 0 && TryMake(
            data[3] & 0x1F, Month(data[4]), Year(data[3], data[4]), data[2] & 0x1F, data[1] & 0x3F, data[0] & 0x3F,
            out local);
    }

    private static int Month(byte high) => high & 0x0F;

    private static int Year(byte low, byte high)
    {
        // Seven bits: a meter of our time counts from 2000, 81 to 99 were the last century's.
        var year = low >> 5 | (high & 0xF0) >> 1;
        return year > 99 ? 0 : year >= 81 ? 1900 + year : 2000 + year;
    }

    private static bool TryMake(int day, int month, int year, int hour, int minute, int second, out DateTime local)
    {
        local = default;
        if (year == 0 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 59)
            return false;
        local = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified);
        return true;
    }

    // Type B: two's complement; the lowest number says that there is none.
    private static bool TryReadInteger(ReadOnlySpan<byte> data, out double number)
    {
        number = 0;
        if (data.IsEmpty)
            return false;
        long value = (sbyte)data[^1];
        for (var i = data.Length - 2; i >= 0; i--)
            value = value << 8 | data[i];
        number = value;
        return value != long.MinValue >> 8 * (sizeof(long) - data.Length);
    }

    // Type A: a digit in four bits; 0xF in the highest is a minus, any other letter says that there is no value.
    private static bool TryReadBcd(ReadOnlySpan<byte> data, out double number)
    {
        const int Minus = 0xF;
        number = 0;
        var value = 0L;
        for (var i = data.Length - 1; i >= 0; i--)
        {
            var (high, low) = (data[i] >> 4, data[i] & 0x0F);
            if (high == Minus && i == data.Length - 1)
                high = 0;
            if (high > 9 || low > 9)
                return false;
            value = 100 * value + 10 * high + low;
        }

        number = !data.IsEmpty && data[^1] >> 4 == Minus ? -value : value;
        return !data.IsEmpty;
    }

    private static bool TryReadVariable(in DataRecord record, out double number)
    {
        number = 0;
        switch (record.VariableLength)
        {
            case >= 0xC0 and <= 0xC9:
                return TryReadBcd(record.Data, out number);
            case >= 0xD0 and <= 0xD9:
                var isRead = TryReadBcd(record.Data, out number);
                number = -number;
                return isRead;
            case >= 0xE1 and <= 0xE8:
                return TryReadInteger(record.Data, out number);
            default:
                return false;
        }
    }
}
