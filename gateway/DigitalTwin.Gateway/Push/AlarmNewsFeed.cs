using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Push;

/// <summary>
/// Tells every view of a feed how many alarms there are, whenever that changed. The list itself is asked for over REST
/// by those who show it.
/// </summary>
internal sealed class AlarmNewsFeed(IAlarmDesk desk, CityGraph graph, CityFeed feed)
{
    /// <summary>Nothing is told more often.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    // Never equal to the first revision, so that the first round tells.
    private ulong _told = ulong.MaxValue;

    /// <summary>What a view that has just come is told.</summary>
    public static async Task<string> NewsAsync(IAlarmDesk desk, CityGraph graph, CancellationToken cancellationToken) =>
        JsonSerializer.Serialize(
            await desk.AskAsync(board => AlarmAnswers.News(board, graph), cancellationToken), ApiJson.Options);

    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        var revision = desk.Revision;
        if (revision == _told)
            return;
        feed.TellAlarms(await NewsAsync(desk, graph, cancellationToken));
        _told = revision;
    }
}
