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

    private readonly Channel<Input> _inputs = Channel.CreateBounded<Input>(new BoundedChannelOptions(QueuedMax)
    {
        SingleReader = true,
        FullMode = BoundedChannelFullMode.Wait,
    });

    private readonly TwinPartition _partition;

    public PartitionLoop(TwinPartition partition)
    {
        _partition = partition;
        Completion = Task.Run(RunAsync);
    }

    /// <summary>Ends with the loop; faulted where a rule failed.</summary>
    public Task Completion { get; }

    /// <summary>Read without stopping the loop: each figure is exact, their sum may be a moment apart.</summary>
    public ref readonly PartitionCounters Counters => ref _partition.Counters;

    public int TwinCount => _partition.Count;

    public ValueTask PostAsync(TelemetryBatch batch, CancellationToken cancellationToken) =>
        _inputs.Writer.WriteAsync(new Input(batch, Work: null), cancellationToken);

    public bool TryPost(TelemetryBatch batch) => _inputs.Writer.TryWrite(new Input(batch, Work: null));

    public async ValueTask<T> RunAsync<T>(Func<TwinPartition, T> work, CancellationToken cancellationToken)
    {
        var item = new PartitionWork<T>(work);
        await _inputs.Writer.WriteAsync(new Input(Batch: null, item), cancellationToken);
        return await item.Outcome.WaitAsync(cancellationToken);
    }

    /// <summary>Work that nobody awaits and that may be left out when the queue is full; it comes again.</summary>
    public bool TryPost(IPartitionWork work) => _inputs.Writer.TryWrite(new Input(Batch: null, work));

    /// <summary>Takes nothing more in and finishes what is queued.</summary>
    public Task StopAsync()
    {
        _inputs.Writer.TryComplete();
        return Completion;
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _inputs.Reader.WaitToReadAsync())
                while (_inputs.Reader.TryRead(out var input))
                    Take(input);
        }
        catch (Exception failure)
        {
            _inputs.Writer.TryComplete(failure);
            while (_inputs.Reader.TryRead(out var input))
                input.Work?.Abandon(failure);
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

    private readonly record struct Input(TelemetryBatch? Batch, IPartitionWork? Work);
}
