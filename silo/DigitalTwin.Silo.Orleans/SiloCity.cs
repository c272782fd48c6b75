using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans;

/// <summary>The city that a silo serves: the same on every silo, its clock, and where its values go.</summary>
public sealed class SiloCity(UnitPlan plan, TimeProvider time, IUnitHistory? history, IGrainFactory grains)
{
    /// <summary>The name of the grain storage.</summary>
    public const string Storage = "city";

    public UnitPlan Plan { get; } = plan;

    public TimeProvider Time { get; } = time;

    /// <summary>None where the city keeps no history.</summary>
    public IUnitHistory? History { get; } = history;

    public GrainCluster Cluster { get; } = new(plan, grains);
}
