using System.Buffers;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Commands;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DigitalTwin.Gateway.HubCommands;

/// <summary>
/// Commands to devices that are connected to an IoT hub and not to this gateway: a direct method, or a desired property
/// where an order stands until a time, which the hub keeps for a device that is away.
/// </summary>
internal sealed class HubCommandRoute : ICommandRoute, IDisposable
{
    private const string ByProperty = "desired property";

    // IoT Hub: none of these, and no control characters, in the name of a property.
    private static readonly SearchValues<char> s_notInNames = SearchValues.Create(".$# ");

    private readonly CityGraph _graph;
    private readonly HubFleet _hubs;
    private readonly DeviceSessions _sessions;
    private readonly CommandReports _reports;
    private readonly HubCommandLimits _limits;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _calls;
    private readonly CancellationTokenSource _stopping = new();

    public HubCommandRoute(
        CityGraph graph, HubFleet hubs, DeviceSessions sessions, CommandReports reports, HubCommandLimits limits,
        TimeProvider time)
    {
        (_graph, _hubs, _sessions, _reports, _limits, _time) = (graph, hubs, sessions, reports, limits, time);
        _calls = new SemaphoreSlim(limits.CallsAtOnceMax);
    }

    /// <summary>Every device that is not connected here may be connected there.</summary>
    public bool Takes(TwinHandle twin) => !_hubs.IsEmpty && !_sessions.IsConnected(_graph.DeviceIdOf(twin));

    public string? ObstacleTo(TwinHandle twin) =>
        _hubs.IsPaused(_graph.DeviceIdOf(twin)) ? "the IoT hub asks for a pause" : null;

    /// <summary>The hub keeps a desired property over a restart of this gateway; a method's answer is lost with it.</summary>
    public bool TakesUp(TwinHandle twin, SentCommand command) => Takes(twin) && command.Via == ByProperty;

    public async ValueTask<SendingReport> SendAsync(
        TwinHandle twin, DueCommand command, CancellationToken cancellationToken)
    {
        var device = _graph.DeviceIdOf(twin);
        if (ObstacleTo(twin) is { } obstacle)
            return new SendingReport(SendingState.NotSent, obstacle);
        // As many calls as may be: the dispatch waits, and with it the book.
        await _calls.WaitAsync(cancellationToken);
        if (command.Until is { } until && IsName(command.Key.TwinId))
        {
            var reply = await AskAndReleaseAsync(
                device, hub => hub.PatchDesiredAsync(device, PatchOf(command, until), cancellationToken), cancellationToken);
            if (reply.Error == 0)
                return new SendingReport(SendingState.Sent, ByProperty);
            // A twin that is full takes the value without the time, as a method.
            if (!HubErrors.IsForGood(reply))
                return HubErrors.ReportOf(reply, _limits.AnswerWithin);
            await _calls.WaitAsync(cancellationToken);
        }

        var left = command.Deadline - Instant.From(_time.GetUtcNow());
        if (left <= TimeSpan.Zero)
        {
            _calls.Release();
            return new SendingReport(SendingState.NotSent, "the deadline is over");
        }

        var name = DirectMethodRoute.NameOf(device, command);
        _ = FollowAsync(device, name, command, left);
        return new SendingReport(SendingState.Sent, $"direct method {name}");
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task FollowAsync(string device, string name, DueCommand command, TimeSpan left)
    {
        // Who sends does not wait for the hub.
        await Task.Yield();
        var within = left < _limits.AnswerWithin ? left : _limits.AnswerWithin;
        within = within > _limits.AnswerWithinMin ? within : _limits.AnswerWithinMin;
        try
        {
            var reply = await AskAndReleaseAsync(
                device, hub => hub.InvokeAsync(device, name, command.Payload, within, _stopping.Token), _stopping.Token);
            await _reports.TellOrLogAsync(command.Key, HubErrors.ReportOf(reply, within));
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException)
        {
            // What was not answered when the server ended is sent again after the start.
        }
    }

    private async Task<HubReply> AskAndReleaseAsync(
        string device, Func<IHubService, Task<HubReply>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await _hubs.AskAsync(device, ask, cancellationToken);
        }
        finally
        {
            _calls.Release();
        }
    }

    private static bool IsName(string text) => !text.AsSpan().ContainsAny(s_notInNames) && !text.Any(char.IsControl);

    // contracts §10: one property a twin, replaced by the next order of it.
    private static string PatchOf(DueCommand command, Instant until)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartObject("properties");
            json.WriteStartObject("desired");
            json.WriteStartObject("standing");
            json.WriteStartObject(command.Key.TwinId);
            json.WriteString("command", command.Name);
            json.WritePropertyName("payload");
            json.WriteRawValue(command.Payload);
            json.WriteString("id", command.Key.OrderId);
            json.WriteNumber("attempt", command.Attempt);
            json.WriteString("until", until.ToString());
            for (var open = 0; open < 5; open++)
                json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

/// <summary>What sends commands through IoT hubs.</summary>
internal static class HubCommandServices
{
    /// <summary>Devices of these hubs are reached too, where commands are registered. Needs an <see cref="IHubService"/> a hub.</summary>
    public static IServiceCollection AddHubCommands(this IServiceCollection services)
    {
        services.TryAddSingleton<HubCommandLimits>();
        services.AddSingleton<HubFleet>();
        services.AddSingleton<ICommandRoute, HubCommandRoute>();
        return services;
    }
}
