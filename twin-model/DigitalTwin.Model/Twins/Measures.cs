using System.Runtime.CompilerServices;

namespace DigitalTwin.Model.Twins;

/// <summary>The few numbers that a map shows of a twin, in the order of its model's summary slots; NaN for unknown.</summary>
[InlineArray(CountMax)]
public struct Measures
{
    public const int CountMax = 5;

    private float _first;
}
