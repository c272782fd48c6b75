using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Upkeep;

/// <summary>
/// Retires what history keeps no longer: once after the start, and then every day at an hour at which the city is quiet.
/// A run that fails is told and tried again; what it had done stays done.
/// </summary>
public sealed partial class RetentionSchedule(
    IHistory history, RetentionLog log, TimeProvider time, ILogger<RetentionSchedule> logger) : BackgroundService
{
    /// <summary>Local time of the daily run: the fewest people look, and the day before is whole.</summary>
    internal static readonly TimeSpan QuietHour = TimeSpan.FromHours(3);

    internal static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(15);

    /// <summary>The next quiet hour after a time.</summary>
    internal static Instant NextQuietHour(Instant now)
    {
        var today = CivilTime.DayOf(now);
        var next = CivilTime.StartOf(today).Plus(QuietHour);
        return next > now ? next : CivilTime.StartOf(today + 1).Plus(QuietHour);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The start does not wait for it.
        await Task.Yield();
        while (true)
        {
            var isDone = await RunAsync(stoppingToken);
            var now = Instant.From(time.GetUtcNow());
            var next = isDone ? NextQuietHour(now) : now.Plus(RetryAfter);
            log.Newest = log.Newest with { NextRunAt = next.ToDateTimeOffset() };
            await Task.Delay(next - now, time, stoppingToken);
        }
    }

    private async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var before = log.Newest;
        try
        {
            var outcome = await history.RetainAsync(Instant.From(time.GetUtcNow()), cancellationToken);
            var at = time.GetUtcNow();
            log.Newest = before with
            {
                LastRunAt = at, LastSuccessAt = at, LastFailure = null, Runs = before.Runs + 1,
                DaysSeen = outcome.DaysSeen, Retired = before.Retired + outcome.Retired,
                Dropped = before.Dropped + outcome.Dropped,
            };
            LogDone(logger, outcome.DaysSeen, outcome.Retired, outcome.Dropped);
            return true;
        }
        catch (HistoryStoreException failure)
        {
            log.Newest = before with
            {
                LastRunAt = time.GetUtcNow(), LastFailure = failure.Message, Runs = before.Runs + 1,
                Failures = before.Failures + 1,
            };
            LogFailed(logger, RetryAfter.TotalMinutes, failure);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Retention of history: {Days} days looked at, {Retired} days of twins retired, {Dropped} dropped")]
    private static partial void LogDone(ILogger logger, int days, long retired, long dropped);

    [LoggerMessage(Level = LogLevel.Error, Message = "Retention of history failed; it is tried again in {Minutes:F0} minutes")]
    private static partial void LogFailed(ILogger logger, double minutes, Exception failure);
}
