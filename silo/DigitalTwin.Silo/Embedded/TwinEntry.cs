using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Embedded;

/// <summary>What a partition holds of a twin beside its latest values; small enough for one cache line.</summary>
internal struct TwinEntry
{
    /// <summary>Where its latest values start in the partition's values.</summary>
    public int ValueOffset;

    /// <summary>Where its alarm timers start in the partition's timers.</summary>
    public int TimerOffset;

    /// <summary>Its place among the states of its kind, or −1.</summary>
    public int KindIndex;

    public int ExpectedIntervalSeconds;

    public ushort Model;

    public TwinState State;
}
