using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Push;

/// <summary>
/// Tells every view how many alarms there are, whenever that changed and at most once a second. The list itself is
/// asked for over REST by those who show it.
/// </summary>
internal sealed partial class AlarmFeed(
    IAlarmDesk desk, CityGraph graph, IHubContext<CityHub> hub, TimeProvider time, ILogger<AlarmFeed> log) : BackgroundService
{
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(1);

    /// <summary>What a view that has just come is told.</summary>
    public static async Task<string> NewsAsync(IAlarmDesk desk, CityGraph graph, CancellationToken cancellationToken) =>
        JsonSerializer.Serialize(await desk.AskAsync(board => AlarmAnswers.News(board, graph), cancellationToken), ApiJson.Options);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_round, time);
        // Never equal to the first revision, so that the first round tells.
        var told = ulong.MaxValue;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var revision = desk.Revision;
                if (revision == told)
                    continue;
                await hub.Clients.All.SendAsync("alarms", await NewsAsync(desk, graph, stoppingToken), stoppingToken);
                told = revision;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in order.
        }
        catch (Exception failed)
        {
            // The host stops with it: a page that is told of no alarms must not look quiet.
            LogFailed(failed);
            throw;
        }
    }

    [LoggerMessage(LogLevel.Critical, "The alarm feed has failed; the city stops")]
    private partial void LogFailed(Exception failed);
}
