using System.Runtime.InteropServices;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Telemetry;

/// <summary>What putting a reading in its slot did.</summary>
public enum ApplyStatus : byte
{
    /// <summary>The reading is the latest value now.</summary>
    Advanced,

    /// <summary>Same event time and content as the latest value: nothing changed.</summary>
    Duplicate,

    /// <summary>Older than the latest value: for history only.</summary>
    Late,

    /// <summary>Not credible: the latest good value stays, the twin remembers what was refused and why.</summary>
    Screened,
}

/// <summary>
/// The newest value of a slot by event time, when it was measured and received, and its quality; 20 bytes, because a
/// million meters have more than ten million of them.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct LatestValue
{
    private const int QualityBits = 2;
    private const int ReasonBits = 6;
    private const int TimeShift = QualityBits + ReasonBits + 1;
    private const long HasValueBit = 1L << (QualityBits + ReasonBits);

    // 55 bits of milliseconds reach half a million years either way.
    private long _measuredAtAndMarks;

    // Exact for delays of up to 24 days; a longer one is kept as 24 days.
    private int _delayMilliseconds;

    /// <summary>The value in the unit its name carries; 0 or 1 for a boolean, the ordinal for an enum.</summary>
    public double Value { get; private set; }

    public readonly bool HasValue => (_measuredAtAndMarks & HasValueBit) != 0;

    public readonly Instant MeasuredAt => HasValue ? new Instant(_measuredAtAndMarks >> TimeShift) : Instant.Never;

    public readonly Instant ReceivedAt =>
        HasValue ? new Instant((_measuredAtAndMarks >> TimeShift) + _delayMilliseconds) : Instant.Never;

    public readonly Quality Quality => (Quality)(_measuredAtAndMarks & ((1 << QualityBits) - 1));

    /// <summary>Why it is not simply good, or what was done to it.</summary>
    public readonly QualityReason Reason =>
        (QualityReason)((_measuredAtAndMarks >> QualityBits) & ((1 << ReasonBits) - 1));

    /// <summary>The value, or NaN where nothing was ever reported.</summary>
    public readonly double ValueOrNaN => HasValue ? Value : double.NaN;

    /// <summary>Whether it can be counted with.</summary>
    public readonly bool IsUsable => HasValue && Quality != Quality.Bad;

    /// <summary>
    /// Takes a reading in if it is not older than what is there. At the same event time other content replaces
    /// the value: the device corrected itself.
    /// </summary>
    public ApplyStatus Advance(
        double value, Quality quality, Instant measuredAt, Instant receivedAt, QualityReason reason = QualityReason.None)
    {
        var marks = HasValueBit | ((long)reason << QualityBits) | (long)quality;
        if (HasValue)
        {
            var newest = _measuredAtAndMarks >> TimeShift;
            if (measuredAt.UnixMilliseconds < newest)
                return ApplyStatus.Late;
            if (measuredAt.UnixMilliseconds == newest
                && BitConverter.DoubleToInt64Bits(value) == BitConverter.DoubleToInt64Bits(Value) && quality == Quality)
                return ApplyStatus.Duplicate;
        }

        Value = value;
        _measuredAtAndMarks = (measuredAt.UnixMilliseconds << TimeShift) | marks;
        _delayMilliseconds = (int)Math.Clamp(
            receivedAt.UnixMilliseconds - measuredAt.UnixMilliseconds, int.MinValue, int.MaxValue);
        return ApplyStatus.Advanced;
    }

    /// <summary>Forgets the value: nothing is known any more.</summary>
    public void Clear() => this = default;
}
