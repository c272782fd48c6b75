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
}

/// <summary>The newest value of a slot by event time, when it was measured and received, and its quality; 24 bytes.</summary>
public struct LatestValue
{
    private const int QualityBits = 8;

    private long _measuredAtMilliseconds;
    private long _receivedAtMillisecondsAndQuality;

    /// <summary>The value in the unit its name carries; 0 or 1 for a boolean, the ordinal for an enum.</summary>
    public double Value { get; private set; }

    // A slot nobody has written is all zeroes; a real reception time is never zero.
    public readonly bool HasValue => _receivedAtMillisecondsAndQuality != 0;

    public readonly Instant MeasuredAt => HasValue ? new Instant(_measuredAtMilliseconds) : Instant.Never;

    public readonly Instant ReceivedAt =>
        HasValue ? new Instant(_receivedAtMillisecondsAndQuality >> QualityBits) : Instant.Never;

    public readonly Quality Quality => (Quality)(byte)_receivedAtMillisecondsAndQuality;

    /// <summary>The value, or NaN where nothing was ever reported.</summary>
    public readonly double ValueOrNaN => HasValue ? Value : double.NaN;

    /// <summary>
    /// Takes a reading in if it is not older than what is there. At the same event time other content replaces
    /// the value: the device corrected itself.
    /// </summary>
    public ApplyStatus Advance(double value, Quality quality, Instant measuredAt, Instant receivedAt)
    {
        if (HasValue)
        {
            if (measuredAt.UnixMilliseconds < _measuredAtMilliseconds)
                return ApplyStatus.Late;
            if (measuredAt.UnixMilliseconds == _measuredAtMilliseconds
                && BitConverter.DoubleToInt64Bits(value) == BitConverter.DoubleToInt64Bits(Value) && quality == Quality)
                return ApplyStatus.Duplicate;
        }

        Value = value;
        _measuredAtMilliseconds = measuredAt.UnixMilliseconds;
        _receivedAtMillisecondsAndQuality = (receivedAt.UnixMilliseconds << QualityBits) | (byte)quality;
        return ApplyStatus.Advanced;
    }

    /// <summary>Forgets the value: nothing is known any more.</summary>
    public void Clear() => this = default;
}
