using DigitalTwin.Model.Meters;

namespace DigitalTwin.Model.Networks;

/// <summary>What the rules of a feeder or cabinet remember beside its latest values.</summary>
public struct NetworkState
{
    internal RegisterHours Hours;

    /// <summary>What has gone in since the feeder was first seen, from its rate.</summary>
    public double Inlet;

    /// <summary>When the rate was taken in last, in seconds since 1970.</summary>
    public uint RateAtSeconds;

    public float LastRate;

    /// <summary>
    /// Seconds that a cabinet's contactor was closed since it was first seen; whole, so that years of short steps add
    /// up exactly.
    /// </summary>
    public uint BurntSeconds;

    /// <summary>Whole hours in a row whose loss was too high.</summary>
    public byte HoursOfLoss;

    /// <summary>Of a cabinet: which programme its contactor follows.</summary>
    public byte Programme;

    /// <summary>Of a feeder: what it carries.</summary>
    public Buildings.Medium Medium;

    /// <summary>Twins that it serves or feeds, by the graph.</summary>
    public int Served;
}
