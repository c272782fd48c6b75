using System.Threading.Channels;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// The one writer of a partition: takes batches and work in the order they came. A failure here is a bug in a rule;
/// the loop ends with it and accepts nothing more, because a half-applied state must not be shown as good.
/// </summary>
internal sealed class PartitionLoop
{
    /// <summary>Batches waiting; when full, the senders wait, and with them their connections.</summary>
    public const int QueuedMax = 1_024;

    // The room is counted apart, so that who has room can keep several loops in one order without waiting.
    // As much room as is given out, in one ring: a queue of segments would allocate with every batch.
    private readonly Channel<Input> _inputs = Channel.CreateBounded<Input>(
        new BoundedChannelOptions(QueuedMax + 1) { SingleReader = true });

    // Free places among what waits; a channel, because its waiters are kept for reuse.
    private readonly Channel<byte> _places = Channel.CreateBounded<byte>(QueuedMax);

    private readonly TwinPartition _partition;
    private Exception? _failure;
    private volatile bool _isClosed;

    public PartitionLoop(TwinPartition partition)
    {
        _partition = partition;
        for (var place = 0; place < QueuedMax; place++)
            _places.Writer.TryWrite(0);
        Completion = Task.Run(RunAsync);
    }

    /// <summary>Ends with the loop; faulted where a rule failed.</summary>
    public Task Completion { get; }

    /// <summary>Read without stopping the loop: each figure is exact, their sum may be a moment apart.</summary>
    public ref readonly PartitionCounters Counters => ref _partition.Counters;

    public int TwinCount => _partition.Count;

    public TwinPartition Partition => _partition;

    /// <summary>Takes a place among what waits, without waiting; every post needs one.</summary>
    /// <exception cref="ChannelClosedException">The loop has ended.</exception>
    public bool TryEnter()
    {
        ThrowIfClosed();
        return _places.Reader.TryRead(out _);
    }

    /// <summary>Waits for a place among what waits.</summary>
    /// <exception cref="ChannelClosedException">The loop has ended.</exception>
    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        await _places.Reader.ReadAsync(cancellationToken);
        if (_isClosed)
            Leave();
        ThrowIfClosed();
    }

    /// <summary>Gives back a place that nothing was posted to.</summary>
    public void Leave() => _places.Writer.TryWrite(0);

    /// <summary>Hands over a batch; the caller has entered. False where the loop has ended.</summary>
    public bool Post(TelemetryBatch batch, long sequence) => Post(new Input(batch, Work: null, Round: null, sequence));

    /// <summary>Hands over a round of the city; the caller has entered.</summary>
    public bool Post(CityRound round, long sequence) => Post(new Input(Batch: null, Work: null, round, sequence));

    public async ValueTask<T> RunAsync<T>(Func<TwinPartition, T> work, CancellationToken cancellationToken)
    {
        var item = new PartitionWork<T>(work);
        await EnterAsync(cancellationToken);
        if (!Post(item))
            throw new ChannelClosedException(_failure);
        return await item.Outcome.WaitAsync(cancellationToken);
    }

    /// <summary>Hands over work; the caller has entered. False where the loop has ended.</summary>
    public bool Post(IPartitionWork work, long sequence = 0) => Post(new Input(Batch: null, work, Round: null, sequence));

    /// <summary>Takes nothing more in and finishes what is queued.</summary>
    public Task StopAsync()
    {
        _isClosed = true;
        _inputs.Writer.TryComplete();
        return Completion;
    }

    private void ThrowIfClosed()
    {
        if (_isClosed)
            throw new ChannelClosedException(_failure);
    }

    private bool Post(in Input input)
    {
        if (_inputs.Writer.TryWrite(input))
            return true;
        Leave();
        return false;
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _inputs.Reader.WaitToReadAsync())
                while (_inputs.Reader.TryRead(out var input))
                {
                    Leave();
                    if (input.Sequence > 0)
                        _partition.BeginInput(input.Sequence);
                    if (input.Round is { } round)
                        await round.MeetAsync(_partition);
                    else
                        Take(input);
                }
        }
        catch (Exception failure)
        {
            _failure = failure;
            _isClosed = true;
            _inputs.Writer.TryComplete(failure);
            while (_inputs.Reader.TryRead(out var input))
            {
                input.Work?.Abandon(failure);
                input.Round?.Abandon(failure);
            }

            // Who waits for a place finds out that there will be none.
            _places.Writer.TryComplete(failure);
            throw;
        }
    }

    private void Take(Input input)
    {
        if (input.Batch is { } batch)
        {
            _partition.Apply(batch);
            batch.Return();
        }
        else
        {
            input.Work!.Execute(_partition);
        }
    }

    private readonly record struct Input(TelemetryBatch? Batch, IPartitionWork? Work, CityRound? Round, long Sequence);
}
