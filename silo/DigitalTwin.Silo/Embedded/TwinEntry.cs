using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Embedded;

/// <summary>What a partition holds of a twin beside its latest values; small enough for one cache line.</summary>
internal struct TwinEntry
{
    /// <summary>Where its latest values start in the partition's values.</summary>
    public int ValueOffset;

    /// <summary>For a meter, the local place of its building; for a building, the place of its totals; else −1.</summary>
    public int Link;

    public int ExpectedIntervalSeconds;

    public ushort Model;

    public TwinState State;
}
