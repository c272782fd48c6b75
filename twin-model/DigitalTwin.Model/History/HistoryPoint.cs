using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.History;

/// <summary>One value of one property, as it is kept.</summary>
/// <param name="Value">In the unit that the property's name carries.</param>
public readonly record struct HistoryPoint(
    Instant MeasuredAt, Instant ReceivedAt, double Value, Quality Quality, QualityReason Reason)
{
    /// <summary>Whether it can be counted with.</summary>
    public bool IsUsable => Quality != Quality.Bad;

    /// <summary>Whether both say the same of the same instant; when they were received does not matter.</summary>
    public bool SaysTheSameAs(in HistoryPoint other) =>
        MeasuredAt == other.MeasuredAt && Quality == other.Quality && Reason == other.Reason
        && BitConverter.DoubleToInt64Bits(Value) == BitConverter.DoubleToInt64Bits(other.Value);
}

/// <summary>One value of one twin on its way into history.</summary>
/// <param name="Slot">Which of the slots of the twin's model.</param>
public readonly record struct HistoryValue(TwinHandle Twin, ushort Slot, HistoryPoint Point)
{
    public HistoryValue(in Reading reading, Instant receivedAt, QualityReason reason)
        : this(reading.Twin, reading.Slot,
            new HistoryPoint(reading.MeasuredAt, receivedAt, reading.Value, reading.Quality, reason))
    {
    }
}
