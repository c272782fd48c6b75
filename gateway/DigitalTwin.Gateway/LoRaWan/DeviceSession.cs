using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>What is known of a device's radio and what its twin has no place for; lost when the city stops.</summary>
internal sealed class DeviceSession(LoRaWanDevice device, LoRaWanLimits limits)
{
    private readonly Lock _changing = new();
    private readonly Queue<string> _eventIds = new();
    private readonly Dictionary<string, DecodedValue> _further = new(StringComparer.Ordinal);
    private string? _network;
    private NetworkEvent? _lastUplink;
    private NetworkEvent? _lastStatus;
    private Instant? _joinedAt;
    private string? _devAddr;
    private string? _codec;
    private string? _problem;
    private ThingsStackRoute? _route;
    private long _uplinks;

    public LoRaWanDevice Device => device;

    /// <summary>When it was last heard of, for choosing who is forgotten; by arrival.</summary>
    public long HeardAtTicks { get; private set; }

    /// <summary>Whether this very event was taken before.</summary>
    public bool HasTaken(NetworkEvent happened)
    {
        lock (_changing)
            return happened.EventId is { } id && _eventIds.Contains(id);
    }

    public void Heard(NetworkEvent happened, string network, long nowTicks)
    {
        lock (_changing)
        {
            HeardAtTicks = nowTicks;
            _network = network;
            _route = happened.Route is { } route
                ? route with
                {
                    WebhookId = route.WebhookId ?? _route?.WebhookId, ApiKey = route.ApiKey ?? _route?.ApiKey,
                }
                : _route;
            _devAddr = happened.DevAddr ?? _devAddr;
            Remember(happened.EventId);
            switch (happened.Kind)
            {
                case NetworkEventKind.Join:
                    _joinedAt = happened.At;
                    break;
                case NetworkEventKind.Status:
                    _lastStatus = happened;
                    break;
                case NetworkEventKind.Uplink:
                    // The bytes are in the journal by now; what is kept is who heard them and how.
                    _lastUplink = happened with { Payload = [], Fields = null };
                    _uplinks++;
                    break;
                case NetworkEventKind.Log:
                    _problem = happened.Detail;
                    break;
            }
        }
    }

    public void Read(string codec, IEnumerable<DecodedValue> further)
    {
        lock (_changing)
        {
            (_codec, _problem) = (codec, null);
            foreach (var value in further)
                if (_further.Count < limits.FurtherValuesMax || _further.ContainsKey(value.Name))
                    _further[value.Name] = value;
        }
    }

    public void Failed(string problem)
    {
        lock (_changing)
            _problem = problem;
    }

    /// <summary>Which network server it was last heard through, what The Things Stack calls it, what reads it.</summary>
    public (string? Network, ThingsStackRoute? Route, string? Codec) WayBack()
    {
        lock (_changing)
            return (_network, _route, _codec);
    }

    public DeviceSessionAnswer ToAnswer(string twinId)
    {
        lock (_changing)
            return new DeviceSessionAnswer(
                device.DevEui.ToString(), twinId, _codec ?? device.CodecName, _network, _devAddr, At(_joinedAt),
                At(_lastUplink?.At), _uplinks, _lastUplink?.FrameCounter, _lastUplink?.FPort, At(_lastStatus?.At),
                _lastStatus?.BatteryPercent ?? _lastUplink?.BatteryPercent, _lastStatus?.IsExternallyPowered,
                _lastStatus?.MarginDecibels,
                [.. (_lastUplink?.Gateways ?? []).OrderByDescending(gateway => gateway.RssiDecibelMilliwatts)
                    .Take(limits.GatewaysShownMax)],
                _further.Values.OrderBy(value => value.Name, StringComparer.Ordinal).ToDictionary(
                    value => value.Name,
                    value => new FurtherValueAnswer(value.Value, value.Unit, At(value.MeasuredAt))),
                _problem);
    }

    private void Remember(string? eventId)
    {
        if (eventId is null)
            return;
        if (_eventIds.Count == limits.EventIdsKept)
            _eventIds.Dequeue();
        _eventIds.Enqueue(eventId);
    }

    private static DateTimeOffset? At(Instant? instant) => instant?.ToDateTimeOffset();
}

/// <summary>The sessions of the devices that are heard of; the one silent for longest makes room.</summary>
internal sealed class DeviceSessions(LoRaWanLimits limits)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<DevEui, DeviceSession> _byDevEui = [];

    public DeviceSession Of(LoRaWanDevice device)
    {
        lock (_changing)
        {
            if (_byDevEui.TryGetValue(device.DevEui, out var session))
                return session;
            // An eighth goes at once, so that a full cache is not searched for each new device.
            if (_byDevEui.Count >= limits.SessionsMax)
                foreach (var silent in _byDevEui.Values.OrderBy(known => known.HeardAtTicks)
                    .Take(Math.Max(1, limits.SessionsMax / 8)).ToArray())
                    _byDevEui.Remove(silent.Device.DevEui);
            return _byDevEui[device.DevEui] = new DeviceSession(device, limits);
        }
    }

    public DeviceSession? Find(DevEui devEui)
    {
        lock (_changing)
            return _byDevEui.GetValueOrDefault(devEui);
    }
}
