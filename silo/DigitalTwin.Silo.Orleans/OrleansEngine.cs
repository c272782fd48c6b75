using System.Security.Cryptography;
using DigitalTwin.Silo.Orleans.Hosting;
using DigitalTwin.Silo.Units;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DigitalTwin.Silo.Orleans;

/// <summary>The city's engine as a client of its cluster, for gateways.</summary>
public static class OrleansEngine
{
    /// <summary>Over a client that somebody else started and ends.</summary>
    public static UnitEngine Over(IGrainFactory grains, UnitPlan plan, TimeProvider time) => new(
        plan, new GrainCluster(plan, grains), time, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)),
        Unreachable.PauseAsync);

    /// <summary>Adds a client of the cluster that the settings name to a process of its own.</summary>
    public static void AddClient(IHostApplicationBuilder host, SiloSettings settings)
    {
        ArgumentNullException.ThrowIfNull(host);
        SiloSettings.HideFromOrleans(host.Configuration);
        host.UseOrleansClient(client => client.Configure(settings));
    }

    /// <summary>The engine over the client of a started process.</summary>
    /// <exception cref="InvalidOperationException">The cluster serves another city.</exception>
    public static async Task<UnitEngine> ConnectAsync(IServiceProvider services, UnitPlan plan, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(plan);
        var client = services.GetRequiredService<IClusterClient>();
        // Twins travel as numbers, which another city gives to others.
        var identity = await new GrainCluster(plan, client).IdentityAsync();
        return identity == plan.Identity
            ? Over(client, plan, time)
            : throw new InvalidOperationException($"the silos serve city {identity}, not {plan.Identity}");
    }
}
