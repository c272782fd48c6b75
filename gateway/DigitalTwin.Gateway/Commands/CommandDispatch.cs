using System.Collections.Concurrent;
using System.Globalization;
using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Commands;

/// <summary>Takes commands whose turn it is and hands each to the way to its device, for as long as the server runs.</summary>
internal sealed partial class CommandDispatch(
    ICommands commands, IEnumerable<ICommandRoute> routes, CommandReports reports, CommandWakes wakes,
    CommandCancels cancels, ITwinEngine engine, CommandLimits limits, TimeProvider time, ILogger<CommandDispatch> log) : BackgroundService
{
    private readonly ICommandRoute[] _routes = [.. routes];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The start does not wait for it.
        await Task.Yield();
        try
        {
            await RecallAsync(stoppingToken);
            await cancels.FinishAsync(stoppingToken);
            // Either fails alone, and then the other must not hide it by going on.
            await await Task.WhenAny(SendAllAsync(stoppingToken), WakeAllAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in order.
        }
        catch (Exception failed)
        {
            // The host stops with it: orders that nobody carries out must not look as if they were under way.
            LogFailed(failed);
            throw;
        }
    }

    // Where nobody knows any more what became of what was on its way when the server ended, it is sent again, with the
    // same id, and devices may tell the repetition by its attempt.
    private async Task RecallAsync(CancellationToken cancellationToken)
    {
        var sent = await commands.AskAsync(
            book => book.OpenTwins.SelectMany(book.OpenOf).Where(command => command.State == CommandState.Sent)
                .Select(command => new SentCommand(
                    command.Key, command.Order.Order.Name, command.Order.Order.Payload, command.SentAt,
                    command.Steps[^1].Detail ?? "")).ToArray(),
            cancellationToken);
        var lost = sent.Where(command => !engine.Graph.TryFind(command.Key.TwinId, out var twin)
            || !Array.Exists(_routes, route => route.TakesUp(twin, command))).Select(command => command.Key).ToArray();
        await Parallel.ForEachAsync(lost, Options(cancellationToken), async (key, cancelled) =>
            await commands.ApplyAsync(
                new CommandInput.NotSent(
                    Now, key, "the server was started again before the device acknowledged it"), cancelled));
        await commands.WakeAsync([.. lost.Select(key => key.TwinId).Distinct()], cancellationToken);
    }

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var due = await commands.TakeDueAsync(limits.TakenAtOnceMax, cancellationToken);
            var sent = new ConcurrentBag<(DueCommand Command, TwinHandle Twin)>();
            await Parallel.ForEachAsync(due, Options(cancellationToken), async (command, cancelled) =>
            {
                if (await SendAsync(command, cancelled) is { } twin)
                    sent.Add((command, twin));
            });
            foreach (var order in sent.GroupBy(one => one.Command.Key.OrderId))
                await OverrideAsync(order.First().Command, [.. order.Select(one => one.Twin)], cancellationToken);
        }
    }

    // Returns the twin where it is on its way or there.
    private async Task<TwinHandle?> SendAsync(DueCommand command, CancellationToken cancellationToken)
    {
        var isThere = engine.Graph.TryFind(command.Key.TwinId, out var twin);
        var route = isThere ? Array.Find(_routes, route => route.Takes(twin)) : null;
        var isSent = await reports.SendAsync(
            command.Key,
            async () => !isThere ? new SendingReport(SendingState.Failed, "the city has no such twin any more")
                : route is null ? new SendingReport(SendingState.Failed, "there is no device that could be told")
                : await route.SendAsync(twin, command, cancellationToken),
            cancellationToken);
        return isSent ? twin : null;
    }

    // A light that obeys an order disobeys its programme; the engine is told, so that no alarm says so.
    private async ValueTask OverrideAsync(
        DueCommand command, IReadOnlyList<TwinHandle> twins, CancellationToken cancellationToken)
    {
        // One whose time has passed would end what somebody ordered since.
        if (command.Until is not { } until || until <= Now || command.Name != DeviceCommand.SetDimLevel)
            return;
        var lights = twins.Where(twin => engine.Graph.ModelOf(twin).Kind == TwinKind.Streetlight).ToArray();
        if (lights.Length > 0)
            await engine.OverrideLightsAsync(
                lights, double.Parse(command.Payload, CultureInfo.InvariantCulture), until, cancellationToken);
        // Cancelled in between: who cancelled found nothing to end yet.
        await cancels.FinishAsync(command.Key.OrderId, cancellationToken);
    }

    private async Task WakeAllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var devices = await wakes.TakeAsync(limits.TryAgainAfter, cancellationToken);
            var twins = await commands.AskAsync(
                book => book.OpenTwins.Where(twin => devices is null || IsOf(devices, twin)).ToArray(),
                cancellationToken);
            if (twins.Length > 0)
                await commands.WakeAsync(twins, cancellationToken);
        }
    }

    private bool IsOf(HashSet<string> devices, string twinId) =>
        engine.Graph.TryFind(twinId, out var twin) && devices.Contains(engine.Graph.DeviceIdOf(twin));

    private ParallelOptions Options(CancellationToken cancellationToken) => new()
    {
        MaxDegreeOfParallelism = limits.SendingAtOnceMax, CancellationToken = cancellationToken,
    };

    private Instant Now => Instant.From(time.GetUtcNow());

    [LoggerMessage(LogLevel.Critical, "Commands are not sent any more; the city stops")]
    private partial void LogFailed(Exception failed);
}
