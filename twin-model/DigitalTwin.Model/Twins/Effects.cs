using DigitalTwin.Model.Rollups;

namespace DigitalTwin.Model.Twins;

/// <summary>What a change of one twin means to others; filled by <see cref="TwinRules"/>, carried out by the engine.</summary>
public struct Effects
{
    /// <summary>The twin's state is another than before.</summary>
    public bool Changed;

    /// <summary>Whether the sums of its groups change.</summary>
    public bool HasStep;

    /// <summary>By how much they change.</summary>
    public Tally Step;
}
