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

    /// <summary>The value that was refused last; the slot's latest good value stayed.</summary>
    public float ScreenedValue;

    /// <summary>When that was measured, in seconds since 1970.</summary>
    public uint ScreenedAtSeconds;

    /// <summary>Whose value that was.</summary>
    public ushort ScreenedSlot;

    /// <summary>How many values in a row were refused; 0 as soon as a good one comes in.</summary>
    public byte ScreenedInARow;

    /// <summary>Why it was refused.</summary>
    public QualityReason ScreenedReason;

    public Freshness Freshness;

    /// <summary>The kind's own reading of its values: <c>LightCondition</c>, <c>MeterCondition</c>, an index level; 0 is unknown.</summary>
    public byte Condition;

    /// <summary>The worst quality among the summary values.</summary>
    public Quality Quality;

    /// <summary>Alarm conditions that are on, whatever the operators made of them.</summary>
    public byte ActiveAlarms;

    /// <summary>Alarm conditions that wait for their delay.</summary>
    public byte PendingAlarms;

    public static TwinState New => new() { MeasuredAt = Instant.Never, HeardAt = Instant.Never };
}
