using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// A tick of the clock for the whole city. It stands at one place of the inputs of every partition: each looks at its
/// own twins and waits; the last to come adds up what spans them, while nothing else moves.
/// </summary>
internal sealed class CityRound(Instant now, int sweptMax, int partitions, CityTotals totals, Action? atEnd, Func<ValueTask>? gather)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing = partitions;

    /// <summary>Ends when every partition may go on; faulted where a rule failed.</summary>
    public Task End => _end.Task;

    /// <summary>What a partition does when it comes to the round.</summary>
    public async Task MeetAsync(TwinPartition partition)
    {
        try
        {
            partition.Sweep(now, sweptMax);
            if (Interlocked.Decrement(ref _missing) > 0)
            {
                await _end.Task;
                return;
            }

            totals.Advance(now);
            // All stand still at the same place: what is looked at here is the city at one moment.
            atEnd?.Invoke();
            if (gather is not null)
                await gather();
            _end.TrySetResult();
        }
        catch (Exception failure)
        {
            // The others must not wait for one that will not come.
            _end.TrySetException(failure);
        }

        await _end.Task;
    }

    /// <summary>A loop has ended before it came to this.</summary>
    public void Abandon(Exception reason) => _end.TrySetException(reason);
}
