using System.Net;
using DigitalTwin.Gateway.LoRaWan.Codecs;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>
/// Sends commands to devices through their network server and follows them. A command port calls
/// <see cref="SendAsync"/>; the states are kept in memory and the oldest make room.
/// </summary>
internal sealed class Downlinks : IDisposable
{
    // Events that no downlink is known for, while one may still learn its name.
    private const int UnmatchedKeptMax = 64;

    private readonly NetworkServers _servers;
    private readonly LoRaWanDevices _devices;
    private readonly DeviceSessions _sessions;
    private readonly LoRaWanLimits _limits;
    private readonly TimeProvider _time;
    private readonly HttpClient _api;
    private readonly Lock _changing = new();
    private readonly Dictionary<string, Downlink> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Downlink> _byQueueItem = new(StringComparer.Ordinal);
    private readonly Queue<Downlink> _oldestFirst = new();
    private readonly Queue<NetworkEvent> _unmatched = new();

    public Downlinks(
        NetworkServers servers, LoRaWanDevices devices, DeviceSessions sessions, LoRaWanLimits limits,
        TimeProvider time)
    {
        (_servers, _devices, _sessions, _limits, _time) = (servers, devices, sessions, limits, time);
        // A redirect would carry the token to wherever it points.
        _api = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            Timeout = limits.ApiAnswerWithin,
            MaxResponseContentBufferSize = limits.ApiAnswerBytesMax,
        };
    }

    /// <summary>The network server told something of a downlink: its id, and what and why.</summary>
    public event Action<string, NetworkEventKind, string?>? Told;

    public DownlinkAnswer Answer(Downlink downlink) =>
        downlink.ToAnswer(_time.GetUtcNow(), _limits.DownlinkExpiresAfter);

    public Downlink? Find(DevEui device, string id)
    {
        lock (_changing)
            return _byId.TryGetValue(id, out var found) && found.Device == device ? found : null;
    }

    /// <summary>A device was heard: a class A device listens now.</summary>
    public event Action<DevEui>? Reachable;

    public void Heard(DevEui device) => Reachable?.Invoke(device);

    /// <summary>What was on its way when the server ended: its network server may still tell of it.</summary>
    public void TakeUp(in DownlinkTrace trace, DevEui devEui, DeviceCommand command, string by, DateTimeOffset sentAt)
    {
        // What it was made of is only for people to look at: where its codec is not known yet, it has none.
        var payload = _devices.Find(devEui, out _) is { } device
            && _devices.CodecOf(device, profileName: null, out _) is ICommandCodec codec
            && codec.TryEncode(command, out var made, out _) ? made : DownlinkPayload.None;
        var downlink = new Downlink(
            trace.Id, devEui, command, payload, isConfirmed: true, by, trace.NetworkServer, sentAt);
        Keep(downlink);
        KnowAs(downlink, trace.QueueItem);
    }

    /// <summary>A device's downlinks, newest first.</summary>
    public IReadOnlyList<Downlink> Of(DevEui device, int countMax)
    {
        lock (_changing)
            return [.. _oldestFirst.Where(kept => kept.Device == device).Reverse().Take(countMax)];
    }

    /// <summary>Hands a command to the device's network server; what becomes of it is told by its events.</summary>
    /// <returns>The downlink, queued or failed; or none, and why there is no way to send it.</returns>
    public async Task<(Downlink? Downlink, string Problem)> SendAsync(
        DevEui devEui, DeviceCommand command, bool isConfirmed, string by)
    {
        if (_devices.Find(devEui, out var problem) is not { } device)
            return (null, problem);
        var (network, route, codecName) = _sessions.Find(devEui)?.WayBack() ?? default;
        if (_devices.CodecOf(device, codecName, out problem) is not { } codec)
            return (null, problem);
        if (codec is not ICommandCodec commands)
            return (null, $"command: {codec.Name} has none");
        if (!commands.TryEncode(command, out var payload, out problem))
            return (null, problem);
        if (ServerOf(network, route, out problem) is not { } server)
            return (null, problem);
        var downlink = new Downlink(
            Guid.CreateVersion7(_time.GetUtcNow()).ToString(), devEui, command, payload, isConfirmed, by, server.Name,
            _time.GetUtcNow());
        // Known before it is sent: its first event may be faster than the answer.
        Keep(downlink);
        using var request = server.Kind == NetworkServerKind.ChirpStack
            ? DownlinkRequests.ChirpStack(server, downlink)
            : DownlinkRequests.ThingsStack(server, route!, downlink);
        await HandOverAsync(request, server.Kind, downlink);
        return (downlink, "");
    }

    /// <summary>Takes what a network server says of a downlink; false where it is none of ours.</summary>
    public bool Happened(NetworkEvent happened)
    {
        Downlink? downlink;
        lock (_changing)
        {
            downlink = Find(happened.DownlinkId);
            // ChirpStack names its queue item only in the answer, and a listening device may be faster than that.
            if (downlink is null && happened.DownlinkId is not null)
            {
                if (_unmatched.Count == UnmatchedKeptMax)
                    _unmatched.Dequeue();
                _unmatched.Enqueue(happened);
            }
        }

        if (downlink is null || (happened.Device is { } device && device != downlink.Device))
            return false;
        Apply(downlink, happened);
        return true;
    }

    public void Dispose() => _api.Dispose();

    private void Apply(Downlink downlink, NetworkEvent happened)
    {
        var at = happened.At.IsNever ? _time.GetUtcNow() : happened.At.ToDateTimeOffset();
        switch (happened.Kind)
        {
            case NetworkEventKind.DownlinkSent:
                downlink.Sent(at);
                break;
            case NetworkEventKind.DownlinkDelivered:
                downlink.Delivered(at);
                break;
            case NetworkEventKind.DownlinkFailed:
                downlink.Ended(DownlinkState.Failed, at, happened.Detail);
                break;
            case NetworkEventKind.DownlinkExpired:
                downlink.Ended(DownlinkState.Expired, at, happened.Detail);
                break;
        }

        Told?.Invoke(downlink.Id, happened.Kind, happened.Detail);
    }

    private async Task HandOverAsync(HttpRequestMessage request, NetworkServerKind kind, Downlink downlink)
    {
        try
        {
            using var answer = await _api.SendAsync(request);
            var body = await answer.Content.ReadAsByteArrayAsync();
            if (answer.StatusCode is < HttpStatusCode.OK or >= HttpStatusCode.MultipleChoices)
                downlink.Ended(
                    DownlinkState.Failed, _time.GetUtcNow(), $"the network server answered {(int)answer.StatusCode}");
            else if (kind == NetworkServerKind.ChirpStack)
                KnowAs(downlink, DownlinkRequests.QueueItemOf(body));
        }
        catch (HttpRequestException unreachable)
        {
            downlink.Ended(
                DownlinkState.Failed, _time.GetUtcNow(),
                $"the network server was not reached: {unreachable.HttpRequestError}");
        }
        catch (OperationCanceledException)
        {
            downlink.Ended(
                DownlinkState.Failed, _time.GetUtcNow(),
                $"the network server did not answer within {_limits.ApiAnswerWithin.TotalSeconds} s; it may have it");
        }
    }

    // The server it was last heard through; where there was none yet, the only one that needs to know nothing of it.
    private NetworkServer? ServerOf(string? network, ThingsStackRoute? route, out string problem)
    {
        problem = "";
        var chirpStacks = _servers.All
            .Where(server => server is { Kind: NetworkServerKind.ChirpStack, ApiUrl: not null }).ToArray();
        var server = network is not null ? _servers.Find(network) : chirpStacks is [var only] ? only : null;
        if (server is null)
            problem = "devEui: the device was not heard of since the start, and its network server is not known";
        else if (server.ApiUrl is null)
            problem = $"network server '{server.Name}': has no apiUrl";
        else if (server.Kind == NetworkServerKind.ChirpStack && server.ApiToken is null)
            problem = $"network server '{server.Name}': has no apiToken";
        else if (server.Kind == NetworkServerKind.ThingsStack && route?.WebhookId is null)
            problem = "devEui: no uplink of it said X-Downlink-Push yet";
        else if (server.Kind == NetworkServerKind.ThingsStack && (server.ApiToken ?? route?.ApiKey) is null)
            problem = $"network server '{server.Name}': has no apiToken, and sends no X-Downlink-Apikey";
        return problem.Length == 0 ? server : null;
    }

    private void Keep(Downlink downlink)
    {
        lock (_changing)
        {
            if (_oldestFirst.Count == _limits.DownlinksKeptMax)
            {
                var oldest = _oldestFirst.Dequeue();
                _byId.Remove(oldest.Id);
                if (oldest.QueueItem is { } item)
                    _byQueueItem.Remove(item);
            }

            _byId[downlink.Id] = downlink;
            _oldestFirst.Enqueue(downlink);
        }
    }

    private void KnowAs(Downlink downlink, string? queueItem)
    {
        if (queueItem is null)
            return;
        NetworkEvent[] early;
        lock (_changing)
        {
            downlink.QueueItem = queueItem;
            _byQueueItem[queueItem] = downlink;
            early = [.. _unmatched.Where(
                happened => happened.DownlinkId == queueItem && happened.Device == downlink.Device)];
        }

        foreach (var happened in early)
            Apply(downlink, happened);
    }

    private Downlink? Find(string? networkId) =>
        networkId is null ? null
        : networkId.StartsWith(ThingsStackEvents.CorrelationPrefix, StringComparison.Ordinal)
            ? _byId.GetValueOrDefault(networkId[ThingsStackEvents.CorrelationPrefix.Length..])
            : _byQueueItem.GetValueOrDefault(networkId);
}
