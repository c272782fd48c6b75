using System.Threading.Channels;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Gateway.EventIngest;

/// <summary>
/// One partition for as long as this gateway reads it. Events go to the engine in their order, and the hub is told to
/// forget them only once the engine has them: after a crash what was not told comes again and changes nothing.
/// </summary>
public sealed partial class EventPartition : IAsyncDisposable
{
    private readonly EventPlace _place;
    private readonly EventServices _services;
    private readonly EventLimits _limits;
    private readonly Channel<Waiting> _waiting;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;
    private Waiting? _accepted; // the last one, not checkpointed yet
    private int _acceptedSince;
    private long _checkpointedAt;
    private long _minute;
    private int _keptInMinute;

    internal EventPartition(EventPlace place, EventServices services)
    {
        _place = place;
        _services = services;
        _limits = services.Limits;
        _checkpointedAt = services.Time.GetTimestamp();
        _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(_limits.EventsWaitingMax)
        {
            SingleReader = true,
        });
        _running = RunAsync(_ending.Token);
    }

    /// <summary>Ends with the partition; faulted where a bug ended it.</summary>
    public Task Completion => _running;

    private sealed record Waiting(HubEvent Event, Func<CancellationToken, Task> Checkpoint);

    /// <summary>Takes the next event; waits while as many wait as may, so that the hub is read no faster.</summary>
    /// <param name="checkpoint">Makes the hub forget this event and all before it.</param>
    /// <exception cref="ChannelClosedException">The partition has ended.</exception>
    public ValueTask OfferAsync(
        HubEvent happened, Func<CancellationToken, Task> checkpoint, CancellationToken cancellationToken) =>
        _waiting.Writer.WriteAsync(new Waiting(happened, checkpoint), cancellationToken);

    /// <summary>Ends: what the engine has is checkpointed, what waits is left to who reads the partition next.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _ending.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CheckpointAsync(CancellationToken.None);
        _ending.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        // Who opens the partition does not wait for it.
        await Task.Yield();
        var together = new List<Waiting>(_limits.EventsTogetherMax);
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
            {
                together.Clear();
                while (together.Count < _limits.EventsTogetherMax && _waiting.Reader.TryRead(out var next))
                    together.Add(next);
                await AcceptAsync(together, cancellationToken);
                _accepted = together[^1];
                _acceptedSince += together.Count;
                if (_acceptedSince >= _limits.EventsPerCheckpointMax
                    || _services.Time.GetElapsedTime(_checkpointedAt) >= _limits.CheckpointEvery)
                    await CheckpointAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped in order, or somebody else reads the partition now.
        }
        catch (Exception failed)
        {
            // Nothing is offered any more, and nothing is checkpointed: who reads it next begins where this one was.
            LogFailed(_services.Log, failed, _place.Hub, _place.Partition);
            _waiting.Writer.TryComplete(failed);
            throw;
        }
    }

    // Until the engine has all of them: sending again is safe.
    private async Task AcceptAsync(List<Waiting> events, CancellationToken cancellationToken)
    {
        var isFirst = true;
        for (var pause = _limits.AgainAfter; ; pause = Min(pause * 2, _limits.AgainAfterMax))
        {
            var refused = new List<(HubEvent Event, EventOutcome Outcome)>();
            var (batches, messages, readings) = Read(events, refused);
            try
            {
                // All handed over before the first is waited for: they share a flush.
                await Task.WhenAll(batches.Select(batch =>
                    _services.Engine.AcceptAsync(batch, cancellationToken).AsTask()).ToArray());
            }
            catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
            {
                _services.Counters.NotAccepted();
                LogNotAccepted(_services.Log, failed, _place.Hub, _place.Partition, pause.TotalSeconds);
                isFirst = false;
                await Task.Delay(pause, _services.Time, cancellationToken);
                continue;
            }

            _services.Meters.Accepted(IngestTransport.EventHubs, messages, readings);
            foreach (var (happened, outcome) in refused)
                await RefuseAsync(happened, outcome, cancellationToken);
            _services.Counters.Taken(events.Count, events[^1].Event.EnqueuedAt, _services.Time.GetUtcNow());
            if (!isFirst)
                LogAcceptedAgain(_services.Log, _place.Hub, _place.Partition);
            return;
        }
    }

    // A batch has one time of arrival; events of one millisecond share it.
    private (List<TelemetryBatch> Batches, int Messages, int Readings) Read(
        List<Waiting> events, List<(HubEvent, EventOutcome)> refused)
    {
        var batches = new List<TelemetryBatch>();
        var (messages, readings) = (0, 0);
        foreach (var (happened, _) in events)
        {
            var receivedAt = EventReader.ReceivedAt(happened);
            if (batches.Count == 0 || batches[^1].ReceivedAt != receivedAt)
                batches.Add(TelemetryBatch.Rent(receivedAt));
            var batch = batches[^1];
            var (count, countOfMessages) = (batch.Count, batch.MessageCount);
            EventOutcome outcome;
            try
            {
                outcome = _services.Reader.Read(happened, batch);
            }
            catch (Exception bug)
            {
                // One event that nobody thought of must not end the partition: it would be read again for ever.
                LogUnreadable(_services.Log, bug, _place.Hub, _place.Partition, happened.SequenceNumber);
                batch.TruncateTo(count);
                batch.MessageCount = countOfMessages;
                outcome = EventOutcome.Refused(RejectReason.MalformedPacket, null, bug.GetType().Name);
            }

            if (outcome.Kind == EventKind.Refused)
                refused.Add((happened, outcome));
            else if (outcome.Kind == EventKind.Connected)
                _services.Wakes?.Add(outcome.DeviceId!);
            if (outcome.Kind is EventKind.Connected or EventKind.PassedOver)
                _services.Counters.PassedOver();
            messages += batch.MessageCount - countOfMessages;
            readings += batch.Count - count;
        }

        foreach (var empty in batches.Where(batch => batch.Count == 0))
            empty.Return();
        batches.RemoveAll(batch => batch.Count == 0);
        return (batches, messages, readings);
    }

    private async Task RefuseAsync(HubEvent happened, EventOutcome outcome, CancellationToken cancellationToken)
    {
        if (_services.Rejects.Count(outcome.Reason, outcome.DeviceId))
            _services.Rejects.Keep(
                outcome.Reason, IngestTransport.EventHubs, outcome.DeviceId, outcome.TwinId, outcome.Detail,
                Excerpt.Of(happened.Body.Span, _services.Gateway.ExcerptCharactersMax));
        var minute = _services.Time.GetUtcNow().ToUnixTimeSeconds() / 60;
        if (minute != _minute)
            (_minute, _keptInMinute) = (minute, 0);
        if (_keptInMinute >= _limits.PoisonPerMinuteMax)
        {
            _services.Counters.PoisonDropped();
            return;
        }

        _keptInMinute++;
        try
        {
            await _services.Poison.KeepAsync(
                PoisonedEvent.NameOf(_place, happened), PoisonedEvent.Document(_place, happened, outcome),
                cancellationToken);
            _services.Counters.PoisonKept();
        }
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
        {
            // Telemetry of the others is worth more than the evidence; the reject list has it too.
            _services.Counters.PoisonDropped();
            LogPoisonNotKept(_services.Log, failed, _place.Hub, _place.Partition, happened.SequenceNumber);
        }
    }

    private async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        if (_accepted is not { } accepted)
            return;
        // A failed one waits as long as a good one for the next: what came since comes again after a crash.
        _checkpointedAt = _services.Time.GetTimestamp();
        _acceptedSince = 0;
        try
        {
            await accepted.Checkpoint(cancellationToken);
            _accepted = null;
            _services.Counters.Checkpointed();
        }
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
        {
            _services.Counters.NotCheckpointed();
            LogNotCheckpointed(_services.Log, failed, _place.Hub, _place.Partition);
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
