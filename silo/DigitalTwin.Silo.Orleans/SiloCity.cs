using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans;

/// <summary>The city that a silo serves: the same on every silo, and its clock.</summary>
public sealed class SiloCity(UnitPlan plan, TimeProvider time, IGrainFactory grains)
{
    /// <summary>The name of the grain storage.</summary>
    public const string Storage = "city";

    public UnitPlan Plan { get; } = plan;

    public TimeProvider Time { get; } = time;

    public GrainCluster Cluster { get; } = new(plan, grains);
}
