using System.Collections.Concurrent;

namespace DigitalTwin.Simulator.Mqtt;

/// <summary>One clock for all connections: each is asked now and then whether it must say that it is alive.</summary>
internal sealed class Heartbeat(TimeProvider time)
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<MqttConnection, bool> _connections = new();

    public int Count => _connections.Count;

    public void Add(MqttConnection connection) => _connections[connection] = true;

    public void Remove(MqttConnection connection) => _connections.TryRemove(connection, out _);

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
                foreach (var connection in _connections.Keys)
                    connection.Beat();
        }
        catch (OperationCanceledException)
        {
        }
    }
}
