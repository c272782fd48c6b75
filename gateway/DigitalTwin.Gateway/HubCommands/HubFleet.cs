using System.Collections.Concurrent;

namespace DigitalTwin.Gateway.HubCommands;

/// <summary>
/// The IoT hubs of a city as one: finds the hub that knows a device, and leaves a hub alone that asks for a pause.
/// </summary>
internal sealed class HubFleet(IEnumerable<IHubService> hubs, HubCommandLimits limits, TimeProvider time)
{
    private readonly IHubService[] _hubs = [.. hubs];
    private readonly ConcurrentDictionary<int, DateTimeOffset> _pausedUntil = [];

    // Which hub knew a device; as many as the city has devices.
    private readonly ConcurrentDictionary<string, int> _homes = new(StringComparer.Ordinal);

    public bool IsEmpty => _hubs.Length == 0;

    /// <summary>The hub of this device, as far as is known, is left alone.</summary>
    public bool IsPaused(string device) => IsPaused(_homes.GetValueOrDefault(device));

    /// <summary>Asks the hub that knows the device; what was not reached is a reply too.</summary>
    public async Task<HubReply> AskAsync(
        string device, Func<IHubService, Task<HubReply>> ask, CancellationToken cancellationToken)
    {
        var home = _homes.GetValueOrDefault(device);
        var worst = HubReply.Refused(HubErrors.DeviceNotFound, null);
        for (var i = 0; i < _hubs.Length; i++)
        {
            var hub = (home + i) % _hubs.Length;
            var reply = IsPaused(hub) ? HubReply.Refused(429, null) : await AskAsync(hub, ask, cancellationToken);
            if (HubErrors.IsElsewhere(reply))
                continue;
            if (reply.Error is 0 or HubErrors.DeviceNotOnline)
            {
                _homes[device] = hub;
                return reply;
            }

            // A hub that cannot say is no reason to believe the others that they know nothing.
            worst = reply;
        }

        return worst;
    }

    private async Task<HubReply> AskAsync(
        int hub, Func<IHubService, Task<HubReply>> ask, CancellationToken cancellationToken)
    {
        HubReply reply;
        try
        {
            reply = await ask(_hubs[hub]);
        }
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
        {
            return HubReply.Refused(HubErrors.NotReached, failed.Message);
        }

        if (HubErrors.AsksForPause(reply))
            _pausedUntil[hub] = time.GetUtcNow()
                + (reply.Error == HubErrors.QuotaExceeded ? limits.PauseOfQuota : limits.Pause);
        return reply;
    }

    private bool IsPaused(int hub) => _pausedUntil.TryGetValue(hub, out var until) && time.GetUtcNow() < until;
}
