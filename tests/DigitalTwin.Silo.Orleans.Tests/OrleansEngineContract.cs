using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Orleans.Tests;

public sealed class OrleansEngineOnTwoSilos() : OrleansEngineContract(2);

public sealed class OrleansEngineOnThreeSilos() : OrleansEngineContract(3);

/// <summary>A cluster for each clause: what one leaves in the store is nothing to the next.</summary>
public abstract class OrleansEngineContract(short silos) : TwinEngineContract, IDisposable
{
    private CityCluster? _cluster;

    protected override ITwinEngine Start(CityGraph graph, TimeProvider time)
    {
        _cluster = Task.Run(() => CityCluster.StartAsync(graph, time, silos)).GetAwaiter().GetResult();
        return _cluster.Connect(time);
    }

    public void Dispose()
    {
        Task.Run(async () => await _cluster!.DisposeAsync()).GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }
}
