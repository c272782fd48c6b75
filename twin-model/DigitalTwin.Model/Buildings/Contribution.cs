namespace DigitalTwin.Model.Buildings;

/// <summary>
/// What a meter adds to its building's total of a medium. Integer thousandths (of a watt or of a litre an hour), so
/// that adding and taking away any number of times gives exactly what a recount gives.
/// </summary>
public readonly record struct Contribution(Medium Medium, long? RateThousandths)
{
    public static readonly Contribution None;

    // Far below the range of a long even for a million meters at the limit.
    private const double RateMax = 1e12;

    public static long Thousandths(double rate) => (long)Math.Round(Math.Clamp(rate, -RateMax, RateMax) * 1000);
}

/// <summary>The step from one contribution of a meter to its next.</summary>
public readonly record struct ContributionChange(Medium Medium, long DeltaThousandths, int DeltaMeters)
{
    public static readonly ContributionChange None;

    public bool IsNone => DeltaThousandths == 0 && DeltaMeters == 0;

    public static ContributionChange Between(Contribution before, Contribution after)
    {
        var medium = after.RateThousandths is null ? before.Medium : after.Medium;
        return new ContributionChange(
            medium,
            (after.RateThousandths ?? 0) - (before.RateThousandths ?? 0),
            (after.RateThousandths is null ? 0 : 1) - (before.RateThousandths is null ? 0 : 1));
    }
}
