using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Replay;
using DigitalTwin.Model.Ports;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Primitives;

namespace DigitalTwin.Gateway.Push;

/// <summary>
/// The hub at <c>/hubs/city</c>: what a view may ask; contracts §2. Whether it is a view of the living city or of a
/// replay is settled when it connects.
/// </summary>
internal sealed class CityHub(CityFeed live, IAlarmDesk desk, Replays replays, IHubContext<CityHub> hub) : Hub
{
    public const string Path = "/hubs/city";

    private const int IdCharactersMax = 64;

    private static readonly object s_feedKey = new();

    // Of a connection that was turned away there is none, and nothing is asked of it.
    private CityFeed Feed => Context.Items[s_feedKey] as CityFeed ?? live;

    public override async Task OnConnectedAsync()
    {
        var asked = Context.GetHttpContext()?.Request.Query[ReplayRequests.Parameter] ?? StringValues.Empty;
        if (asked.Count == 0)
        {
            await OpenAsync(live, desk);
            return;
        }

        await using var entry = replays.Find(asked.ToString())?.TryEnter();
        if (entry is null)
            Context.Abort();
        else
            await OpenAsync(entry.Feed, entry.Alarms);
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        Feed.Close(Context.ConnectionId);
        return Task.CompletedTask;
    }

    public string Watch(string requestJson)
    {
        try
        {
            return JsonSerializer.Serialize(
                Feed.Watch(Context.ConnectionId, requestJson ?? ""), ApiJson.Options);
        }
        catch (FormatException refused)
        {
            throw new HubException(refused.Message);
        }
    }

    public void Ack(uint number) => Feed.Acknowledge(Context.ConnectionId, number);

    public async Task<string> Checksum()
    {
        try
        {
            return JsonSerializer.Serialize(await Feed.ChecksumAsync(Context.ConnectionId), ApiJson.Options);
        }
        catch (InvalidOperationException refused)
        {
            throw new HubException(refused.Message);
        }
    }

    public void Inspect(string idOrEmpty)
    {
        if (idOrEmpty is null or { Length: > IdCharactersMax })
            throw new HubException($"id: is not 0 to {IdCharactersMax} characters");
        Feed.Inspect(Context.ConnectionId, idOrEmpty);
    }

    private async Task OpenAsync(CityFeed feed, IAlarmDesk alarms)
    {
        Context.Items[s_feedKey] = feed;
        var view = hub.Clients.Client(Context.ConnectionId);
        if (!feed.TryOpen(Context.ConnectionId, new HubViewSink(view, Context)))
        {
            Context.Abort();
            return;
        }

        await view.SendAsync(
            "alarms", await AlarmNewsFeed.NewsAsync(alarms, feed.Graph, Context.ConnectionAborted));
    }

    private sealed class HubViewSink(ISingleClientProxy client, HubCallerContext connection) : IViewSink
    {
        public Task FrameAsync(byte[] frame) => client.SendAsync("frame", frame);

        public Task TwinAsync(string twinJson) => client.SendAsync("twin", twinJson);

        public Task AlarmsAsync(string newsJson) => client.SendAsync("alarms", newsJson);

        public void End() => connection.Abort();
    }
}
