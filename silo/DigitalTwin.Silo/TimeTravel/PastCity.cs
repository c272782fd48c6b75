using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.TimeTravel;

/// <summary>
/// A city as it was: an engine that the journal is played back into, from round to round of its clock, and the board
/// that goes with it. It keeps its place in both logs, so that a step costs what happened in it.
/// </summary>
internal sealed class PastCity : IPastCity
{
    private readonly EmbeddedEngine _engine;
    private readonly PastAlarmDesk _alarms;
    private readonly PastClock _clock;
    private readonly JournalCursor _journal;
    private readonly Func<Instant> _settledTo;
    private readonly Action _closed;
    private readonly SemaphoreSlim _turn = new(1);

    // What was read behind the round it stands at: inputs, and the round that ends them once that is written.
    private readonly List<PlayedInput> _ahead = [];
    private long _sequence;
    private bool _isBroken;
    private volatile bool _isClosed;

    public PastCity(
        EmbeddedEngine engine, PastAlarmDesk alarms, PastClock clock, JournalCursor journal, Func<Instant> settledTo,
        Action closed)
    {
        (_engine, _alarms, _clock, _journal, _settledTo, _closed) = (engine, alarms, clock, journal, settledTo, closed);
        _clock.Now = engine.Clock.Now;
        _sequence = journal.NextSequence - 1;
        Engine = new PastEngine(engine);
    }

    public ITwinEngine Engine { get; }

    public IAlarmDesk Alarms => _alarms;

    public Instant Now => _clock.Now;

    internal bool IsClosed => _isClosed;

    /// <summary>Everything that is in memory of it.</summary>
    internal EmbeddedEngine States => _engine;

    public ValueTask AdvanceAsync(Instant target, CancellationToken cancellationToken) =>
        AdvanceAsync(target, progress: null, cancellationToken);

    public async ValueTask AdvanceAsync(Instant target, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            // Operators may still do something at a later instant.
            var settled = _settledTo();
            await PlayAsync(target < settled ? target : settled, progress, cancellationToken);
        }
        catch (Exception wrong) when (wrong is JournalException or InputLogException or IOException
            or InvalidDataException or UnauthorizedAccessException)
        {
            throw new PastUnavailableException($"The city cannot go on from {Now}: {wrong.Message}", wrong);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_isClosed)
                return;
            _isClosed = true;
            await _engine.DisposeAsync();
            _alarms.Dispose();
            _journal.Dispose();
        }
        finally
        {
            _turn.Release();
        }

        _closed();
    }

    private async ValueTask PlayAsync(Instant target, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (target < Now)
            return;
        CityRound? last = null;
        var (from, at) = (Now, Now);
        try
        {
            while (TryReadRound(out var round) && (round.Round <= target || round.Round <= at))
            {
                cancellationToken.ThrowIfCancellationRequested();
                last = await _engine.PlayAsync(_ahead) ?? last;
                _ahead.Clear();
                _sequence = round.Sequence;
                at = round.Round > at ? round.Round : at;
                from = from.IsNever ? at : from;
                if (target > from)
                    progress?.Report((at - from) / (target - from));
            }
        }
        finally
        {
            if (last is not null)
                await last.End;
            _clock.Now = at;
        }

        _alarms.Advance(at, _sequence);
    }

    // False at the end of what is on disk; then it goes on from there.
    private bool TryReadRound(out PlayedInput round)
    {
        if (_isBroken)
            throw new InvalidDataException("the journal has a record that cannot be read");
        while (_ahead.Count == 0 || !_ahead[^1].IsRound)
        {
            if (!_journal.TryNext(out var record))
            {
                round = default;
                return false;
            }

            // Read in part, it cannot be gone on from.
            _isBroken = true;
            _engine.Read(record, _ahead);
            _isBroken = false;
        }

        round = _ahead[^1];
        return true;
    }
}
