using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Model.Twins;

/// <summary>What screening made of a reading before it may become the latest value.</summary>
/// <param name="IsRefused">The latest good value stays.</param>
/// <param name="Reason">Why it is refused, or what is remarkable about it.</param>
internal readonly record struct Verdict(bool IsRefused, Quality Quality, QualityReason Reason)
{
    public static Verdict Accept(Quality quality, QualityReason reason = QualityReason.None) => new(false, quality, reason);

    public static Verdict Refuse(QualityReason reason) => new(true, Quality.Bad, reason);

    /// <summary>What the device says of its own value.</summary>
    public static Verdict AsSent(Quality quality) =>
        Accept(quality, quality == Quality.Good ? QualityReason.None : QualityReason.DeviceSaidSo);
}
