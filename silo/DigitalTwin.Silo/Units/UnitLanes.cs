namespace DigitalTwin.Silo.Units;

/// <summary>
/// Keeps deliveries of one source to one unit in order, one at a time: each waits for those before it that touch a unit
/// of its own. Bounded by how many may be on their way.
/// </summary>
internal sealed class UnitLanes : IDisposable
{
    /// <summary>Deliveries on their way or waiting; when full, the senders wait.</summary>
    public const int EnteredMax = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, Task> _last = [];
    private readonly SemaphoreSlim _places = new(EnteredMax);
    private long _sequence;

    /// <summary>Waits until it is this one's turn on all of the units.</summary>
    public async Task<Turn> EnterAsync(IReadOnlyCollection<int> units, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = new List<Task>();
        Turn turn;
        // All lanes under one lock: nobody waits for one that waits for him.
        lock (_gate)
        {
            foreach (var unit in units)
            {
                if (_last.TryGetValue(unit, out var other))
                    before.Add(other);
                _last[unit] = end.Task;
            }

            turn = new Turn(this, units, end, ++_sequence);
        }

        try
        {
            await Task.WhenAll(before).WaitAsync(cancellationToken);
        }
        catch
        {
            // Those behind must still wait for those before.
            _ = LeaveAfterAsync(turn, before);
            throw;
        }

        return turn;
    }

    /// <summary>Ends when nothing is on its way any more.</summary>
    public async Task EmptyAsync()
    {
        Task[] rest;
        lock (_gate)
            rest = [.. _last.Values];
        await Task.WhenAll(rest);
    }

    public void Dispose() => _places.Dispose();

    private static async Task LeaveAfterAsync(Turn turn, List<Task> before)
    {
        await Task.WhenAll(before);
        turn.Dispose();
    }

    /// <summary>One delivery's turn; disposing it lets the next ones in.</summary>
    /// <param name="Sequence">Higher than that of every turn before on any of its units.</param>
    internal sealed record Turn(
        UnitLanes Lanes, IReadOnlyCollection<int> Units, TaskCompletionSource End, long Sequence) : IDisposable
    {
        public void Dispose()
        {
            lock (Lanes._gate)
                foreach (var unit in Units)
                    if (Lanes._last.TryGetValue(unit, out var last) && last == End.Task)
                        Lanes._last.Remove(unit);
            Lanes._places.Release();
            End.TrySetResult();
        }
    }
}
