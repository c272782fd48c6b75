using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.TimeTravel;

/// <summary>The alarm board as operators saw it at an instant that has passed, made again from its log.</summary>
internal sealed class PastAlarmDesk(AlarmLogReader log, int epoch) : IAlarmDesk, IDisposable
{
    private readonly Lock _gate = new();
    private ulong _revision = log.Board.Revision;

    public ulong Revision => Volatile.Read(ref _revision);

    public ValueTask<T> AskAsync<T>(Func<AlarmBoard, T> question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(question);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            lock (_gate)
                return ValueTask.FromResult(question(log.Board));
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException)
        {
            return ValueTask.FromException<T>(wrong);
        }
    }

    public ValueTask<AlarmOutcome> ActAsync(AlarmInput act, CancellationToken cancellationToken) =>
        throw new NotSupportedException("nobody acts on an alarm of the past");

    /// <summary>
    /// Takes in what was recorded up to an instant, in the order of the log. What the engine signalled of an input
    /// behind its round was recorded behind it, even where that was in the same millisecond.
    /// </summary>
    /// <param name="sequence">Of the round in the engine's journal.</param>
    /// <exception cref="InputLogException">A line cannot be read, or the log was let go meanwhile.</exception>
    public void Advance(Instant to, long sequence)
    {
        var last = SignalOrigin.Of(0, epoch, sequence, 0).Sequence;
        lock (_gate)
        {
            while (log.Peek() is { } input && input.RecordedAt <= to
                && IsUpTo(input, last))
            {
                log.Board.Apply(input);
                log.Take();
            }

            log.Board.MoveClock(to);
            Volatile.Write(ref _revision, log.Board.Revision);
        }
    }

    public void Dispose() => log.Dispose();

    private static bool IsUpTo(AlarmInput input, long sequence) =>
        input is not AlarmInput.Signal signal || signal.Origin.Sequence <= sequence;
}
