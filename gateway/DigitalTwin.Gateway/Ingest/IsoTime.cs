using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>Reads the ISO 8601 form that RFC 3339 allows: date, time to the second or finer, and an offset.</summary>
internal static class IsoTime
{
    private const int OffsetHoursMax = 14; // the widest in use is +14:00

    public static bool TryParse(ReadOnlySpan<byte> text, out Instant instant)
    {
        instant = Instant.Never;
        // yyyy-mm-ddThh:mm:ss and at least one character of offset
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || (text[10] | 0x20) != 't'
            || text[13] != ':' || text[16] != ':')
            return false;
        var year = Digits(text[..4]);
        var month = Digits(text[5..7]);
        var day = Digits(text[8..10]);
        var hour = Digits(text[11..13]);
        var minute = Digits(text[14..16]);
        var second = Digits(text[17..19]);
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59)
            return false;
        var rest = text[19..];
        if (!TryTakeMilliseconds(ref rest, out var milliseconds) || !TryParseOffset(rest, out var offsetMinutes))
            return false;
        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks - DateTime.UnixEpoch.Ticks;
        instant = new Instant(ticks / TimeSpan.TicksPerMillisecond + milliseconds - offsetMinutes * 60_000L);
        return true;
    }

    // Finer than a millisecond is cut off, not rounded: a time never moves into the next second.
    private static bool TryTakeMilliseconds(ref ReadOnlySpan<byte> rest, out int milliseconds)
    {
        milliseconds = 0;
        if (rest.IsEmpty || rest[0] != '.')
            return true;
        var count = 0;
        var scale = 100;
        for (rest = rest[1..]; !rest.IsEmpty && rest[0] is >= (byte)'0' and <= (byte)'9'; rest = rest[1..], count++)
        {
            milliseconds += (rest[0] - '0') * scale;
            scale /= 10;
        }

        return count > 0;
    }

    private static bool TryParseOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 1)
            return (text[0] | 0x20) == 'z';
        if (text.Length is not (3 or 6) || text[0] is not ((byte)'+' or (byte)'-'))
            return false;
        var hours = Digits(text[1..3]);
        var rest = 0;
        if (text.Length == 6)
            rest = text[3] == ':' ? Digits(text[4..]) : -1;
        if (hours is < 0 or > OffsetHoursMax || rest is < 0 or > 59)
            return false;
        minutes = (text[0] == '-' ? -1 : 1) * (hours * 60 + rest);
        return true;
    }

    // −1 where there is anything but digits.
    private static int Digits(ReadOnlySpan<byte> text)
    {
        var number = 0;
        foreach (var character in text)
        {
            if (character is < (byte)'0' or > (byte)'9')
                return -1;
            number = number * 10 + (character - '0');
        }

        return number;
    }
}
