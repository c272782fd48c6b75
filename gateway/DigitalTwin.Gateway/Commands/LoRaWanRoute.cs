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

    // As many as are on their way to devices; one that nothing is heard of goes when its command is sent again.
    private readonly ConcurrentDictionary<string, CommandKey> _onTheirWay = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<CommandKey, string> _downlinkOf = [];

    public LoRaWanRoute(CityGraph graph, Downlinks downlinks, CommandReports reports)
    {
        (_graph, _downlinks, _reports) = (graph, downlinks, reports);
        _downlinks.Told += OnTold;
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
        var (downlink, problem) = await _downlinks.SendAsync(
            device, new DeviceCommand(command.Name, argument), isConfirmed: true, $"command {command.Key.OrderId}");
        if (downlink is null)
            return new SendingReport(SendingState.NotSent, problem);
        var answer = _downlinks.Answer(downlink);
        if (answer.State == DownlinkState.Failed)
            return new SendingReport(SendingState.NotSent, answer.Problem ?? "the network server did not take it");
        if (_downlinkOf.TryGetValue(command.Key, out var before))
            _onTheirWay.TryRemove(before, out _);
        _onTheirWay[downlink.Id] = command.Key;
        _downlinkOf[command.Key] = downlink.Id;
        return new SendingReport(SendingState.Sent, $"downlink {downlink.Id} through {answer.NetworkServer}");
    }

    public void Dispose() => _downlinks.Told -= OnTold;

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
        _reports.Tell(key, told);
    }
}
