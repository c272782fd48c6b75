namespace DigitalTwin.Silo.Units;

/// <summary>The way from a gateway to the cluster that its environment names.</summary>
public interface IClusterAccess
{
    /// <summary>Waits until a silo answers.</summary>
    /// <exception cref="ClusterAccessException">A setting does not fit, or the cluster serves another city.</exception>
    Task<ClusterConnection> ConnectAsync(UnitPlan plan, TimeProvider time, CancellationToken cancellationToken);
}

/// <summary>A city's engine on a cluster, and what holds the connection: to be disposed after the engine.</summary>
public sealed record ClusterConnection(UnitEngine Engine, IAsyncDisposable Client);

/// <summary>The cluster cannot be used; says why.</summary>
public sealed class ClusterAccessException(string reason, Exception? cause = null) : Exception(reason, cause);
