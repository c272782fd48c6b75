using System.Threading.Channels;

namespace DigitalTwin.Silo.Storage;

/// <summary>
/// What waits for the one writer of a book: questions and acts of many. The writer takes them in turn, has what they
/// changed on disk, and answers them then.
/// </summary>
/// <typeparam name="TBook">Only the writer touches it.</typeparam>
/// <typeparam name="TInput">What changes it.</typeparam>
/// <typeparam name="TOutcome">What became of that.</typeparam>
internal sealed class DeskQueue<TBook, TInput, TOutcome>
{
    /// <summary>Questions and acts waiting; when full, those who ask wait.</summary>
    public const int WaitingMax = 1_024;

    private readonly Channel<Work> _waiting = Channel.CreateBounded<Work>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly List<Work> _unanswered = [];

    public async ValueTask<T> AskAsync<T>(Func<TBook, T> question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(question);
        var work = new Question<T>(question);
        await _waiting.Writer.WriteAsync(work, cancellationToken);
        return await work.Answer.WaitAsync(cancellationToken);
    }

    public async ValueTask<TOutcome> ActAsync(TInput act, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(act);
        var work = new Act(act);
        await _waiting.Writer.WriteAsync(work, cancellationToken);
        return await work.Answer.WaitAsync(cancellationToken);
    }

    /// <summary>An act whose outcome nobody waits for; dropped where the queue is full, since the next one comes.</summary>
    public void Tell(TInput act) => _waiting.Writer.TryWrite(new Act(act));

    /// <summary>False once the queue was closed and nothing waits.</summary>
    public ValueTask<bool> WaitAsync() => _waiting.Reader.WaitToReadAsync();

    /// <summary>Takes up what waits; whatever comes later is the next turn's.</summary>
    public void Gather()
    {
        while (_unanswered.Count < WaitingMax && _waiting.Reader.TryRead(out var work))
            _unanswered.Add(work);
    }

    /// <summary>Does what was gathered, once a turn; the answers are held back.</summary>
    public void Take(TBook book, Func<TInput, TOutcome> apply)
    {
        foreach (var work in _unanswered)
            work.Execute(book, apply);
    }

    /// <summary>What was done is on disk: answers it.</summary>
    public void Answer()
    {
        foreach (var work in _unanswered)
            work.Complete();
        _unanswered.Clear();
    }

    /// <summary>Takes nothing more in.</summary>
    public void Close() => _waiting.Writer.TryComplete();

    /// <summary>The writer has failed: nobody is to wait for it.</summary>
    public void Abandon(Exception reason)
    {
        _waiting.Writer.TryComplete(reason);
        foreach (var work in _unanswered)
            work.Abandon(reason);
        while (_waiting.Reader.TryRead(out var work))
            work.Abandon(reason);
    }

    private abstract class Work
    {
        public abstract void Execute(TBook book, Func<TInput, TOutcome> apply);

        public abstract void Complete();

        public abstract void Abandon(Exception reason);
    }

    private sealed class Question<T>(Func<TBook, T> question) : Work
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _found;
        private Exception? _failure;

        public Task<T> Answer => _answer.Task;

        public override void Execute(TBook book, Func<TInput, TOutcome> apply)
        {
            try
            {
                _found = question(book);
            }
            catch (Exception wrong) when (wrong is not OutOfMemoryException)
            {
                // A question that fails is the asker's; the book is as it was.
                _failure = wrong;
            }
        }

        public override void Complete()
        {
            if (_failure is null)
                _answer.TrySetResult(_found!);
            else
                _answer.TrySetException(_failure);
        }

        public override void Abandon(Exception reason) => _answer.TrySetException(reason);
    }

    private sealed class Act(TInput act) : Work
    {
        private readonly TaskCompletionSource<TOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TOutcome? _outcome;

        public Task<TOutcome> Answer => _answer.Task;

        public override void Execute(TBook book, Func<TInput, TOutcome> apply) => _outcome = apply(act);

        public override void Complete() => _answer.TrySetResult(_outcome!);

        // Nobody may be waiting for it, and then its failure is told by the writer alone.
        public override void Abandon(Exception reason)
        {
            _answer.TrySetException(reason);
            _ = _answer.Task.Exception;
        }
    }
}
