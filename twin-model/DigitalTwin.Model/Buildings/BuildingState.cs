using System.Runtime.CompilerServices;

namespace DigitalTwin.Model.Buildings;

/// <summary>A building's live totals by medium, kept from its meters' changes and never by scanning them.</summary>
public struct BuildingState
{
    public const int MediumCount = 5;

    /// <summary>Sum of the counted meters' rates by <see cref="Medium"/>, in thousandths.</summary>
    public Totals RateThousandths;

    /// <summary>How many meters the sum counts, by <see cref="Medium"/>.</summary>
    public Counts Meters;

    [InlineArray(MediumCount)]
    public struct Totals
    {
        private long _first;
    }

    [InlineArray(MediumCount)]
    public struct Counts
    {
        private int _first;
    }
}
