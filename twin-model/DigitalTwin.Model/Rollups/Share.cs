namespace DigitalTwin.Model.Rollups;

/// <summary>
/// What one twin adds to the sums of its groups: an amount of one measure, and one to each of some counts. Small,
/// because it is taken before and after every reading.
/// </summary>
public struct Share : IEquatable<Share>
{
    private uint _counts;

    /// <summary>The measure that <see cref="Amount"/> belongs to.</summary>
    public RollupMeasure Measure { get; private set; }

    /// <summary>Thousandths of the measure's unit.</summary>
    public long Amount { get; private set; }

    /// <summary>The counts it adds one to, a bit each.</summary>
    public readonly uint Counts => _counts;

    public void Count(RollupMeasure measure) => _counts |= 1u << (int)measure;

    public void SetAmount(RollupMeasure measure, long thousandths) => (Measure, Amount) = (measure, thousandths);

    public readonly bool Equals(Share other) =>
        _counts == other._counts && Amount == other.Amount && Measure == other.Measure;

    public override readonly bool Equals(object? obj) => obj is Share other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(_counts, Measure, Amount);

    public static bool operator ==(Share a, Share b) => a.Equals(b);

    public static bool operator !=(Share a, Share b) => !a.Equals(b);
}
