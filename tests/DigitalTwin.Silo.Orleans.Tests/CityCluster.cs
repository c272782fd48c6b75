using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Orleans.Hosting;
using DigitalTwin.Silo.Units;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Storage;
using Orleans.TestingHost;

namespace DigitalTwin.Silo.Orleans.Tests;

/// <summary>Silos of one city in this process, with a store that outlives them.</summary>
internal sealed class CityCluster : IAsyncDisposable
{
    private CityCluster(InProcessTestCluster silos, UnitPlan plan, ProcessGrainStorage store) =>
        (Silos, Plan, Store) = (silos, plan, store);

    public InProcessTestCluster Silos { get; }

    public UnitPlan Plan { get; }

    public ProcessGrainStorage Store { get; }

    public static async Task<CityCluster> StartAsync(
        CityGraph graph, TimeProvider time, short silos, IGrainStorage? storage = null, bool isDeathFoundOutSoon = false)
    {
        var plan = new UnitPlan(graph, CityRules.BuiltInFor(graph));
        var store = new ProcessGrainStorage();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddCity(plan, time);
            silo.Services.AddKeyedSingleton(SiloCity.Storage, storage ?? store);
            // Within a second or two, so that a test that kills need not wait; too soon for silos that are only slow.
            if (!isDeathFoundOutSoon)
                return;
            silo.Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 1;
                options.TableRefreshTimeout = TimeSpan.FromSeconds(1);
            });
        });
        // What waits for a dead silo asks again after this.
        builder.ConfigureSilo((_, silo) => silo.Configure<SiloMessagingOptions>(options =>
            options.ResponseTimeout = TimeSpan.FromSeconds(5)));
        builder.ConfigureClient(client => client.Configure<ClientMessagingOptions>(options =>
            options.ResponseTimeout = TimeSpan.FromSeconds(5)));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new CityCluster(cluster, plan, store);
    }

    public UnitEngine Connect(TimeProvider time) => OrleansEngine.Over(Silos.Client, Plan, time);

    public ValueTask DisposeAsync() => Silos.DisposeAsync();
}
