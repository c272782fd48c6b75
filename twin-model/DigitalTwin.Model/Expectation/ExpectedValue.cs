namespace DigitalTwin.Model.Expectation;

/// <summary>What is expected of one hour, and how far it usually strays; in the value's own unit.</summary>
/// <param name="Value">The expected hourly value; about as often exceeded as not.</param>
/// <param name="Spread">One usual deviation: for normal noise its standard deviation.</param>
public readonly record struct ExpectedValue(double Value, double Spread)
{
    /// <summary>Nothing is known yet.</summary>
    public static readonly ExpectedValue Unknown = new(double.NaN, double.NaN);

    public bool IsKnown => double.IsFinite(Value);
}
