using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>When a telegram's values were measured: by the meter's own clock where that is plausible.</summary>
/// <param name="zone">The city's: a meter counts in local time and does not say which.</param>
internal sealed class MeterClock(GatewayLimits gatewayLimits, WmbusLimits limits, TimeZoneInfo zone)
{
    private static readonly Instant s_earliest = Instant.Utc(2000, 1, 1);

    /// <summary>
    /// The telegram's own time, else the time it was heard less the age the telegram gives its values.
    /// </summary>
    public Instant MeasuredAt(in MeterValues values, in Hearing hearing)
    {
        var own = values.LocalTime is { } local ? ToInstant(local, values.IsSummerTime)
            : values.Actuality is { } actuality ? hearing.ReceivedAt.Plus(-actuality)
            : hearing.ReceivedAt;
        var isPlausible = own <= hearing.ReceivedAt.Plus(gatewayLimits.FutureMax)
            && own >= hearing.ReceivedAt.Plus(-limits.ClockBehindMax);
        return isPlausible ? own : hearing.ReceivedAt;
    }

    /// <summary>Whether the time the concentrator gives is one that telemetry may have.</summary>
    public TelegramFault Check(in Hearing hearing, Instant arrivedAt)
    {
        if (!hearing.IsTimed)
            return TelegramFault.None;
        if (hearing.ReceivedAt > arrivedAt.Plus(gatewayLimits.FutureMax))
            return TelegramFault.TimeInFuture;
        var earliest = Instant.From(arrivedAt.ToDateTimeOffset().AddYears(-gatewayLimits.PastYearsMax));
        return hearing.ReceivedAt < s_earliest || hearing.ReceivedAt < earliest
            ? TelegramFault.TimeTooOld
            : TelegramFault.None;
    }

    // Where the zone has no summer time, a meter that says summer is an hour ahead of standard time.
    private Instant ToInstant(DateTime local, bool isSummer)
    {
        var offset = zone.GetUtcOffset(local);
        if (isSummer && !zone.IsDaylightSavingTime(local))
            offset += TimeSpan.FromHours(1);
        return Instant.From(new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Utc)) - offset);
    }
}
