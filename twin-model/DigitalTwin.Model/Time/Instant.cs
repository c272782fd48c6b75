using System.Globalization;

namespace DigitalTwin.Model.Time;

/// <summary>A point in time in UTC, to the millisecond; the only time the model knows.</summary>
/// <param name="UnixMilliseconds">Milliseconds since 1970-01-01T00:00:00Z.</param>
public readonly record struct Instant(long UnixMilliseconds) : IComparable<Instant>
{
    /// <summary>Marks "never": earlier than anything a device can report.</summary>
    public static readonly Instant Never = new(long.MinValue / 2);

    public static Instant From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    public static Instant Utc(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) =>
        From(new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero));

    public bool IsNever => UnixMilliseconds == Never.UnixMilliseconds;

    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);

    public Instant Plus(TimeSpan span) => new(UnixMilliseconds + (long)span.TotalMilliseconds);

    public static TimeSpan operator -(Instant later, Instant earlier) =>
        TimeSpan.FromMilliseconds(later.UnixMilliseconds - earlier.UnixMilliseconds);

    public static bool operator <(Instant a, Instant b) => a.UnixMilliseconds < b.UnixMilliseconds;
    public static bool operator >(Instant a, Instant b) => a.UnixMilliseconds > b.UnixMilliseconds;
    public static bool operator <=(Instant a, Instant b) => a.UnixMilliseconds <= b.UnixMilliseconds;
    public static bool operator >=(Instant a, Instant b) => a.UnixMilliseconds >= b.UnixMilliseconds;

    public int CompareTo(Instant other) => UnixMilliseconds.CompareTo(other.UnixMilliseconds);

    public override string ToString() => IsNever
        ? "never"
        : ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
