using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// A tick of the clock for the whole city. It stands at one place of the inputs of every partition: each looks at its
/// own twins and waits; the last to come adds up what spans them, while nothing else moves.
/// </summary>
internal sealed class CityRound(Instant now, int sweptMax, int partitions, CityTotals totals, Action? atEnd = null)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing = partitions;

    /// <summary>Ends when every partition may go on; faulted where a rule failed.</summary>
    public Task End => _end.Task;

    /// <summary>What a partition does when it comes to the round.</summary>
    public Task MeetAsync(TwinPartition partition)
    {
        try
        {
            partition.Sweep(now, sweptMax);
            if (Interlocked.Decrement(ref _missing) > 0)
                return _end.Task;
            totals.Advance(now);
            // All stand still at the same place: what is looked at here is the city at one moment.
            atEnd?.Invoke();
            _end.TrySetResult();
        }
        catch (Exception failure)
        {
            // The others must not wait for one that will not come.
            _end.TrySetException(failure);
        }

        return _end.Task;
    }

    /// <summary>A loop has ended before it came to this.</summary>
    public void Abandon(Exception reason) => _end.TrySetException(reason);
}
