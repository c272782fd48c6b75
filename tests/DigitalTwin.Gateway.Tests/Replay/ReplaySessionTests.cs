using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Replay;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigitalTwin.Gateway.Tests.Replay;

/// <summary>The clock of a replay, round by round and by hand.</summary>
public sealed class ReplaySessionTests : IAsyncLifetime
{
    private static readonly Instant s_from = Instant.Utc(2026, 11, 21, 6);
    private static readonly Instant s_at = Instant.Utc(2026, 11, 21, 9);
    private static readonly Instant s_to = Instant.Utc(2026, 11, 21, 12);

    private readonly SteppedTime _time = new(Instant.Utc(2026, 11, 22));
    private readonly RecordedPast _past = new(s_from, s_to);
    private ReplaySession? _replay;
    private int _steps;

    public Task InitializeAsync() => Task.CompletedTask;

    [Fact]
    public async Task ItStandsWhereItWasAskedToAndSaysHowFarItIsMeanwhile()
    {
        _past.Gate = new TaskCompletionSource();
        var replay = Open(speed: 0);
        await UntilAsync(status => status.Progress == 0.4);
        Assert.Equal((ReplayState.Opening, s_at), (replay.Status.State, replay.Status.Goal!.Value));
        Assert.Null(replay.TryEnter());

        _past.Gate.SetResult();
        var status = await UntilAsync(status => status.State == ReplayState.Paused);
        Assert.Equal((s_at, null, null), (status.At, status.Progress, status.Goal));
        await using var entry = replay.TryEnter();
        Assert.Equal(s_at.ToDateTimeOffset(), entry!.Clock.GetUtcNow());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(3_600)]
    public async Task ARoundIsATenthOfASecondAtTheSpeed(double speed)
    {
        var replay = Open(speed);
        await UntilAsync(status => status.State == ReplayState.Playing);
        for (var round = 1; round <= 20; round++)
            Assert.Equal(s_at.Plus(TimeSpan.FromSeconds(round * 0.1 * speed)), await RoundAsync());

        var status = await UntilAsync(status => status.At == s_at.Plus(TimeSpan.FromSeconds(2 * speed)));
        Assert.Equal(speed, status.ReachedSpeed, tolerance: 1e-6);

        replay.Ask(speed: 0, at: null);
        Assert.Equal((ReplayState.Paused, 0d), (replay.Status.State, replay.Status.ReachedSpeed));
    }

    [Fact]
    public async Task AnEngineThatCannotKeepUpSlowsTheClockAndNothingIsMadeUpFor()
    {
        Open(speed: 600);
        await UntilAsync(status => status.State == ReplayState.Playing);
        // Each step of the engine takes half a second: a round is over after one, and the next comes late.
        _past.WhileAdvancing = () => _time.Pass(TimeSpan.FromSeconds(0.5));
        var before = await RoundAsync();
        for (var round = 0; round < 40; round++)
        {
            var at = await RoundAsync();
            Assert.Equal(ReplaySession.StrideMax, at - before);
            before = at;
        }

        Assert.Equal(600, _replay!.Status.Speed);
        // A round is that half second and the tenth until the next.
        Assert.Equal(ReplaySession.StrideMax.TotalSeconds / 0.6, _replay.Status.ReachedSpeed, tolerance: 1e-6);
    }

    [Fact]
    public async Task AheadEveryChangeIsGoneThroughAndBackIsOpenedAnew()
    {
        var replay = Open(speed: 0);
        await UntilAsync(status => status.State == ReplayState.Paused);
        var ahead = s_at.Plus(TimeSpan.FromMinutes(12));
        replay.Ask(speed: null, at: ahead);
        // A slow engine gets half of the way in a round, so that progress is told and another wish is heard.
        var strides = 0;
        _past.WhileAdvancing = () => _time.Pass(++strides == 36 ? CityFeed.Round : TimeSpan.Zero);
        await UntilAsync(status => status is { State: ReplayState.Opening, Progress: 0.5 });
        await UntilAsync(status => status.State == ReplayState.Paused && status.At == ahead);
        Assert.Equal(72, strides);
        Assert.Equal([s_at], _past.Openings);

        var back = s_at.Plus(TimeSpan.FromHours(-1));
        replay.Ask(speed: null, at: back);
        await UntilAsync(status => status.State == ReplayState.Paused && status.At == back);
        Assert.Equal([s_at, back], _past.Openings);
        Assert.Equal(1, _past.OpenNow);

        // Farther ahead than one would want to go through it all.
        var far = back.Plus(TimeSpan.FromHours(2));
        replay.Ask(speed: null, at: far);
        await UntilAsync(status => status.State == ReplayState.Paused && status.At == far);
        Assert.Equal([s_at, back, far], _past.Openings);
    }

    [Fact]
    public async Task AnotherWishTakesThePlaceOfTheOneThatIsOnItsWay()
    {
        var replay = Open(speed: 0);
        await UntilAsync(status => status.State == ReplayState.Paused);
        _past.Gate = new TaskCompletionSource();
        replay.Ask(speed: null, at: s_from);
        await UntilAsync(status => status is { State: ReplayState.Opening, Progress: 0.4 });

        _past.Gate = RecordedPast.Opened();
        var other = s_from.Plus(TimeSpan.FromMinutes(30));
        replay.Ask(speed: null, at: other);
        await UntilAsync(status => status.State == ReplayState.Paused && status.At == other);
        Assert.Equal([s_at, other], _past.Openings);
        Assert.Equal(1, _past.OpenNow);
    }

    [Fact]
    public async Task WhereItCannotGoItStaysAndSaysWhy()
    {
        var replay = Open(speed: 0);
        await UntilAsync(status => status.State == ReplayState.Paused);
        _past.Refusal = "segment 7 cannot be read";
        replay.Ask(speed: null, at: s_from);
        var status = await UntilAsync(status => status.Problem is not null);
        Assert.Equal(
            (ReplayState.Paused, s_at, "segment 7 cannot be read"), (status.State, status.At, status.Problem));
        await using (var entry = replay.TryEnter())
            Assert.NotNull(entry);

        await replay.DisposeAsync();
        Open(speed: 0);
        var failed = await UntilAsync(status => status.State == ReplayState.Failed);
        Assert.Equal("segment 7 cannot be read", failed.Problem);
    }

    [Fact]
    public async Task AtTheEndItWaitsForWhatComes()
    {
        _past.Span = new PastSpan(s_from, s_at.Plus(TimeSpan.FromSeconds(9)));
        Open(speed: 60);
        await UntilAsync(status => status.State == ReplayState.Playing);
        await RoundAsync();
        await RoundAsync();
        var status = await UntilAsync(status => status.State == ReplayState.AtEnd);
        Assert.Equal(s_at.Plus(TimeSpan.FromSeconds(9)), status.At);

        _past.Span = new PastSpan(s_from, s_at.Plus(TimeSpan.FromSeconds(11)));
        Assert.Equal(s_at.Plus(TimeSpan.FromSeconds(11)), await RoundAsync());
    }

    [Fact]
    public async Task ThePastIsClosedOnceTheLastWhoLooksAtItHasLetGo()
    {
        var replay = Open(speed: 0);
        await UntilAsync(status => status.State == ReplayState.Paused);
        var entry = replay.TryEnter()!;
        await replay.DisposeAsync();
        Assert.Equal(1, _past.OpenNow);
        Assert.Null(replay.TryEnter());
        await entry.Engine.GetAsync(new TwinHandle(0), CancellationToken.None);

        await entry.DisposeAsync();
        Assert.Equal(0, _past.OpenNow);
        _replay = null;
    }

    public async Task DisposeAsync()
    {
        if (_replay is not null)
            await _replay.DisposeAsync();
        Assert.Equal(0, _past.OpenNow);
    }

    private ReplaySession Open(double speed)
    {
        _steps = 0;
        return _replay = NewReplay(speed);
    }

    private ReplaySession NewReplay(double speed) => new ReplaySession(
        "r-1", _past, s_at, speed, TwinHandle.None,
        (engine, clock) => new CityFeed(
            engine, new ServerEpoch(1), new GatewayLimits(), _time, clock, NullLogger<CityFeed>.Instance),
        _time, NullLogger.Instance);

    /// <summary>One round, and where it sent the clock.</summary>
    private async Task<Instant> RoundAsync()
    {
        await StepAsync();
        var sent = Instant.Never;
        while (_past.Advances.Reader.TryRead(out var at))
        {
            Assert.InRange((at - (sent.IsNever ? at : sent)).TotalSeconds, 0, ReplaySession.StrideMax.TotalSeconds);
            sent = at;
        }

        return sent;
    }

    // What the replay does beside its rounds is noticed by one.
    private async Task<ReplayStatus> UntilAsync(Func<ReplayStatus, bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline.Patience);
        while (true)
        {
            var status = _replay!.Status;
            if (condition(status))
                return status;
            Assert.False(deadline.IsCancellationRequested, $"it is still {status}");
            await StepAsync();
        }
    }

    // A step is one round: the next one waits until that has ended, so that none is missed and none comes twice.
    private async Task StepAsync()
    {
        await EndOfRoundAsync(_steps);
        _time.Step(CityFeed.Round);
        _steps++;
        await EndOfRoundAsync(_steps);
    }

    private async Task EndOfRoundAsync(int steps)
    {
        using var deadline = new CancellationTokenSource(Deadline.Patience);
        while (_replay!.Rounds <= steps)
        {
            Assert.False(deadline.IsCancellationRequested, $"round {steps} does not end: {_replay.Status}");
            await Task.Yield();
        }
    }
}
