using System.Collections.Concurrent;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Commands;

/// <summary>
/// Tells the command book what routes say, in the order in which it happened: a device may acknowledge before it is
/// recorded that something was sent to it.
/// </summary>
public sealed partial class CommandReports(ICommands commands, TimeProvider time, ILogger<CommandReports> log)
{
    private readonly ConcurrentDictionary<CommandKey, Task> _sending = [];

    private Instant Now => Instant.From(time.GetUtcNow());

    /// <summary>
    /// What became of a command after it was sent, from one who cannot wait: where it cannot be recorded, the log says so.
    /// </summary>
    public void Tell(CommandKey key, SendingReport report) => _ = TellOrLogAsync(key, report);

    /// <summary>What became of a command after it was sent.</summary>
    public async Task TellAsync(CommandKey key, SendingReport report, CancellationToken cancellationToken)
    {
        if (_sending.TryGetValue(key, out var sending))
            await sending.WaitAsync(cancellationToken);
        await ApplyAsync(key, report, Now, cancellationToken);
    }

    /// <summary>Sends a command and records how that went before anything that came of it.</summary>
    /// <returns>Whether it is on its way or there.</returns>
    internal async Task<bool> SendAsync(
        CommandKey key, Func<ValueTask<SendingReport>> send, CancellationToken cancellationToken)
    {
        var recorded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sending[key] = recorded.Task;
        try
        {
            var leftAt = Now;
            var report = await send();
            await ApplyAsync(key, report, leftAt, cancellationToken);
            return report.State is SendingState.Sent or SendingState.Delivered;
        }
        finally
        {
            _sending.TryRemove(key, out _);
            recorded.SetResult();
        }
    }

    /// <summary>As <see cref="TellAsync"/>; where it cannot be recorded, the log says so.</summary>
    internal async Task TellOrLogAsync(CommandKey key, SendingReport report)
    {
        try
        {
            await TellAsync(key, report, CancellationToken.None);
        }
        catch (Exception failed)
        {
            // The desk has ended, and the city with it: nothing can be recorded any more.
            LogNotRecorded(log, failed, key.OrderId, key.TwinId);
        }
    }

    private async ValueTask ApplyAsync(
        CommandKey key, SendingReport report, Instant leftAt, CancellationToken cancellationToken)
    {
        var now = Now;
        // A device that answers at once was told first.
        if (report.State is SendingState.Sent or SendingState.Delivered or SendingState.Refused)
            await commands.ApplyAsync(
                new CommandInput.Sent(now, key, report.Detail) { LeftAt = leftAt }, cancellationToken);
        CommandInput? further = report.State switch
        {
            SendingState.NotSent => new CommandInput.NotSent(now, key, report.Detail),
            SendingState.Delivered => new CommandInput.Delivered(now, key, report.Detail),
            SendingState.Refused => new CommandInput.Refused(now, key, report.Detail),
            SendingState.Failed => new CommandInput.Failed(now, key, report.Detail),
            _ => null,
        };
        if (further is not null)
            await commands.ApplyAsync(further, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "What became of command {Order} at {Twin} could not be recorded")]
    private static partial void LogNotRecorded(ILogger log, Exception failed, string order, string twin);
}
