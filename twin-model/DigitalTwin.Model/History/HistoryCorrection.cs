using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.History;

/// <summary>A person's correction of one value; also puts in a value that is missing.</summary>
/// <param name="MeasuredAt">Of the value that is corrected, to the millisecond.</param>
/// <param name="Who">Who corrects, at most <see cref="HistoryBounds.WhoLengthMax"/> characters.</param>
/// <param name="Why">At most <see cref="HistoryBounds.WhyLengthMax"/> characters.</param>
/// <param name="At">When it was corrected.</param>
public sealed record HistoryCorrection(
    TwinHandle Twin, ushort Slot, Instant MeasuredAt, double Value, Quality Quality, QualityReason Reason,
    string Who, string Why, Instant At);

/// <summary>A correction as it is kept, with what stood before it.</summary>
/// <param name="Version">1 for the first correction of this instant, and so on; 0 is what the device sent.</param>
/// <param name="Before">What stood before; null where nothing had been measured.</param>
/// <param name="After">Received at the time of the correction.</param>
public sealed record CorrectedPoint(int Version, HistoryPoint? Before, HistoryPoint After, string Who, string Why);

/// <summary>What a single stored day, and a single call, may hold.</summary>
public static class HistoryBounds
{
    /// <summary>Values of one twin in one day, all properties together: twelve a second.</summary>
    public const int PointsPerDayMax = 1 << 20;

    /// <summary>As a model has slots at most.</summary>
    public const int PropertiesMax = 4_096;

    public const int CorrectionsPerDayMax = 1_000;

    public const int WhoLengthMax = 200;

    public const int WhyLengthMax = 1_000;

    /// <summary>The highest number of a quality's reason: a stored value has six bits for it.</summary>
    public const int ReasonMax = 63;

    /// <summary>Nothing measured before this is taken.</summary>
    public static readonly Instant Earliest = Instant.Utc(1970, 1, 2);

    /// <summary>Nothing measured from this on is taken.</summary>
    public static readonly Instant Latest = Instant.Utc(2200, 1, 1);

    /// <summary>Magnitudes beyond this are refused: no quantity of a city has them, and sums would overflow.</summary>
    public const double MagnitudeMax = 1e200;

    /// <summary>Whether history can keep a value.</summary>
    public static bool Takes(in HistoryPoint point) =>
        Math.Abs(point.Value) <= MagnitudeMax && point.Quality <= Quality.Bad && (int)point.Reason <= ReasonMax
        && point.MeasuredAt >= Earliest && point.MeasuredAt < Latest;
}
