using DigitalTwin.Model.Rollups;

namespace DigitalTwin.Model.Twins;

/// <summary>What a change of one twin means to others; filled by <see cref="TwinRules"/>, carried out by the engine.</summary>
public struct Effects
{
    /// <summary>The twin's state is another than before.</summary>
    public bool Changed;

    /// <summary>What the twin added to the sums of its groups before.</summary>
    public Share Before;

    /// <summary>What it adds now.</summary>
    public Share After;

    /// <summary>Whether the sums of its groups change.</summary>
    public readonly bool HasStep => Before != After;
}
