using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// Fetches the alarm signals of a cluster's units for the alarm desk. A unit keeps a signal until the desk has it on
/// disk; one that comes again is known by its origin. Areas say which units have some; at the start, and then round and
/// round, every unit is asked and told which of its alarms stand, so that neither side is wrong for ever.
/// </summary>
public sealed class UnitAlarmFeed : IAsyncDisposable
{
    /// <summary>Units asked at once; what they hand out fits the desk's queue.</summary>
    public const int AskedAtOnce = 64;

    /// <summary>Every unit is asked once within this time, whether it said something or not.</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(500);

    private readonly UnitEngine _engine;
    private readonly IUnitCluster _cluster;
    private readonly AlarmQueue _queue;
    private readonly AlarmDesk _desk;
    private readonly TimeProvider _time;
    private readonly Guid _reader = Guid.NewGuid();
    private readonly int[] _areas;
    private readonly long[] _tickets;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private Instant _sweptAt = Instant.Never;
    private int _sweptTo;

    /// <param name="queue">The desk's; nobody else writes to it.</param>
    public UnitAlarmFeed(UnitEngine engine, AlarmQueue queue, AlarmDesk desk, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(engine);
        (_engine, _cluster, _queue, _desk, _time) = (engine, engine.Cluster, queue, desk, time);
        _areas = [.. engine.Plan.Areas];
        _tickets = new long[_areas.Length];
        Completion = Task.Run(RunAsync);
    }

    /// <summary>Ends with the feed; faulted where the desk failed.</summary>
    public Task Completion { get; }

    private UnitPlan Plan => _engine.Plan;

    /// <summary>The desk has on disk what was saved before the call, of all units whose areas say so.</summary>
    internal async Task RoundAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Those who say so first: the others have time.
            foreach (var units in (await SignallingAsync(cancellationToken)).Chunk(AskedAtOnce))
                await TakeAsync(units, isCompared: false, cancellationToken);
            foreach (var units in DueOfSweep().Chunk(AskedAtOnce))
                await TakeAsync(units, isCompared: true, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await Completion;
        }
        finally
        {
            _stopping.Dispose();
            _turn.Dispose();
        }

        // An area that cannot be reached forgets the reader by itself.
        foreach (var area in _areas)
            _ = UnitChangeFeed.ForgetAsync(_cluster, area, _reader);
    }

    private async Task RunAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(s_round, _time);
            do
                await RoundAsync(_stopping.Token);
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped in order; units keep what was not fetched.
        }
    }

    private async Task<IReadOnlyCollection<int>> SignallingAsync(CancellationToken cancellationToken)
    {
        var units = new SortedSet<int>();
        var told = await Task.WhenAll(_areas.Select((area, index) => _engine.AskAsync(
            () => _cluster.Group(area).SignallingAsync(_reader, _tickets[index]), cancellationToken)));
        for (var index = 0; index < _areas.Length; index++)
        {
            // The first sweep asks all units anyway.
            if (told[index].IsNew && !_sweptAt.IsNever)
                units.UnionWith(Enumerable.Range(0, Plan.Count).Where(unit => Plan.AreaOf(unit) == _areas[index]));
            units.UnionWith(told[index].Units);
            // What follows is tried until it succeeds, or the feed ends and another one asks all.
            _tickets[index] = told[index].Ticket;
        }

        return units;
    }

    // All units at first, then so many that an hour is enough for all.
    private List<int> DueOfSweep()
    {
        var now = Instant.From(_time.GetUtcNow());
        var count = _sweptAt.IsNever ? Plan.Count
            : (int)Math.Min(Plan.Count, Plan.Count * ((now - _sweptAt) / SweepInterval));
        var units = new List<int>(count);
        for (; count > 0; count--, _sweptTo = (_sweptTo + 1) % Plan.Count)
            units.Add(_sweptTo);
        if (units.Count > 0)
            _sweptAt = now;
        return units;
    }

    // Until they have nothing more: what is confirmed makes room for what could not be handed out.
    private async Task TakeAsync(int[] units, bool isCompared, CancellationToken cancellationToken)
    {
        var questions = await _desk.AskAsync(
            board => units.Select(unit => (unit, new SignalQuestion(
                board.NewestOf(unit).Sequence, isCompared ? StandingOf(board, unit) : null))).ToList(),
            cancellationToken);
        while (questions.Count > 0)
        {
            var answers = await Task.WhenAll(questions.Select(entry => _engine.AskAsync(
                () => _cluster.Unit(entry.unit).SignalsAsync(entry.Item2), cancellationToken)));
            var confirmations = new List<(int, SignalQuestion)>();
            foreach (var ((unit, _), signals) in questions.Zip(answers).Where(pair => pair.Second.Count > 0))
            {
                foreach (var signal in signals)
                    _queue.Write(in signal);
                confirmations.Add((unit, new SignalQuestion(signals[^1].Origin.Sequence, Standing: null)));
            }

            if (confirmations.Count > 0)
                await _desk.SettledAsync(cancellationToken);
            questions = confirmations;
        }
    }

    private List<StandingAlarm> StandingOf(AlarmBoard board, int unit)
    {
        var standing = new List<StandingAlarm>();
        foreach (var ordinal in Plan.TwinsOf(unit))
            foreach (var alarm in board.ActiveOf(new TwinHandle(ordinal)))
                if (alarm.IsActive)
                    standing.Add(new StandingAlarm(alarm.Twin, (ushort)alarm.Rule.Index));
        return standing;
    }
}
