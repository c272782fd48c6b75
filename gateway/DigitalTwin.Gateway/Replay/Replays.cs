using System.Security.Cryptography;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Replay;

/// <summary>The replays that are open; what nobody wants any more is closed.</summary>
internal sealed class Replays(
    ServerEpoch epoch, GatewayLimits limits, TimeProvider time, ILoggerFactory logs, ITimeTravel? travel = null)
    : BackgroundService, IAsyncDisposable
{
    private static readonly TimeSpan s_sweep = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ReplaySession> _sessions = [];
    private bool _isStopped;

    /// <summary>The engine of this city has a way back at all.</summary>
    public bool IsPossible => travel is not null;

    /// <summary>What can be returned to; null while nothing is.</summary>
    public PastSpan? Span => travel?.Span;

    public IReadOnlyList<ReplaySession> All
    {
        get
        {
            lock (_gate)
                return [.. _sessions.Values.OrderBy(session => session.Id, StringComparer.Ordinal)];
        }
    }

    public ReplaySession? Find(string id)
    {
        lock (_gate)
            return _sessions.GetValueOrDefault(id);
    }

    /// <summary>Begins to open one; null where as many are open as may be.</summary>
    public ReplaySession? TryOpen(Instant at, double speed, TwinHandle district)
    {
        lock (_gate)
        {
            if (travel is null || _isStopped || _sessions.Count >= limits.ReplaysMax)
                return null;
            var session = new ReplaySession(
                Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), travel, at, speed, district, NewFeed, time,
                logs.CreateLogger<ReplaySession>());
            _sessions.Add(session.Id, session);
            return session;
        }
    }

    /// <summary>False where there is none of this id.</summary>
    public async Task<bool> CloseAsync(string id)
    {
        ReplaySession? session;
        lock (_gate)
        {
            if (!_sessions.Remove(id, out session))
                return false;
        }

        await session.DisposeAsync();
        return true;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await CloseAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAllAsync();
        Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(s_sweep, time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
                foreach (var session in All.Where(session => session.IsIdleFor(limits.ReplayIdleMax)))
                    await CloseAsync(session.Id);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in order.
        }
    }

    private async Task CloseAllAsync()
    {
        lock (_gate)
            _isStopped = true;
        foreach (var session in All)
            await CloseAsync(session.Id);
    }

    private CityFeed NewFeed(ITwinEngine engine, TimeProvider clock) =>
        new(engine, epoch, limits, time, clock, logs.CreateLogger<CityFeed>());
}
