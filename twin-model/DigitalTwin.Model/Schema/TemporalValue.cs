using System.Globalization;
using System.Xml;

namespace DigitalTwin.Model.Schema;

/// <summary>Makes the number that a slot holds of a date, a time or a duration as DTDL writes them.</summary>
public static class TemporalValue
{
    // The longest text that is read; a fraction of a second has at most seven digits below it.
    private const int CharactersMax = 64;

    /// <summary>Seconds: since 1970-01-01T00:00Z, since midnight, or of the duration.</summary>
    public static bool TryRead(ValueSchema schema, string text, out double seconds)
    {
        seconds = 0;
        if (text.Length > CharactersMax)
            return false;
        return schema switch
        {
            ValueSchema.DateTime => TryReadDateTime(text, out seconds),
            ValueSchema.Date => TryReadDate(text, out seconds),
            ValueSchema.Time => TryReadTime(text, out seconds),
            ValueSchema.Duration => TryReadDuration(text, out seconds),
            _ => false,
        };
    }

    // RFC 3339 §5.6, date-time: the offset is not optional, as without it the moment would depend on the reader.
    private static bool TryReadDateTime(string text, out double seconds)
    {
        seconds = 0;
        const string Format = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";
        var hasOffset = text.Length > 6 && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-');
        if (!hasOffset || !DateTimeOffset.TryParseExact(
                text.ToUpperInvariant(), Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var moment))
            return false;
        seconds = (moment - DateTimeOffset.UnixEpoch).TotalSeconds;
        return true;
    }

    // RFC 3339 §5.6, full-date.
    private static bool TryReadDate(string text, out double seconds)
    {
        var isDate = DateOnly.TryParseExact(
            text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
        seconds = isDate ? (date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalSeconds : 0;
        return isDate;
    }

    // RFC 3339 §5.6, partial-time: a time of day has no date, so an offset would mean nothing.
    private static bool TryReadTime(string text, out double seconds)
    {
        var isTime = TimeOnly.TryParseExact(
            text, "HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time);
        seconds = isTime ? time.ToTimeSpan().TotalSeconds : 0;
        return isTime;
    }

    // ISO 8601 §5.5.2; a year counts 365 days and a month 30, as there is no date for them to start from.
    private static bool TryReadDuration(string text, out double seconds)
    {
        seconds = 0;
        try
        {
            seconds = XmlConvert.ToTimeSpan(text).TotalSeconds;
            return true;
        }
        catch (Exception problem) when (problem is FormatException or OverflowException)
        {
            return false;
        }
    }
}
