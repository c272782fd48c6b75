using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Commands;

/// <summary>
/// Shows the command book what telemetry says: of every twin that changed and has an open command, the latest value of
/// what the command expects.
/// </summary>
public sealed class CommandWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(500);

    private readonly ITwinEngine _engine;
    private readonly CommandDesk _desk;
    private readonly TimeProvider _time;
    private readonly IChangeFeed _changes;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<TwinSummary> _changed = [];

    public CommandWatch(ITwinEngine engine, CommandDesk desk, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(engine);
        (_engine, _desk, _time) = (engine, desk, time);
        _changes = engine.SubscribeChanges();
        Completion = Task.Run(RunAsync);
    }

    /// <summary>Ends with the watch; faulted where the engine or the desk failed.</summary>
    public Task Completion { get; }

    /// <summary>Everything that the engine accepted before the call is taken into account when this completes.</summary>
    internal async Task RoundAsync(CancellationToken cancellationToken)
    {
        // Without open commands the feed keeps one mark a twin, and nobody asks for it.
        if (await _desk.AskAsync(book => book.OpenCount == 0, cancellationToken))
            return;
        _changed.Clear();
        await _changes.DrainAsync(_changed, cancellationToken);
        var graph = _engine.Graph;
        var watched = await _desk.WatchedAsync(
            [.. _changed.Select(summary => graph.IdOf(summary.Twin))], cancellationToken);
        var seen = new List<Task>(watched.Count);
        foreach (var (twinId, property) in watched)
            if (await LookAsync(twinId, property, cancellationToken) is { } observed)
                seen.Add(_desk.ApplyAsync(observed, cancellationToken).AsTask());
        // Together, so that they share their flushes.
        await Task.WhenAll(seen);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await Completion;
        }
        finally
        {
            _changes.Dispose();
            _stopping.Dispose();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(s_round, _time);
            while (await timer.WaitForNextTickAsync(_stopping.Token))
                await RoundAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped in order.
        }
    }

    private async ValueTask<CommandInput.Observed?> LookAsync(
        string twinId, string property, CancellationToken cancellationToken)
    {
        // An order outlives a changed city.
        if (!_engine.Graph.TryFind(twinId, out var twin)
            || !_engine.Graph.ModelOf(twin).TryFind(property, out var schema) || schema.Slot < 0)
            return null;
        var latest = (await _engine.GetAsync(twin, cancellationToken)).Latest[schema.Slot];
        if (!latest.IsUsable || !double.IsFinite(latest.Value))
            return null;
        // A device whose clock is fast must not have shown it before it was asked.
        var at = latest.MeasuredAt < latest.ReceivedAt ? latest.MeasuredAt : latest.ReceivedAt;
        return new CommandInput.Observed(
            Instant.From(_time.GetUtcNow()), twinId, property, latest.Value, at);
    }
}
