using System.Threading.Tasks.Sources;

namespace DigitalTwin.Silo.Journal;

/// <summary>One await of a commit, or of room in the buffer, used again and again.</summary>
internal sealed class CommitWaiter(CommitWaiterPool pool) : IValueTaskSource
{
    // The committer's thread must not run what its waiters do next.
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private int _outcomes;
    private int _holders;

    /// <summary>The waiter behind this one in its line or in the pool.</summary>
    public CommitWaiter? Next { get; set; }

    /// <summary>Begins an await that the line and the awaiting side both hold.</summary>
    public ValueTask Start(CancellationToken cancellation)
    {
        _outcomes = 0;
        _holders = 2;
        var task = new ValueTask(this, _source.Version);
        if (cancellation.CanBeCanceled)
            _registration = cancellation.UnsafeRegister(
                static (waiter, token) => ((CommitWaiter)waiter!).Cancel(token), this);
        return task;
    }

    /// <summary>Ends the await, unless it was cancelled; the line lets go of the waiter.</summary>
    public void Complete(Exception? failure)
    {
        if (Interlocked.Exchange(ref _outcomes, 1) == 0)
        {
            if (failure is null)
                _source.SetResult(true);
            else
                _source.SetException(failure);
        }

        Release();
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    public void GetResult(short token)
    {
        if (_source.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("A commit is awaited, not blocked on.");
        try
        {
            _source.GetResult(token);
        }
        finally
        {
            // Waits for a cancellation that runs just now, so that it cannot meet the waiter's next await.
            _registration.Dispose();
            _registration = default;
            Release();
        }
    }

    private void Cancel(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _outcomes, 1) == 0)
            _source.SetException(new OperationCanceledException(cancellation));
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _holders) > 0)
            return;
        _source.Reset();
        pool.Return(this);
    }
}

/// <summary>Waiters for the next awaits; what is returned beyond the bound goes to the garbage collector.</summary>
internal sealed class CommitWaiterPool
{
    private const int WaitersMax = 16_384;

    private readonly Lock _gate = new();
    private CommitWaiter? _first;
    private int _count;

    public CommitWaiter Rent()
    {
        lock (_gate)
        {
            if (_first is not { } waiter)
                return new CommitWaiter(this);
            _first = waiter.Next;
            waiter.Next = null;
            _count--;
            return waiter;
        }
    }

    public void Return(CommitWaiter waiter)
    {
        lock (_gate)
        {
            if (_count == WaitersMax)
                return;
            waiter.Next = _first;
            _first = waiter;
            _count++;
        }
    }
}

/// <summary>Waiters in the order they came.</summary>
internal struct CommitWaiterLine
{
    private CommitWaiter? _first;
    private CommitWaiter? _last;

    public void Add(CommitWaiter waiter)
    {
        if (_last is null)
            _first = waiter;
        else
            _last.Next = waiter;
        _last = waiter;
    }

    /// <summary>Hands the whole line over and is empty.</summary>
    public CommitWaiterLine Take()
    {
        var taken = this;
        this = default;
        return taken;
    }

    /// <summary>Ends every await of the line; each failure is an exception of its own, for it is thrown.</summary>
    public readonly void Complete(Func<Exception>? failure)
    {
        for (var waiter = _first; waiter is not null;)
        {
            // A completed waiter may at once be somewhere else.
            var next = waiter.Next;
            waiter.Next = null;
            waiter.Complete(failure?.Invoke());
            waiter = next;
        }
    }
}
