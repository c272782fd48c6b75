using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Replay;

/// <summary>What a replay is doing.</summary>
internal enum ReplayState
{
    /// <summary>On its way to an instant.</summary>
    Opening,
    Playing,
    Paused,

    /// <summary>Played up to the last round that is on disk; goes on as that does.</summary>
    AtEnd,
    Failed,
}

/// <summary>How a replay stands.</summary>
/// <param name="At">What is shown; while the first is opened, what was asked for.</param>
/// <param name="Progress">0 to 1 on its way to <paramref name="Goal"/>; else null.</param>
/// <param name="Problem">Why it is not where it was asked to be.</param>
internal sealed record ReplayStatus(
    ReplayState State, Instant At, Instant? Goal, double Speed, double ReachedSpeed, double? Progress, string? Problem);

/// <summary>
/// A past city that is played back. One loop moves its clock and feeds its views, ten rounds a second; a round that
/// takes longer makes the clock slower and nothing longer.
/// </summary>
internal sealed partial class ReplaySession : IAsyncDisposable
{
    /// <summary>So far ahead every change on the way is gone through; beyond, it is opened anew there.</summary>
    internal static readonly TimeSpan AheadMax = TimeSpan.FromHours(1);

    /// <summary>
    /// A round goes ahead in steps of so much city time until its own time is over: however slow the engine, views are
    /// told in time and another wish is heard.
    /// </summary>
    internal static readonly TimeSpan StrideMax = TimeSpan.FromSeconds(10);

    // A late round makes up for one that was missed, never for more.
    private static readonly TimeSpan s_elapsedMax = 2 * CityFeed.Round;

    private readonly Lock _gate = new(); // what is told and asked
    private readonly ITimeTravel _travel;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<ITwinEngine, TimeProvider, CityFeed> _newFeed;
    private readonly TwinHandle _district;
    private readonly PastClock _clock;
    private readonly CancellationTokenSource _closing = new();
    private readonly ReachedSpeed _reached = new();
    private readonly Task _running;
    private double _atMilliseconds;
    private double _speed;
    private Instant? _wish; // not taken up yet
    private Instant? _goal; // on the way to it
    private double _progress;
    private string? _problem;
    private bool _isAtEnd;
    private bool _hasFailed;
    private LeasedPast? _past;
    private CityFeed? _feed;
    private AlarmNewsFeed? _alarms;
    private long _touchedAt;
    private long _rounds;
    // Of the loop alone.
    private Task<IPastCity>? _opening;
    private CancellationTokenSource? _openingStop;
    private double _wayFrom;
    private double _endMilliseconds;
    private long _roundAt;
    private long _alarmsAt;

    public ReplaySession(
        string id, ITimeTravel travel, Instant at, double speed, TwinHandle district,
        Func<ITwinEngine, TimeProvider, CityFeed> newFeed, TimeProvider time, ILogger log)
    {
        Id = id;
        _travel = travel;
        _district = district;
        _newFeed = newFeed;
        _time = time;
        _log = log;
        _atMilliseconds = at.UnixMilliseconds;
        _speed = speed;
        _wish = at;
        _clock = new PastClock(() => At);
        _touchedAt = _roundAt = _alarmsAt = time.GetTimestamp();
        _running = Task.Run(RunAsync);
    }

    public string Id { get; }

    public TwinHandle District => _district;

    /// <summary>Rounds that have ended; a tick of the clock is one.</summary>
    internal long Rounds => Interlocked.Read(ref _rounds);

    public ReplayStatus Status
    {
        get
        {
            lock (_gate)
            {
                var goal = _wish ?? _goal;
                var state = _hasFailed ? ReplayState.Failed
                    : goal is not null ? ReplayState.Opening
                    : _speed == 0 ? ReplayState.Paused
                    : _isAtEnd ? ReplayState.AtEnd
                    : ReplayState.Playing;
                return new ReplayStatus(
                    state, new Instant((long)_atMilliseconds), goal, _speed,
                    state is ReplayState.Playing or ReplayState.AtEnd ? _reached.Value : 0,
                    goal is null ? null : _wish is null ? _progress : 0, _problem);
            }
        }
    }

    private Instant At
    {
        get
        {
            lock (_gate)
                return new Instant((long)_atMilliseconds);
        }
    }

    /// <summary>The city as it stands, for one request; null while there is none.</summary>
    public ReplayEntry? TryEnter()
    {
        lock (_gate)
        {
            Touch();
            return _past?.TryTake() == true ? new ReplayEntry(_past, _feed!, _clock) : null;
        }
    }

    /// <summary>Somebody still wants it.</summary>
    public void Touch() => Volatile.Write(ref _touchedAt, _time.GetTimestamp());

    /// <summary>Whether nobody has viewed it or asked for it for so long.</summary>
    public bool IsIdleFor(TimeSpan idleMax)
    {
        if (_feed?.Counters.Views > 0)
            Touch();
        return _time.GetElapsedTime(Volatile.Read(ref _touchedAt)) > idleMax;
    }

    /// <param name="speed">0 pauses; none leaves it.</param>
    /// <param name="at">Where to go; none stays.</param>
    public void Ask(double? speed, Instant? at)
    {
        lock (_gate)
        {
            Touch();
            if (speed is { } asked && asked != _speed)
            {
                _speed = asked;
                _reached.Reset();
            }

            _wish = at ?? _wish;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _running;
        _feed?.End();
        _feed?.Dispose();
        await AbandonOpeningAsync();
        LeasedPast? past;
        lock (_gate)
        {
            past = _past;
            _past = null;
        }

        if (past is not null)
            await past.ReleaseAsync();
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(CityFeed.Round, _time);
            do
            {
                await RoundAsync();
                Interlocked.Increment(ref _rounds);
            }
            while (await timer.WaitForNextTickAsync(_closing.Token));
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Closed in order.
        }
        catch (Exception failed)
        {
            // One replay ends; the living city and the other replays go on.
            LogFailed(failed, Id);
            Fail(failed is PastUnavailableException ? failed.Message : "the replay has failed; the log says why");
        }
    }

    private async Task RoundAsync()
    {
        var elapsed = _time.GetElapsedTime(_roundAt);
        _roundAt = _time.GetTimestamp();
        await TakeWishAsync();
        var isArriving = _opening is { IsCompleted: true };
        if (isArriving)
            await ArriveAsync();
        if (_past is not { } past)
            return;
        // The time before it was there is not played.
        if (_opening is null && !isArriving)
            await MoveAsync(past.City, elapsed);
        await _feed!.RoundAsync(_closing.Token);
        if (_time.GetElapsedTime(_alarmsAt) < AlarmNewsFeed.Round)
            return;
        _alarmsAt = _time.GetTimestamp();
        await _alarms!.RoundAsync(_closing.Token);
    }

    private async Task TakeWishAsync()
    {
        Instant goal;
        lock (_gate)
        {
            if (_wish is not { } wish)
                return;
            goal = wish;
            (_goal, _wish, _progress, _problem, _isAtEnd) = (wish, null, 0, null, false);
            _reached.Reset();
        }

        await AbandonOpeningAsync();
        var at = At;
        _wayFrom = _atMilliseconds;
        if (_past is not null && goal >= at && goal - at <= AheadMax)
            return;
        _openingStop = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        var (stop, told) = (_openingStop.Token, new ToldProgress(this));
        _opening = Task.Run(() => _travel.OpenAsync(goal, _district, told, stop).AsTask(), CancellationToken.None);
    }

    private async Task ArriveAsync()
    {
        IPastCity city;
        try
        {
            city = await _opening!;
        }
        catch (PastUnavailableException unavailable)
        {
            Stay(unavailable.Message);
            return;
        }
        finally
        {
            _opening = null;
            _openingStop!.Dispose();
            _openingStop = null;
        }

        var feed = _feed ?? _newFeed(city.Engine, _clock);
        if (_feed is not null)
            feed.Follow(city.Engine);
        LeasedPast? before;
        lock (_gate)
        {
            before = _past;
            _past = new LeasedPast(city);
            _feed = feed;
            _atMilliseconds = _goal!.Value.UnixMilliseconds;
            _goal = null;
        }

        _alarms = new AlarmNewsFeed(city.Alarms, city.Engine.Graph, feed);
        _alarmsAt = 0;
        if (before is not null)
            await before.ReleaseAsync();
    }

    // Where nothing is open yet, there is nowhere to stay.
    private void Stay(string problem)
    {
        if (_past is null)
        {
            Fail(problem);
            return;
        }

        lock (_gate)
            (_goal, _problem) = (null, problem);
    }

    private void Fail(string problem)
    {
        lock (_gate)
            (_goal, _wish, _hasFailed, _problem) = (null, null, true, problem);
        _feed?.End();
    }

    private async Task MoveAsync(IPastCity city, TimeSpan elapsed)
    {
        double from, target;
        Instant? goal;
        lock (_gate)
        {
            (from, goal) = (_atMilliseconds, _goal);
            target = goal?.UnixMilliseconds
                ?? from + _speed * (elapsed < s_elapsedMax ? elapsed : s_elapsedMax).TotalMilliseconds;
        }

        // The end goes on as the city lives, and asking for it may read files.
        if (target > _endMilliseconds)
            _endMilliseconds = _travel.Span?.To.UnixMilliseconds ?? from;
        var isBeyondEnd = target > _endMilliseconds;
        target = Math.Max(from, Math.Min(target, _endMilliseconds));
        var at = from;
        while (at < target)
        {
            at = Math.Min(target, at + StrideMax.TotalMilliseconds);
            await city.AdvanceAsync(new Instant((long)at), _closing.Token);
            if (_time.GetElapsedTime(_roundAt) >= CityFeed.Round)
                break;
        }

        lock (_gate)
        {
            _atMilliseconds = at;
            var isThere = at >= target;
            _isAtEnd = isBeyondEnd && isThere;
            if (goal is null)
                _reached.Add(elapsed, at - from);
            else if (isThere)
                _goal = null;
            else
                _progress = (at - _wayFrom) / (target - _wayFrom);
        }
    }

    // What was opened in vain is closed; whoever waits for another instant waits for that.
    private async Task AbandonOpeningAsync()
    {
        if (_opening is not { } opening)
            return;
        await _openingStop!.CancelAsync();
        try
        {
            await (await opening).DisposeAsync();
        }
        catch (Exception ended) when (ended is OperationCanceledException or PastUnavailableException)
        {
            // It was not opened.
        }

        _opening = null;
        _openingStop.Dispose();
        _openingStop = null;
    }

    // Told at once and by whichever thread: a Progress<T> would tell later, when it no longer holds.
    private sealed class ToldProgress(ReplaySession replay) : IProgress<double>
    {
        public void Report(double value)
        {
            lock (replay._gate)
                replay._progress = Math.Clamp(value, 0, 1);
        }
    }

    [LoggerMessage(LogLevel.Error, "The replay {Id} has failed")]
    private partial void LogFailed(Exception failed, string id);
}
