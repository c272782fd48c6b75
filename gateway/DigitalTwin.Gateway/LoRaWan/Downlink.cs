using DigitalTwin.Gateway.LoRaWan.Codecs;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>How far a downlink has got.</summary>
public enum DownlinkState : byte
{
    /// <summary>The network server has it and waits for the device to listen.</summary>
    Queued,

    /// <summary>A gateway sent it; the end for one that asks for no acknowledgement.</summary>
    Sent,

    /// <summary>The device acknowledged it.</summary>
    Delivered,

    /// <summary>The network server did not take it, could not send it, or the device did not acknowledge it.</summary>
    Failed,

    /// <summary>Nothing was heard of it for too long, or the network server gave it up.</summary>
    Expired,
}

/// <summary>One command on its way to one device.</summary>
internal sealed class Downlink(
    string id, DevEui device, DeviceCommand command, DownlinkPayload payload, bool isConfirmed, string by,
    string networkServer, DateTimeOffset queuedAt)
{
    private readonly Lock _changing = new();
    private DownlinkState _state = DownlinkState.Queued;
    private DateTimeOffset? _sentAt;
    private DateTimeOffset? _deliveredAt;
    private DateTimeOffset? _failedAt;
    private string? _problem;

    public string Id => id;

    public DevEui Device => device;

    public DownlinkPayload Payload => payload;

    public bool IsConfirmed => isConfirmed;

    public string By => by;

    /// <summary>ChirpStack's name for it.</summary>
    public string? QueueItem { get; set; }

    public void Sent(DateTimeOffset at)
    {
        lock (_changing)
        {
            _sentAt ??= at;
            // One that was thought lost, because the answer to its request was, is not.
            if (_state is DownlinkState.Queued or DownlinkState.Expired
                || (_state == DownlinkState.Failed && _failedAt < at))
                (_state, _failedAt, _problem) = (DownlinkState.Sent, null, null);
        }
    }

    public void Delivered(DateTimeOffset at)
    {
        lock (_changing)
        {
            _deliveredAt ??= at;
            (_state, _failedAt, _problem) = (DownlinkState.Delivered, null, null);
        }
    }

    public void Ended(DownlinkState end, DateTimeOffset at, string? problem)
    {
        lock (_changing)
        {
            if (_state is not (DownlinkState.Queued or DownlinkState.Sent))
                return;
            (_state, _failedAt, _problem) = (end, at, problem);
        }
    }

    public DownlinkAnswer ToAnswer(DateTimeOffset now, TimeSpan expiresAfter)
    {
        lock (_changing)
        {
            // Who asks sees that it is over; no clock runs for it meanwhile.
            var isOverdue = _state == DownlinkState.Queued && now - queuedAt >= expiresAfter;
            return new DownlinkAnswer(
                id, device.ToString(), command.Name, command.Argument, by, isConfirmed, payload.FPort,
                Convert.ToHexStringLower(payload.Bytes.Span), networkServer, isOverdue ? DownlinkState.Expired : _state,
                queuedAt, _sentAt, _deliveredAt, isOverdue ? queuedAt + expiresAfter : _failedAt,
                isOverdue ? "nothing was heard of it" : _problem);
        }
    }
}
