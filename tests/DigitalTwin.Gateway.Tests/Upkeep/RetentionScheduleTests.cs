using System.Diagnostics;
using DigitalTwin.Gateway.Upkeep;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigitalTwin.Gateway.Tests.Upkeep;

/// <summary>Retention runs once after the start and every day at three in the city; a failure is told and tried again.</summary>
public sealed class RetentionScheduleTests
{
    // Noon in Almaty (UTC+5).
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 7);

    [Fact]
    public async Task ItRunsAfterTheStartAndAtThreeEveryNight()
    {
        await using var run = await Run.StartAsync(new FakeHistory { Outcome = new RetentionOutcome(3, 20, 5) });
        await run.UntilNextIsAsync(Instant.Utc(2026, 11, 21, 22));

        await run.GoToAsync(Instant.Utc(2026, 11, 21, 22));
        await run.UntilNextIsAsync(Instant.Utc(2026, 11, 22, 22));
        await run.GoToAsync(Instant.Utc(2026, 11, 22, 22));
        await run.UntilNextIsAsync(Instant.Utc(2026, 11, 23, 22));

        Assert.Equal(
            [s_noon, Instant.Utc(2026, 11, 21, 22), Instant.Utc(2026, 11, 22, 22)], run.History.RanAt);
        var told = run.Log.Newest;
        Assert.Equal((3L, 0L, 3, 60L, 15L), (told.Runs, told.Failures, told.DaysSeen, told.Retired, told.Dropped));
        Assert.Equal(Instant.Utc(2026, 11, 22, 22).ToDateTimeOffset(), told.LastSuccessAt);
    }

    [Fact]
    public async Task AFailureIsToldAndTriedAgain()
    {
        await using var run = await Run.StartAsync(new FakeHistory { FailuresLeft = 2 });
        await run.UntilNextIsAsync(Instant.Utc(2026, 11, 21, 7, 15));
        Assert.Equal("the disk: is full", run.Log.Newest.LastFailure);
        Assert.Null(run.Log.Newest.LastSuccessAt);

        await run.GoToAsync(Instant.Utc(2026, 11, 21, 7, 15));
        await run.UntilNextIsAsync(Instant.Utc(2026, 11, 21, 7, 30));
        await run.GoToAsync(Instant.Utc(2026, 11, 21, 7, 30));
        await run.UntilNextIsAsync(Instant.Utc(2026, 11, 21, 22));

        var told = run.Log.Newest;
        Assert.Equal((3L, 2L), (told.Runs, told.Failures));
        Assert.Null(told.LastFailure);
        Assert.Equal(Instant.Utc(2026, 11, 21, 7, 30).ToDateTimeOffset(), told.LastSuccessAt);
    }

    [Theory]
    [InlineData(21, 59, 22)]
    [InlineData(22, 0, 46)]
    [InlineData(22, 1, 46)]
    public void TheQuietHourIsThreeInTheCity(int hour, int minute, int hoursLater) => Assert.Equal(
        Instant.Utc(2026, 11, 21).Plus(TimeSpan.FromHours(hoursLater)),
        RetentionSchedule.NextQuietHour(Instant.Utc(2026, 11, 21, hour, minute)));

    private sealed class Run : IAsyncDisposable
    {
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

        private readonly OneTimer _time = new(s_noon);
        private RetentionSchedule? _schedule;

        public RetentionLog Log { get; } = new();

        public required FakeHistory History { get; init; }

        public static async Task<Run> StartAsync(FakeHistory history)
        {
            var run = new Run { History = history };
            history.Time = run._time;
            run._schedule = new RetentionSchedule(
                history, run.Log, run._time, NullLogger<RetentionSchedule>.Instance);
            await run._schedule.StartAsync(default);
            return run;
        }

        public async Task UntilNextIsAsync(Instant next)
        {
            var clock = Stopwatch.StartNew();
            while (Log.Newest.NextRunAt != next.ToDateTimeOffset() || _time.Due != next)
            {
                Assert.True(clock.Elapsed < s_patience, $"waited for {next.ToDateTimeOffset()}; it is {Log.Newest}");
                await Task.Yield();
            }
        }

        public async Task GoToAsync(Instant time)
        {
            _time.GoTo(time);
            await Task.Yield();
        }

        public async ValueTask DisposeAsync()
        {
            await _schedule!.StopAsync(default);
            _schedule.Dispose();
        }
    }

    /// <summary>The one wait of the schedule, which ends when the test says that it is time.</summary>
    private sealed class OneTimer(Instant start) : TimeProvider
    {
        private readonly Lock _gate = new();
        private Instant _now = start;
        private Instant _due = Instant.Never;
        private Action? _call;

        public Instant Due
        {
            get
            {
                lock (_gate)
                    return _due;
            }
        }

        public override DateTimeOffset GetUtcNow()
        {
            lock (_gate)
                return _now.ToDateTimeOffset();
        }

        public void GoTo(Instant now)
        {
            Action? call = null;
            lock (_gate)
            {
                _now = now;
                if (now >= _due)
                    (call, _call, _due) = (_call, null, Instant.Never);
            }

            call?.Invoke();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (_gate)
                (_call, _due) = (() => callback(state), _now.Plus(dueTime));
            return new Nothing();
        }

        private sealed class Nothing : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }

    private sealed class FakeHistory : IHistory
    {
        public TimeProvider Time { get; set; } = TimeProvider.System;

        public RetentionOutcome Outcome { get; init; }

        public int FailuresLeft { get; set; }

        public List<Instant> RanAt { get; } = [];

        public ulong LastSequence => 0;

        public HistoryCounters Counters => default;

        public ValueTask<RetentionOutcome> RetainAsync(Instant now, CancellationToken cancellationToken)
        {
            Assert.Equal(Time.GetUtcNow(), now.ToDateTimeOffset());
            RanAt.Add(now);
            return FailuresLeft-- > 0 ? throw new HistoryStoreException("the disk", "is full") : new(Outcome);
        }

        public ValueTask<bool> AppendAsync(
            ulong sequence, ReadOnlyMemory<HistoryValue> values, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask FlushAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<int> CorrectAsync(HistoryCorrection correction, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<IReadOnlyList<CorrectedPoint>> CorrectionsAsync(
            TwinHandle twin, ushort slot, Instant from, Instant until, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<HistoryPage> ReadAsync(HistoryQuery query, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<HistorySpans> AggregatesAsync(
            HistoryQuery query, HistoryPeriod period, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<HistoryDay> ExportAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask ImportAsync(HistoryDay day, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask BackupAsync(string folder, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }
}
