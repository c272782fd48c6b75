using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Twins;

/// <summary>How current a twin's state is by its own event time; the numbers are part of the frame format.</summary>
public enum Freshness : byte
{
    NeverReported = 0,
    Live = 1,

    /// <summary>Several reporting intervals were missed.</summary>
    Stale = 2,

    /// <summary>So many were missed that the last value says nothing about now.</summary>
    Lost = 3,
}

/// <summary>Decides freshness. Pure: time is passed in.</summary>
public static class FreshnessRules
{
    /// <summary>
    /// By event time, not by arrival: a device that delivers old readings late is not live.
    /// </summary>
    public static Freshness Judge(Instant measuredAt, Instant now, TimeSpan expectedInterval, FreshnessPolicy policy)
    {
        if (measuredAt.IsNever)
            return Freshness.NeverReported;
        var age = now - measuredAt;
        if (age > expectedInterval * policy.LostAfterIntervals)
            return Freshness.Lost;
        return age > expectedInterval * policy.StaleAfterIntervals ? Freshness.Stale : Freshness.Live;
    }
}
