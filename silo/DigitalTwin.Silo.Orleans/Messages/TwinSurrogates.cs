using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Orleans.Messages;

// The model knows nothing of Orleans: what travels is one of these, field by field, so that a silo of the next version
// understands one of this. A number is never given another meaning; what is new gets the next one.

[GenerateSerializer]
[Alias("city.reading")]
internal struct ReadingSurrogate
{
    [Id(0)]
    public int Twin;
    [Id(1)]
    public ushort Slot;
    [Id(2)]
    public byte Quality;
    [Id(3)]
    public double Value;
    [Id(4)]
    public long MeasuredAt;
}

[RegisterConverter]
internal sealed class ReadingConverter : IConverter<Reading, ReadingSurrogate>
{
    public Reading ConvertFromSurrogate(in ReadingSurrogate surrogate) => new(
        new TwinHandle(surrogate.Twin), surrogate.Slot, (Quality)surrogate.Quality, surrogate.Value,
        new Instant(surrogate.MeasuredAt));

    public ReadingSurrogate ConvertToSurrogate(in Reading value) => new()
    {
        Twin = value.Twin.Ordinal,
        Slot = value.Slot,
        Quality = (byte)value.Quality,
        Value = value.Value,
        MeasuredAt = value.MeasuredAt.UnixMilliseconds,
    };
}

[GenerateSerializer]
[Alias("city.latest")]
internal struct LatestValueSurrogate
{
    [Id(0)]
    public bool HasValue;
    [Id(1)]
    public double Value;
    [Id(2)]
    public byte Quality;
    [Id(3)]
    public byte Reason;
    [Id(4)]
    public long MeasuredAt;
    [Id(5)]
    public long ReceivedAt;
}

[RegisterConverter]
internal sealed class LatestValueConverter : IConverter<LatestValue, LatestValueSurrogate>
{
    public LatestValue ConvertFromSurrogate(in LatestValueSurrogate surrogate)
    {
        var value = default(LatestValue);
        if (surrogate.HasValue)
            value.Advance(
                surrogate.Value, (Quality)surrogate.Quality, new Instant(surrogate.MeasuredAt),
                new Instant(surrogate.ReceivedAt), (QualityReason)surrogate.Reason);
        return value;
    }

    public LatestValueSurrogate ConvertToSurrogate(in LatestValue value) => !value.HasValue ? default : new()
    {
        HasValue = true,
        Value = value.Value,
        Quality = (byte)value.Quality,
        Reason = (byte)value.Reason,
        MeasuredAt = value.MeasuredAt.UnixMilliseconds,
        ReceivedAt = value.ReceivedAt.UnixMilliseconds,
    };
}

[GenerateSerializer]
[Alias("city.state")]
internal struct TwinStateSurrogate
{
    [Id(0)]
    public long MeasuredAt;
    [Id(1)]
    public long HeardAt;
    [Id(2)]
    public uint Revision;
    [Id(3)]
    public float ScreenedValue;
    [Id(4)]
    public uint ScreenedAtSeconds;
    [Id(5)]
    public ushort ScreenedSlot;
    [Id(6)]
    public byte ScreenedInARow;
    [Id(7)]
    public byte ScreenedReason;
    [Id(8)]
    public byte Freshness;
    [Id(9)]
    public byte Condition;
    [Id(10)]
    public byte Quality;
    [Id(11)]
    public byte ActiveAlarms;
    [Id(12)]
    public byte PendingAlarms;
}

[RegisterConverter]
internal sealed class TwinStateConverter : IConverter<TwinState, TwinStateSurrogate>
{
    public TwinState ConvertFromSurrogate(in TwinStateSurrogate surrogate) => new()
    {
        MeasuredAt = new Instant(surrogate.MeasuredAt),
        HeardAt = new Instant(surrogate.HeardAt),
        Revision = surrogate.Revision,
        ScreenedValue = surrogate.ScreenedValue,
        ScreenedAtSeconds = surrogate.ScreenedAtSeconds,
        ScreenedSlot = surrogate.ScreenedSlot,
        ScreenedInARow = surrogate.ScreenedInARow,
        ScreenedReason = (QualityReason)surrogate.ScreenedReason,
        Freshness = (Freshness)surrogate.Freshness,
        Condition = surrogate.Condition,
        Quality = (Quality)surrogate.Quality,
        ActiveAlarms = surrogate.ActiveAlarms,
        PendingAlarms = surrogate.PendingAlarms,
    };

    public TwinStateSurrogate ConvertToSurrogate(in TwinState value) => new()
    {
        MeasuredAt = value.MeasuredAt.UnixMilliseconds,
        HeardAt = value.HeardAt.UnixMilliseconds,
        Revision = value.Revision,
        ScreenedValue = value.ScreenedValue,
        ScreenedAtSeconds = value.ScreenedAtSeconds,
        ScreenedSlot = value.ScreenedSlot,
        ScreenedInARow = value.ScreenedInARow,
        ScreenedReason = (byte)value.ScreenedReason,
        Freshness = (byte)value.Freshness,
        Condition = value.Condition,
        Quality = (byte)value.Quality,
        ActiveAlarms = value.ActiveAlarms,
        PendingAlarms = value.PendingAlarms,
    };
}

[GenerateSerializer]
[Alias("city.snapshot")]
internal struct TwinSnapshotSurrogate
{
    [Id(0)]
    public int Twin;
    [Id(1)]
    public TwinState State;
    [Id(2)]
    public LatestValue[] Latest;
}

[RegisterConverter]
internal sealed class TwinSnapshotConverter : IConverter<TwinSnapshot, TwinSnapshotSurrogate>
{
    public TwinSnapshot ConvertFromSurrogate(in TwinSnapshotSurrogate surrogate) =>
        new(new TwinHandle(surrogate.Twin), surrogate.State, surrogate.Latest);

    public TwinSnapshotSurrogate ConvertToSurrogate(in TwinSnapshot value) =>
        new() { Twin = value.Twin.Ordinal, State = value.State, Latest = [.. value.Latest] };
}

[GenerateSerializer]
[Alias("city.summary")]
internal struct TwinSummarySurrogate
{
    [Id(0)]
    public int Twin;
    [Id(1)]
    public byte Condition;
    [Id(2)]
    public byte Freshness;
    [Id(3)]
    public byte Quality;
    [Id(4)]
    public long MeasuredAt;
    [Id(5)]
    public float[] Measures;
}

[RegisterConverter]
internal sealed class TwinSummaryConverter : IConverter<TwinSummary, TwinSummarySurrogate>
{
    public TwinSummary ConvertFromSurrogate(in TwinSummarySurrogate surrogate)
    {
        var summary = new TwinSummary
        {
            Twin = new TwinHandle(surrogate.Twin),
            Condition = surrogate.Condition,
            Freshness = (Freshness)surrogate.Freshness,
            Quality = (Quality)surrogate.Quality,
            MeasuredAt = new Instant(surrogate.MeasuredAt),
        };
        for (var i = 0; i < Measures.CountMax; i++)
            summary.Measures[i] = i < surrogate.Measures.Length ? surrogate.Measures[i] : float.NaN;
        return summary;
    }

    public TwinSummarySurrogate ConvertToSurrogate(in TwinSummary value) => new()
    {
        Twin = value.Twin.Ordinal,
        Condition = value.Condition,
        Freshness = (byte)value.Freshness,
        Quality = (byte)value.Quality,
        MeasuredAt = value.MeasuredAt.UnixMilliseconds,
        Measures = ((ReadOnlySpan<float>)value.Measures).ToArray(),
    };
}
