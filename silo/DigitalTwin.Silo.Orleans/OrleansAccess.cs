using System.Net.Sockets;
using DigitalTwin.Silo.Orleans.Hosting;
using DigitalTwin.Silo.Units;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Silo.Orleans;

/// <summary>The cluster that a gateway's environment names, reached by an Orleans client in its process.</summary>
public sealed class OrleansAccess : IClusterAccess
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    private readonly IConfiguration _settings;

    public OrleansAccess()
        : this(new ConfigurationBuilder().AddEnvironmentVariables().Build())
    {
    }

    internal OrleansAccess(IConfiguration settings) => _settings = settings;

    public async Task<ClusterConnection> ConnectAsync(
        UnitPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddConfiguration(_settings);
        builder.Logging.AddConsole().SetMinimumLevel(LogLevel.Warning);
        IHost host;
        try
        {
            OrleansEngine.AddClient(builder, SiloSettings.From(builder.Configuration));
            // A gateway may be there before the silos.
            builder.Services.AddSingleton<IClientConnectionRetryFilter>(new Patience());
            host = builder.Build();
        }
        catch (FormatException refusal)
        {
            throw new ClusterAccessException(refusal.Message, refusal);
        }

        try
        {
            await host.StartAsync(cancellationToken);
            return new ClusterConnection(
                await ConnectAsync(host.Services, plan, time, cancellationToken), new StartedHost(host));
        }
        catch (Exception failure)
        {
            host.Dispose();
            if (failure is OrleansException or InvalidOperationException or SocketException)
                throw new ClusterAccessException(failure.Message, failure);
            throw;
        }
    }

    // The silos may be there before their store.
    private static async Task<UnitEngine> ConnectAsync(
        IServiceProvider services, UnitPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await OrleansEngine.ConnectAsync(services, plan, time);
            }
            catch (UnitUnreachableException)
            {
                await Task.Delay(s_retryAfter, cancellationToken);
            }
        }
    }

    private sealed class Patience : IClientConnectionRetryFilter
    {
        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            await Task.Delay(s_retryAfter, cancellationToken);
            return true;
        }
    }

    private sealed class StartedHost(IHost host) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
