using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Twins;

/// <summary>What every twin has beside its latest values.</summary>
public struct TwinState
{
    /// <summary>Event time of the newest value.</summary>
    public Instant MeasuredAt;

    /// <summary>When the device was last heard, whatever it said.</summary>
    public Instant HeardAt;

    /// <summary>Grows by one with every change.</summary>
    public uint Revision;

    public Freshness Freshness;

    /// <summary>The kind's own reading of its values: <c>LightCondition</c>, <c>MeterCondition</c>, an index level; 0 is unknown.</summary>
    public byte Condition;

    /// <summary>The worst quality among the summary values.</summary>
    public Quality Quality;

    public static TwinState New => new() { MeasuredAt = Instant.Never, HeardAt = Instant.Never };
}
