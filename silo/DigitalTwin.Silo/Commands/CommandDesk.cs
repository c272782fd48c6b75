using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Commands;

/// <summary>
/// The one writer of the city's command book: takes orders, what became of commands, what telemetry shows and the clock
/// in turn, and has every change on disk before it answers. A disk that fails ends the desk.
/// </summary>
public sealed class CommandDesk : ICommands, IAsyncDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    private readonly DeskQueue<CommandBook, CommandInput, CommandOutcome> _work = new();
    private readonly CommandLog _log;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    // Twins that were sent something since the watch last looked: their telemetry may have been faster.
    private readonly HashSet<string> _sentTwins = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _hasDue = new(0, 1);

    public CommandDesk(CommandLog log, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(time);
        (_log, _time) = (log, time);
        Completion = Task.Run(RunAsync);
        _timer = time.CreateTimer(_ => _work.Tell(new CommandInput.Tick(Now)), state: null, s_tick, s_tick);
        // Deadlines that passed while the city stood still pass now.
        _work.Tell(new CommandInput.Tick(Now));
    }

    /// <summary>Ends with the desk; faulted where the disk failed.</summary>
    public Task Completion { get; }

    private Instant Now => Instant.From(_time.GetUtcNow());

    public ValueTask<CommandOutcome> ApplyAsync(CommandInput input, CancellationToken cancellationToken) =>
        _work.ActAsync(input, cancellationToken);

    public ValueTask<T> AskAsync<T>(Func<CommandBook, T> question, CancellationToken cancellationToken) =>
        _work.AskAsync(question, cancellationToken);

    public async ValueTask<IReadOnlyList<DueCommand>> TakeDueAsync(int most, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        while (true)
        {
            var due = await _work.AskAsync(
                book => book.TakeDue(most).Select(Due).ToArray(), cancellationToken);
            if (due.Length > 0)
                return due;
            await _hasDue.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask WakeAsync(IReadOnlyList<string> twinIds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(twinIds);
        await _work.AskAsync(
            book =>
            {
                foreach (var twin in twinIds)
                    book.Wake(twin);
                return true;
            },
            cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _work.Close();
        try
        {
            await Completion;
        }
        finally
        {
            _log.Dispose();
        }
    }

    /// <summary>
    /// Which values would show that something is done: of the twins that changed, and of those that were sent something
    /// since the last call.
    /// </summary>
    internal ValueTask<IReadOnlyList<(string TwinId, string Property)>> WatchedAsync(
        IReadOnlyList<string> changed, CancellationToken cancellationToken) =>
        _work.AskAsync<IReadOnlyList<(string TwinId, string Property)>>(
            book =>
            {
                _sentTwins.UnionWith(changed);
                var watched = _sentTwins
                    .SelectMany(twin => book.OpenOf(twin)
                        .Where(command => !command.SentAt.IsNever && command.Order.Order.Expectation is not null)
                        .Select(command => (twin, command.Order.Order.Expectation!.Value.Property)))
                    .Distinct().ToArray();
                _sentTwins.Clear();
                return watched;
            },
            cancellationToken);

    private static DueCommand Due(Command command)
    {
        var order = command.Order.Order;
        return new DueCommand(command.Key, order.Name, order.Payload, order.Deadline, command.Attempts + 1)
        {
            Until = order.Until,
        };
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _work.WaitAsync())
            {
                _work.Gather();
                _work.Take(_log.Book, Take);
                _log.Flush();
                if (_log.Book.HasDue && _hasDue.CurrentCount == 0)
                    _hasDue.Release();
                _work.Answer();
            }
        }
        catch (Exception failure)
        {
            _work.Abandon(failure);
            throw;
        }
    }

    // What changes nothing need not be told again after a restart; but it has moved the book's clock, so what is told
    // says when that clock took it: else it would be judged at another time.
    private CommandOutcome Take(CommandInput input)
    {
        var book = _log.Book;
        if (input.RecordedAt < book.Now)
            input = input with { RecordedAt = book.Now };
        var outcome = book.Apply(input);
        if (outcome != CommandOutcome.Applied)
            return outcome;
        _log.Append(input);
        if (input is CommandInput.Sent sent)
            _sentTwins.Add(sent.Key.TwinId);
        return outcome;
    }
}
