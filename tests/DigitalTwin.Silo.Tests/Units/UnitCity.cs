using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Tests.Units;

/// <summary>An engine over a cluster in this process.</summary>
internal static class UnitCity
{
    public static UnitEngine Start(CityGraph graph, TimeProvider time, int machines)
    {
        var plan = new UnitPlan(graph, CityRules.BuiltInFor(graph));
        return Start(plan, new LocalCluster(plan, time, machines), time);
    }

    public static UnitEngine Start(UnitPlan plan, LocalCluster cluster, TimeProvider time, ulong source = 1) =>
        new(plan, cluster, time, source, async (_, _) => await Task.Yield());
}
