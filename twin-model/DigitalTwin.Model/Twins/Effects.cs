using DigitalTwin.Model.Buildings;

namespace DigitalTwin.Model.Twins;

/// <summary>What a change of one twin means to others; filled by <see cref="TwinRules"/>, carried out by the engine.</summary>
public struct Effects
{
    /// <summary>The twin's state is another than before.</summary>
    public bool Changed;

    /// <summary>What changes in the building's totals; <see cref="ContributionChange.None"/> where nothing does.</summary>
    public ContributionChange Contribution;
}
