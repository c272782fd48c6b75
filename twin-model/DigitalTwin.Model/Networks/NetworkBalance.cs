namespace DigitalTwin.Model.Networks;

/// <summary>One hour of a feeder, inlet or zone: what went in, what its consumers took and how sure that is.</summary>
/// <param name="Hour">Hours since 1970-01-01T00:00Z.</param>
/// <param name="Inlet">What went in, in watt-hours or litres.</param>
/// <param name="Consumed">What the counted consumers took.</param>
/// <param name="Counted">Consumers whose hour is known.</param>
/// <param name="Served">Consumers there are.</param>
public readonly record struct NetworkBalance(int Hour, double Inlet, double Consumed, int Counted, int Served)
{
    /// <summary>The share of consumers whose hour is not known, 0 to 1.</summary>
    public double MissingShare => Served == 0 ? 1 : 1 - (double)Math.Min(Counted, Served) / Served;

    /// <summary>What the missing ones took if they took as much as the others.</summary>
    public double EstimatedMissing => Counted == 0 ? 0 : Consumed / Counted * Math.Max(0, Served - Counted);

    /// <summary>
    /// How far the loss can be believed, 0 to 1: the known share of consumers, and nothing without an inlet. A
    /// missing consumer is estimated, so it weighs as much as the estimate is of all that went in.
    /// </summary>
    public double Confidence => Inlet <= 0 || Counted == 0
        ? 0
        : Math.Clamp(1 - Math.Max(MissingShare, EstimatedMissing / Inlet), 0, 1);

    /// <summary>What went in and nobody took, missing consumers estimated; negative where meters count more than went in.</summary>
    public double Loss => Inlet - Consumed - EstimatedMissing;

    /// <summary>The loss as a share of what went in; NaN where nothing did.</summary>
    public double LossShare => Inlet > 0 ? Loss / Inlet : double.NaN;
}
