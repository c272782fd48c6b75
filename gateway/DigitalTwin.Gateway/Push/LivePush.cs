using DigitalTwin.Model.Ports;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Push;

/// <summary>Keeps the living city's feed going for as long as the server runs.</summary>
internal sealed partial class LivePush(
    CityFeed feed, ITwinEngine engine, IAlarmDesk desk, TimeProvider time, ILogger<LivePush> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // Either fails alone, and then the other must not hide it by going on.
            await await Task.WhenAny(
                feed.IsFollower ? Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken) : FollowAsync(stoppingToken),
                TellAlarmsAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in order.
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(CityFeed.Round, time);
            do
                await feed.RoundAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
        {
            // The host stops with it: a page that is fed no more must not look live.
            LogFeedFailed(failed);
            throw;
        }
    }

    private async Task TellAlarmsAsync(CancellationToken stoppingToken)
    {
        try
        {
            var news = new AlarmNewsFeed(desk, engine.Graph, feed);
            using var timer = new PeriodicTimer(AlarmNewsFeed.Round, time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await news.RoundAsync(stoppingToken);
        }
        catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
        {
            // The host stops with it: a page that is told of no alarms must not look quiet.
            LogAlarmsFailed(failed);
            throw;
        }
    }

    [LoggerMessage(LogLevel.Critical, "The live feed has failed; the city stops")]
    private partial void LogFeedFailed(Exception failed);

    [LoggerMessage(LogLevel.Critical, "The alarm feed has failed; the city stops")]
    private partial void LogAlarmsFailed(Exception failed);
}
