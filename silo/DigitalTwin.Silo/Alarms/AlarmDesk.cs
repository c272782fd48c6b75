using System.Threading.Channels;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Alarms;

/// <summary>
/// The one writer of the city's alarm board: takes the conditions that twins signal, the operators' acts and the
/// clock in turn, and has every change on disk before it answers. A disk that fails ends the desk: an acknowledgement
/// that may be lost is none.
/// </summary>
public sealed class AlarmDesk : IAlarmDesk, IAsyncDisposable
{
    // So many signals share one flush; operators wait no longer than that.
    private const int SignalsPerFlushMax = 4_096;

    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    private readonly DeskQueue<AlarmBoard, AlarmInput, AlarmOutcome> _work = new();
    private readonly CityGraph _graph;
    private readonly AlarmRuleBook _rules;
    private readonly AlarmQueue _signals;
    private readonly AlarmLog _log;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly SegmentedJournal? _causes;
    private readonly List<AlarmSignal> _batch = [];
    private Task<bool>? _signalsWait;
    private Task<bool>? _workWait;
    private ulong _revision;
    private long _settledTo;
    private long _signalsTaken;

    /// <param name="causes">The engine's journal: a signal is taken in when its cause is on disk. None where the engine has none.</param>
    public AlarmDesk(
        CityGraph graph, AlarmRuleBook rules, AlarmQueue signals, AlarmLog log, TimeProvider time,
        SegmentedJournal? causes = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(time);
        _graph = graph;
        _rules = rules;
        _signals = signals;
        _log = log;
        _time = time;
        _causes = causes;
        _revision = log.Board.Revision;
        // What comes is recorded when it comes.
        _settledTo = Math.Max(log.Board.Now.UnixMilliseconds, Now.UnixMilliseconds);
        Completion = Task.Run(RunAsync);
        _timer = time.CreateTimer(_ => _work.Tell(new AlarmInput.Tick(Now)), state: null, s_tick, s_tick);
    }

    /// <summary>Ends with the desk; faulted where the disk failed.</summary>
    public Task Completion { get; }

    public ulong Revision => Volatile.Read(ref _revision);

    /// <summary>Whatever is still to be recorded is recorded at this instant or later; all before it is on disk.</summary>
    internal Instant SettledTo => new(Volatile.Read(ref _settledTo));

    private Instant Now => Instant.From(_time.GetUtcNow());

    public ValueTask<T> AskAsync<T>(Func<AlarmBoard, T> question, CancellationToken cancellationToken) =>
        _work.AskAsync(question, cancellationToken);

    public ValueTask<AlarmOutcome> ActAsync(AlarmInput act, CancellationToken cancellationToken) =>
        _work.ActAsync(act, cancellationToken);

    /// <summary>Ends when every signal that came before the call is on the board and on disk.</summary>
    /// <exception cref="ChannelClosedException">The desk has ended.</exception>
    public async Task SettledAsync(CancellationToken cancellationToken)
    {
        var written = _signals.Written;
        // A turn takes so many signals at most, and a question comes behind them.
        while (!await AskAsync(_ => _signalsTaken >= written, cancellationToken))
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _signals.Complete();
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

    private async Task RunAsync()
    {
        try
        {
            var isOpen = true;
            while (isOpen)
            {
                isOpen = await WaitAsync();
                await TakeAllAsync();
            }
        }
        catch (Exception failure)
        {
            // The partitions must not wait for a desk that is gone.
            _signals.Complete();
            _work.Abandon(failure);
            throw;
        }
    }

    // False once both sources have ended and nothing waits any more.
    private async Task<bool> WaitAsync()
    {
        // One wait at a time each: in a quiet city every second would leave another behind.
        _signalsWait ??= _signals.Reader.WaitToReadAsync().AsTask();
        _workWait ??= _work.WaitAsync().AsTask();
        await Task.WhenAny(_signalsWait, _workWait);
        var isOpen = (_signalsWait.IsCompleted && await _signalsWait) || (_workWait.IsCompleted && await _workWait);
        if (!isOpen)
            isOpen = await _signalsWait | await _workWait;
        if (_signalsWait.IsCompleted)
            _signalsWait = null;
        if (_workWait.IsCompleted)
            _workWait = null;
        return isOpen;
    }

    private async Task TakeAllAsync()
    {
        // Before the signals: what a question comes after is then among them, whenever in a turn it comes.
        _work.Gather();
        _batch.Clear();
        var cause = 0L;
        while (_batch.Count < SignalsPerFlushMax && _signals.Reader.TryRead(out var signal))
        {
            _batch.Add(signal);
            cause = Math.Max(cause, signal.Origin.JournalSequence);
        }

        // An alarm must not be known after a restart whose cause is not.
        if (cause > 0 && _causes is not null)
            await _causes.CommittedAsync(cause);
        var now = Now;
        foreach (var signal in _batch)
            Take(new AlarmInput.Signal(
                now, _graph.IdOf(signal.Twin), _rules.Rules[signal.Rule].Code, signal.IsRaised, signal.At, signal.Value)
            {
                Origin = signal.Origin,
            });
        _signalsTaken += _batch.Count;
        _work.Take(_log.Board, Take);
        _log.Flush();
        Volatile.Write(ref _revision, _log.Board.Revision);
        if (_log.Board.Now.UnixMilliseconds > _settledTo)
            Volatile.Write(ref _settledTo, _log.Board.Now.UnixMilliseconds);
        _work.Answer();
    }

    // What changes nothing need not be told again after a restart; but it has moved the board's clock, so what is told
    // says when that clock took it: else it would be judged at another time. The first input begins the board's
    // figures.
    private AlarmOutcome Take(AlarmInput input)
    {
        var board = _log.Board;
        var isFirst = board.Now.IsNever;
        if (input.RecordedAt < board.Now)
            input = input with { RecordedAt = board.Now };
        var outcome = board.Apply(input);
        if (outcome == AlarmOutcome.Applied)
            _log.Append(input);
        else if (isFirst)
            _log.Append(new AlarmInput.Tick(board.Now));
        return outcome;
    }
}
