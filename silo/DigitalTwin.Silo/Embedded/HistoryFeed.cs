using System.Threading.Channels;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// Values on their way from the partitions into history: what all partitions gathered up to a round of the city goes
/// under the round's sequence, once that is on disk in the journal: a crash must not leave values under a sequence that
/// the next life gives to others. Nothing is dropped: where history falls behind, the rounds wait, and with them the
/// senders. A store that fails is tried again until it takes them, or the city ends: the journal still has them then.
/// </summary>
internal sealed class HistoryFeed : IAsyncDisposable
{
    /// <summary>
    /// Values waiting, of 64 bytes; at the usual load of a million meters about a quarter of an hour. A store that is
    /// away for as long does not stop the city.
    /// </summary>
    public const int WaitingMax = 4_000_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    // A store that is away must not keep a city from ending; the next start plays back what it did not take.
    private static readonly TimeSpan s_endingMax = TimeSpan.FromSeconds(3);

    private readonly Channel<Round> _rounds = Channel.CreateUnbounded<Round>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _taken = new(0, 1);

    private readonly IHistory _history;
    private readonly SegmentedJournal _journal;
    private readonly TimeProvider _time;
    private readonly int _waitingMax;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;
    private long _waiting;

    public HistoryFeed(IHistory history, SegmentedJournal journal, TimeProvider time, int waitingMax = WaitingMax)
    {
        (_history, _journal, _time, _waitingMax) = (history, journal, time, waitingMax);
        _running = Task.Run(RunAsync);
    }


    /// <summary>Hands over what the partitions gathered up to a round; waits where history is far behind.</summary>
    /// <param name="previous">The round before.</param>
    /// <param name="committed">The round's place in the journal.</param>
    public async ValueTask WriteAsync(ulong previous, ulong sequence, long committed, List<HistoryValue> values)
    {
        try
        {
            // One round at a time comes here.
            while (Interlocked.Read(ref _waiting) >= _waitingMax)
                await _taken.WaitAsync(_ending.Token);
        }
        catch (OperationCanceledException)
        {
            // It ends; no later round is taken either, so that the next start plays this one back.
            return;
        }

        Interlocked.Add(ref _waiting, values.Count);
        _rounds.Writer.TryWrite(new Round(previous, sequence, committed, values, Stored: null));
    }

    /// <summary>Ends when everything handed over so far is in the store for good.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _rounds.Writer.WriteAsync(new Round(0, 0, 0, [], stored), cancellationToken);
        await stored.Task.WaitAsync(cancellationToken);
    }

    /// <summary>From here on nobody waits long for history: what it does not take is played back at the next start.</summary>
    public void BeginEnd() => _ending.CancelAfter(s_endingMax);

    /// <summary>Takes nothing more in, and gives history what waits, for as long as <see cref="BeginEnd"/> grants.</summary>
    public async ValueTask DisposeAsync()
    {
        _rounds.Writer.TryComplete();
        BeginEnd();
        await _running;
        _ending.Dispose();
        _taken.Dispose();
    }

    private async Task RunAsync()
    {
        Round? taken = null;
        try
        {
            await foreach (var round in _rounds.Reader.ReadAllAsync(_ending.Token))
            {
                taken = round;
                await TakeAsync(round);
                Interlocked.Add(ref _waiting, -round.Values.Count);
                if (_taken.CurrentCount == 0)
                    _taken.Release();
            }
        }
        catch (Exception end) when (end is OperationCanceledException or JournalException)
        {
            // The city ends, or its journal has failed and the engine ends with it. What waits is in the journal.
            await _ending.CancelAsync();
            _rounds.Writer.TryComplete();
            do
                taken?.Stored?.TrySetException(end);
            while (_rounds.Reader.TryRead(out taken));
        }
    }

    private async Task TakeAsync(Round round)
    {
        while (true)
        {
            try
            {
                if (round.Stored is { } stored)
                {
                    await _history.FlushAsync(_ending.Token);
                    stored.TrySetResult();
                    return;
                }

                await _journal.CommittedAsync(round.Committed, _ending.Token);
                await AppendAsync(round);
                return;
            }
            catch (HistoryStoreException)
            {
                await Task.Delay(s_patience, _time, _ending.Token);
            }
        }
    }

    // More than one call may take goes under the sequences since the round before, which were its telemetry's.
    private async Task AppendAsync(Round round)
    {
        var values = round.Values.ToArray().AsMemory();
        var sequence = round.Previous;
        while (values.Length > HistoryLimits.ValuesPerAppendMax)
        {
            sequence = Math.Min(sequence + 1, round.Sequence - 1);
            await _history.AppendAsync(sequence, values[..HistoryLimits.ValuesPerAppendMax], _ending.Token);
            values = values[HistoryLimits.ValuesPerAppendMax..];
        }

        await _history.AppendAsync(round.Sequence, values, _ending.Token);
    }

    private sealed record Round(
        ulong Previous, ulong Sequence, long Committed, List<HistoryValue> Values, TaskCompletionSource? Stored);
}
