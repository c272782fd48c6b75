using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Commands;

/// <summary>
/// Commands as cloud-to-device messages over MQTT, QoS 1: the device's PUBACK is what delivers them. Nothing is kept
/// for a device that is not connected; the command itself waits.
/// </summary>
internal sealed class DeviceMessageRoute : ICommandRoute, IDisposable
{
    private const string Via = "message";

    private readonly CityGraph _graph;
    private readonly DeviceRegistry _devices;
    private readonly DeviceSessions _sessions;
    private readonly CommandReports _reports;
    private readonly CommandWakes _wakes;

    // Devices that as much waits for as may: the next goes when one of these has arrived.
    private readonly ConcurrentDictionary<string, bool> _full = new(StringComparer.Ordinal);

    public DeviceMessageRoute(
        CityGraph graph, DeviceRegistry devices, DeviceSessions sessions, CommandReports reports, CommandWakes wakes)
    {
        (_graph, _devices, _sessions, _reports, _wakes) = (graph, devices, sessions, reports, wakes);
        _sessions.Ended += OnEnded;
        _sessions.Listening += _wakes.Add;
    }

    public bool Takes(TwinHandle twin) =>
        _devices.TryGet(_graph.DeviceIdOf(twin), out var device) && device.Status == DeviceStatus.Enabled;

    public string? ObstacleTo(TwinHandle twin)
    {
        var device = _graph.DeviceIdOf(twin);
        return !_sessions.IsConnected(device) ? "the device is offline"
            : !_sessions.IsSubscribed(device, TopicOf(device)) ? "the device does not listen for commands"
            : null;
    }

    public async ValueTask<SendingReport> SendAsync(
        TwinHandle twin, DueCommand command, CancellationToken cancellationToken)
    {
        if (ObstacleTo(twin) is { } obstacle)
            return new SendingReport(SendingState.NotSent, obstacle);
        var device = _graph.DeviceIdOf(twin);
        var key = command.Key;
        var id = Uri.EscapeDataString($"{key.OrderId}/{key.TwinId}");
        var sending = await _sessions.SendAsync(
            device, new OutboundMessage($"{TopicOf(device)}%24.mid={id}&%24.ct=application%2Fjson", BodyOf(command))
            {
                Qos = 1, ExpiresAt = command.Deadline.ToDateTimeOffset(), Tag = CommandTag.Of(key),
            });
        switch (sending.Outcome)
        {
            // It went away between the two, and its session keeps the message: what the PUBACK tells still holds.
            case SendOutcome.Sent or SendOutcome.Queued:
                return new SendingReport(SendingState.Sent, Via);
            case SendOutcome.Full:
                _full[device] = true;
                return new SendingReport(SendingState.NotSent, "the device has not acknowledged what was sent before");
            default:
                return new SendingReport(SendingState.NotSent, "the device is offline");
        }
    }

    public void Dispose()
    {
        _sessions.Ended -= OnEnded;
        _sessions.Listening -= _wakes.Add;
    }

    private static string TopicOf(string device) => $"devices/{device}/messages/devicebound/";

    private static byte[] BodyOf(DueCommand command)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("command", command.Name);
            json.WriteString("twin", command.Key.TwinId);
            json.WritePropertyName("payload");
            json.WriteRawValue(command.Payload);
            json.WriteString("id", command.Key.OrderId);
            json.WriteNumber("attempt", command.Attempt);
            if (command.Until is { } until)
                json.WriteString("until", until.ToString());
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private void OnEnded(string device, string? tag, DeliveryEnd end)
    {
        if (!CommandTag.TryParse(tag, out var key))
            return;
        if (_full.TryRemove(device, out _))
            _wakes.Add(device);
        // What was over before it could be sent is over for the command too: its deadline says so.
        // As many at once as messages may wait in all sessions together.
        if (end != DeliveryEnd.Expired)
            _reports.Tell(key, end == DeliveryEnd.Delivered
                ? new SendingReport(SendingState.Delivered, "acknowledged")
                : new SendingReport(SendingState.NotSent, "the connection ended before the device acknowledged it"));
    }
}
