using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Embedded;

public sealed class EmbeddedEngineOfOnePartition : TwinEngineContract
{
    protected override ITwinEngine Start(CityGraph graph, TimeProvider time) => new EmbeddedEngine(graph, time, partitions: 1);
}

public sealed class EmbeddedEngineOfThreePartitions : TwinEngineContract
{
    protected override ITwinEngine Start(CityGraph graph, TimeProvider time) => new EmbeddedEngine(graph, time, partitions: 3);
}
