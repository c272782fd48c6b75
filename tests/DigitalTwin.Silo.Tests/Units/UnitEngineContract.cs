using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Tests.Units;

public sealed class UnitEngineOnOneMachine : TwinEngineContract
{
    protected override ITwinEngine Start(CityGraph graph, TimeProvider time) => UnitCity.Start(graph, time, machines: 1);
}

public sealed class UnitEngineOnThreeMachines : TwinEngineContract
{
    protected override ITwinEngine Start(CityGraph graph, TimeProvider time) => UnitCity.Start(graph, time, machines: 3);
}

/// <summary>Every eleventh save kills the machine that saves, before it is done or right after.</summary>
public sealed class UnitEngineOnMachinesThatDie : TwinEngineContract
{
    protected override ITwinEngine Start(CityGraph graph, TimeProvider time)
    {
        var plan = new UnitPlan(graph, CityRules.BuiltInFor(graph));
        var cluster = new LocalCluster(plan, time, machines: 3)
        {
            Fate = save => save % 11 != 0 ? LocalCluster.Death.None
                : save % 2 == 0 ? LocalCluster.Death.Before
                : LocalCluster.Death.After,
        };
        return UnitCity.Start(plan, cluster, time);
    }
}
