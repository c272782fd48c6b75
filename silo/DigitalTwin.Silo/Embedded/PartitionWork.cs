namespace DigitalTwin.Silo.Embedded;

/// <summary>Something to do with a partition between two batches, on its loop; the caller awaits the outcome.</summary>
internal sealed class PartitionWork<T>(Func<TwinPartition, T> work) : IPartitionWork
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Outcome => _completion.Task;

    public void Execute(TwinPartition partition)
    {
        try
        {
            _completion.SetResult(work(partition));
        }
        catch (Exception failure)
        {
            // The loop ends with it; whoever waits for this very work must not wait for ever.
            _completion.TrySetException(failure);
            throw;
        }
    }

    public void Abandon(Exception reason) => _completion.TrySetException(reason);
}

internal interface IPartitionWork
{
    void Execute(TwinPartition partition);

    /// <summary>The loop has ended before it came to this.</summary>
    void Abandon(Exception reason);
}
