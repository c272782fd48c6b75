using System.Threading.Channels;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// Values on their way from the partitions into history: what all partitions gathered up to a round of the city goes
/// under the round's sequence. Nothing is dropped: where history falls behind, the rounds wait, and with them the
/// senders. A store that fails is tried again until it takes them.
/// </summary>
internal sealed class HistoryFeed : IAsyncDisposable
{
    /// <summary>
    /// Values waiting, of 64 bytes; at the usual load of a million meters about a quarter of an hour. A store that is
    /// away for as long does not stop the city.
    /// </summary>
    public const int WaitingMax = 4_000_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly Channel<Round> _rounds = Channel.CreateUnbounded<Round>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _taken = new(0, 1);

    private readonly IHistory _history;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;
    private long _waiting;

    public HistoryFeed(IHistory history, TimeProvider time)
    {
        (_history, _time) = (history, time);
        _running = Task.Run(RunAsync);
    }


    /// <summary>Hands over what the partitions gathered up to a round; waits where history is far behind.</summary>
    /// <param name="previous">The round before.</param>
    public async ValueTask WriteAsync(ulong previous, ulong sequence, List<HistoryValue> values)
    {
        // One round at a time comes here.
        while (Interlocked.Read(ref _waiting) >= WaitingMax)
            await _taken.WaitAsync();
        Interlocked.Add(ref _waiting, values.Count);
        await _rounds.Writer.WriteAsync(new Round(previous, sequence, values, Stored: null));
    }

    /// <summary>Ends when everything handed over so far is in the store for good.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _rounds.Writer.WriteAsync(new Round(0, 0, [], stored), cancellationToken);
        await stored.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Takes nothing more in, and gives history what waits. What it does not take is played back at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        _rounds.Writer.TryComplete();
        _ending.CancelAfter(s_patience);
        await _running;
        _ending.Dispose();
        _taken.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (var round in _rounds.Reader.ReadAllAsync())
        {
            try
            {
                await TakeAsync(round);
                Interlocked.Add(ref _waiting, -round.Values.Count);
                if (_taken.CurrentCount == 0)
                    _taken.Release();
            }
            catch (OperationCanceledException)
            {
                return;
            }
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

    private sealed record Round(ulong Previous, ulong Sequence, List<HistoryValue> Values, TaskCompletionSource? Stored);
}
