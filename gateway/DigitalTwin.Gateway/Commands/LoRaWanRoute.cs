using System.Collections.Concurrent;
using System.Globalization;
using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Commands;

/// <summary>Commands as confirmed downlinks of LoRaWAN devices: the device's acknowledgement delivers them.</summary>
internal sealed class LoRaWanRoute : ICommandRoute, IDisposable
{
    private const string DevEuiAttribute = "devEui";

    private readonly CityGraph _graph;
    private readonly Downlinks _downlinks;
    private readonly CommandReports _reports;
    private readonly CommandWakes _wakes;

    // As many as are on their way to devices; one that nothing is heard of goes when its command is sent again.
    private readonly ConcurrentDictionary<string, CommandKey> _onTheirWay = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<CommandKey, string> _downlinkOf = [];

    // Devices that could not be sent to, with what the wakes know them by: once they are heard, it is tried again.
    private readonly ConcurrentDictionary<DevEui, string> _waiting = [];

    public LoRaWanRoute(CityGraph graph, Downlinks downlinks, CommandReports reports, CommandWakes wakes)
    {
        (_graph, _downlinks, _reports, _wakes) = (graph, downlinks, reports, wakes);
        _downlinks.Told += OnTold;
        _downlinks.Reachable += OnReachable;
    }

    public bool Takes(TwinHandle twin) => TryDevEui(twin, out _);

    // Class A devices listen when they have spoken: the network server waits for that.
    public string? ObstacleTo(TwinHandle twin) => null;

    public async ValueTask<SendingReport> SendAsync(
        TwinHandle twin, DueCommand command, CancellationToken cancellationToken)
    {
        if (!TryDevEui(twin, out var device))
            return new SendingReport(SendingState.Failed, $"{DevEuiAttribute}: is not 16 hexadecimal digits");
        if (!double.TryParse(command.Payload, NumberStyles.Float, CultureInfo.InvariantCulture, out var argument))
            return new SendingReport(SendingState.Failed, "over LoRaWAN only commands with a number can be sent");
        // Said before it is tried: the device may be heard meanwhile.
        _waiting[device] = _graph.DeviceIdOf(twin);
        var (downlink, problem) = await _downlinks.SendAsync(
            device, new DeviceCommand(command.Name, argument), isConfirmed: true, ByOf(command.Key));
        if (downlink is null)
            return new SendingReport(SendingState.NotSent, problem);
        var answer = _downlinks.Answer(downlink);
        if (answer.State == DownlinkState.Failed)
            return new SendingReport(SendingState.NotSent, answer.Problem ?? "the network server did not take it");
        _waiting.TryRemove(device, out _);
        Follow(command.Key, downlink.Id);
        var trace = new DownlinkTrace(downlink.Id, answer.NetworkServer, downlink.QueueItem);
        return new SendingReport(SendingState.Sent, trace.ToString());
    }

    // The network server goes on with it while we are away, and a class A device may not be heard for hours: sent again,
    // it would be there twice.
    public bool TakesUp(TwinHandle twin, SentCommand command)
    {
        if (!TryDevEui(twin, out var device) || !DownlinkTrace.TryParse(command.Via, out var trace)
            || !double.TryParse(command.Payload, NumberStyles.Float, CultureInfo.InvariantCulture, out var argument))
            return false;
        Follow(command.Key, trace.Id);
        _downlinks.TakeUp(
            trace, device, new DeviceCommand(command.Name, argument), ByOf(command.Key), command.SentAt.ToDateTimeOffset());
        return true;
    }

    public void Dispose()
    {
        _downlinks.Told -= OnTold;
        _downlinks.Reachable -= OnReachable;
    }

    private static string ByOf(CommandKey key) => $"command {key.OrderId}";

    private void Follow(CommandKey key, string downlink)
    {
        if (_downlinkOf.TryGetValue(key, out var before))
            _onTheirWay.TryRemove(before, out _);
        _onTheirWay[downlink] = key;
        _downlinkOf[key] = downlink;
    }

    private void OnReachable(DevEui device)
    {
        if (_waiting.TryRemove(device, out var known))
            _wakes.Add(known);
    }

    private bool TryDevEui(TwinHandle twin, out DevEui device) =>
        DevEui.TryParse(_graph.AttributesOf(twin).GetValueOrDefault(DevEuiAttribute), out device);

    private void OnTold(string downlink, NetworkEventKind kind, string? detail)
    {
        var report = kind switch
        {
            NetworkEventKind.DownlinkDelivered => new SendingReport(SendingState.Delivered, "acknowledged"),
            NetworkEventKind.DownlinkFailed => new SendingReport(SendingState.NotSent, detail ?? "the downlink failed"),
            NetworkEventKind.DownlinkExpired => new SendingReport(SendingState.NotSent, detail ?? "the downlink expired"),
            _ => default(SendingReport?),
        };
        if (report is not { } told || !_onTheirWay.TryRemove(downlink, out var key))
            return;
        _downlinkOf.TryRemove(key, out _);
        if (told.State == SendingState.NotSent && _graph.TryFind(key.TwinId, out var twin)
            && TryDevEui(twin, out var device))
            _waiting[device] = _graph.DeviceIdOf(twin);
        _reports.Tell(key, told);
    }
}
