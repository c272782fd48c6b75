using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>Wills that wait whether their client comes back (MQTT 5.0 §3.1.3.2.2), by session.</summary>
internal sealed class MqttWills(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (DateTimeOffset Due, Func<Task> Publish)> _waiting =
        new(StringComparer.Ordinal);

    public int Count => _waiting.Count;

    public void Add(string session, TimeSpan delay, Func<Task> publish) =>
        _waiting[session] = (time.GetUtcNow() + delay, publish);

    /// <summary>The client is back in its session: [MQTT-3.1.3-9].</summary>
    public void Drop(string session) => _waiting.TryRemove(session, out _);

    /// <summary>The session ended: its will waits no longer.</summary>
    public Task PublishAsync(string session) =>
        _waiting.TryRemove(session, out var will) ? will.Publish() : Task.CompletedTask;

    public async Task PublishDueAsync()
    {
        var now = time.GetUtcNow();
        foreach (var (session, will) in _waiting)
        {
            if (will.Due <= now)
                await PublishAsync(session);
        }
    }
}

/// <summary>Publishes wills that are due and ends sessions whose time is over; one clock for all.</summary>
internal sealed class MqttClock(
    MqttWills wills, DeviceSessions sessions, Protection.SenderRates rates, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(1);
    private const int RoundsAnExpiry = 10; // looks at every session

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_round, time);
        try
        {
            for (var round = 1; await timer.WaitForNextTickAsync(stoppingToken); round++)
            {
                await wills.PublishDueAsync();
                if (round % RoundsAnExpiry == 0)
                {
                    rates.Sweep();
                    await sessions.ExpireAsync();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in order.
        }
    }
}
