namespace DigitalTwin.Model.Telemetry;

/// <summary>How far a value can be trusted; the numbers are part of the frame format.</summary>
public enum Quality : byte
{
    Good = 0,
    Suspect = 1,
    Bad = 2,
}

/// <summary>Why a value is not simply good. At most 64, because a latest value keeps it in six bits.</summary>
public enum QualityReason : byte
{
    None = 0,

    /// <summary>The device itself said so.</summary>
    DeviceSaidSo = 1,

    /// <summary>A register that counts up was lower than before.</summary>
    WentBack = 2,

    /// <summary>A register grew faster than its pipe or wire can carry, or a rate was beyond the meter's range.</summary>
    Jump = 3,

    /// <summary>A value about a thousand times too large or too small for this twin: a unit mixed up.</summary>
    UnitMixUp = 4,

    /// <summary>Measured after it was received, by more than clocks are allowed to differ.</summary>
    Future = 5,

    /// <summary>The device's clock runs ahead or behind by more than it may.</summary>
    ClockDrift = 6,

    /// <summary>The same value for much longer than this quantity stays the same.</summary>
    Stuck = 7,

    /// <summary>One sample far from those before and after.</summary>
    Spike = 8,

    /// <summary>The register passed its highest figure and began again; the consumption across it is exact.</summary>
    Rollover = 9,

    /// <summary>The register began anew: the meter was reset or replaced.</summary>
    Replaced = 10,

    /// <summary>Far from what its neighbours measure.</summary>
    NeighbourOutlier = 11,

    /// <summary>Negative where nothing can be negative.</summary>
    Negative = 12,

    /// <summary>Beyond what an instrument of this kind can show.</summary>
    AboveHardCap = 13,

    /// <summary>The same value over the whole window.</summary>
    Constant = 14,

    /// <summary>Far from the median of its own window.</summary>
    RobustOutlier = 15,

    /// <summary>Not measured as such but corrected by a model, which is named beside it.</summary>
    Corrected = 16,

    /// <summary>Not sent as such but made from another value.</summary>
    Derived = 18,

    /// <summary>Computed from too few values.</summary>
    Incomplete = 17,
}
