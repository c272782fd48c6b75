using System.Collections.Concurrent;
using System.Text;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Commands;

/// <summary>
/// Commands as direct methods of devices that are connected and take them: what the device answers delivers the command
/// or ends it. A device that does not answer methods is told by a message where it takes those.
/// </summary>
internal sealed class DirectMethodRoute : ICommandRoute, IDisposable
{
    // IoT Plug and Play: "{component}*{command}" for the command of a component; a twin behind a concentrator is one.
    private const char ComponentMark = '*';
    private const int NotImplemented = 501;

    private readonly CityGraph _graph;
    private readonly DeviceRegistry _devices;
    private readonly DirectMethods _methods;
    private readonly DeviceSessions _sessions;
    private readonly DeviceMessageRoute _messages;
    private readonly CommandReports _reports;
    private readonly CommandWakes _wakes;
    private readonly CommandLimits _limits;
    private readonly HubLimits _hub;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();

    // By device and request; those that were not answered in time are also in the queue.
    private readonly ConcurrentDictionary<(string Device, string Request), CommandKey> _asked = [];
    private readonly ConcurrentQueue<(string Device, string Request)> _late = [];

    // Commands that a device left unanswered as methods, until it subscribes again.
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _deaf = new(StringComparer.Ordinal);

    // Devices that as many calls wait for as may: the next goes when one of these has ended.
    private readonly ConcurrentDictionary<string, bool> _full = new(StringComparer.Ordinal);

    public DirectMethodRoute(
        CityGraph graph, DeviceRegistry devices, DirectMethods methods, DeviceSessions sessions,
        DeviceMessageRoute messages, CommandReports reports, CommandWakes wakes, CommandLimits limits, HubLimits hub,
        TimeProvider time)
    {
        (_graph, _devices, _methods, _sessions, _messages) = (graph, devices, methods, sessions, messages);
        (_reports, _wakes, _limits, _hub, _time) = (reports, wakes, limits, hub, time);
        _methods.AnsweredLate += OnAnsweredLate;
        _sessions.Listening += OnListening;
    }

    public bool Takes(TwinHandle twin) =>
        _graph.DeviceIdOf(twin) is var device && _devices.TryGet(device, out var identity)
        && identity.Status == DeviceStatus.Enabled && _methods.IsListening(device);

    public string? ObstacleTo(TwinHandle twin) => null;

    public async ValueTask<SendingReport> SendAsync(
        TwinHandle twin, DueCommand command, CancellationToken cancellationToken)
    {
        var device = _graph.DeviceIdOf(twin);
        var name = NameOf(device, command);
        if (name.Length > _hub.MethodNameCharactersMax
            || (IsBetterAsMessage(device, command) && _messages.ObstacleTo(twin) is null))
            return await _messages.SendAsync(twin, command, cancellationToken);
        var left = command.Deadline - Instant.From(_time.GetUtcNow());
        if (left <= TimeSpan.Zero)
            return new SendingReport(SendingState.NotSent, "the deadline is over");
        var call = await _methods.BeginAsync(
            device, name, Encoding.UTF8.GetBytes(command.Payload),
            left < _limits.MethodAnswerWithin ? left : _limits.MethodAnswerWithin, _stopping.Token);
        // It has gone away between the two, or has enough to do; an answer of its own comes later.
        if (call.Answer is { IsCompletedSuccessfully: true, Result.Outcome: MethodOutcome.Offline })
            return new SendingReport(SendingState.NotSent, "the device is offline");
        if (call.Answer is { IsCompletedSuccessfully: true, Result.Outcome: MethodOutcome.Busy })
        {
            _full[device] = true;
            return new SendingReport(SendingState.NotSent, "the device has not answered what it was asked before");
        }

        _asked[(device, call.RequestId)] = command.Key;
        _ = FollowAsync(twin, device, command, call);
        return new SendingReport(SendingState.Sent, $"direct method {name}");
    }

    /// <summary>What a device's method is called that is a twin's command.</summary>
    internal static string NameOf(string device, DueCommand command) => device == command.Key.TwinId
        ? command.Name
        : $"{command.Key.TwinId}{ComponentMark}{command.Name}";

    public void Dispose()
    {
        _methods.AnsweredLate -= OnAnsweredLate;
        _sessions.Listening -= OnListening;
        _stopping.Cancel();
        _stopping.Dispose();
    }

    // A method carries what its DTDL says and nothing else; a message also says until when it stands.
    private bool IsBetterAsMessage(string device, DueCommand command) =>
        command.Until is not null || (_deaf.TryGetValue(device, out var names) && names.ContainsKey(command.Name));

    private async Task FollowAsync(TwinHandle twin, string device, DueCommand command, MethodCall call)
    {
        try
        {
            var answer = await call.Answer;
            if (answer.Outcome == MethodOutcome.NoAnswer)
                RememberLate((device, call.RequestId));
            else
                _asked.TryRemove((device, call.RequestId), out _);
            var isUnknownThere = answer.Outcome == MethodOutcome.NoAnswer || answer.Status == NotImplemented;
            if (isUnknownThere)
                _deaf.GetOrAdd(device, _ => new(StringComparer.Ordinal))[command.Name] = true;
            var report = isUnknownThere && answer.Status == NotImplemented && _messages.ObstacleTo(twin) is null
                ? new SendingReport(SendingState.NotSent, "the device does not know the method")
                : ReportOf(answer);
            await _reports.TellOrLogAsync(command.Key, report);
            if (_full.TryRemove(device, out _) | report.State == SendingState.NotSent)
                _wakes.Add(device);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // What was not answered is sent again after the start.
        }
    }

    private SendingReport ReportOf(in MethodAnswer answer) => answer.Outcome switch
    {
        MethodOutcome.NoAnswer => MethodReports.NoAnswer(_limits.MethodAnswerWithin),
        MethodOutcome.BadAnswer => new SendingReport(SendingState.Failed, "the answer cannot be read"),
        _ => MethodReports.Answered(answer.Status, answer.Payload?.ToJsonString()),
    };

    private void RememberLate((string Device, string Request) call)
    {
        _late.Enqueue(call);
        while (_late.Count > _limits.LateAnswersKnownMax && _late.TryDequeue(out var oldest))
            _asked.TryRemove(oldest, out _);
    }

    // Only that it has it is taken from a late answer: what it refused, it has been told again by now.
    private void OnAnsweredLate(string device, string request, MethodAnswer answer)
    {
        if (!_asked.TryRemove((device, request), out var key))
            return;
        if (ReportOf(answer) is { State: SendingState.Delivered } report)
            _reports.Tell(key, report with { Detail = $"late: {report.Detail}" });
    }

    private void OnListening(string device) => _deaf.TryRemove(device, out _);
}
