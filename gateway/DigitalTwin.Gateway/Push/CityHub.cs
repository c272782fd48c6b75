using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using Microsoft.AspNetCore.SignalR;

namespace DigitalTwin.Gateway.Push;

/// <summary>The hub at <c>/hubs/city</c>: what a view may ask; contracts §2.</summary>
internal sealed class CityHub(CityFeed feed, IAlarmDesk desk, CityGraph graph, IHubContext<CityHub> hub) : Hub
{
    public const string Path = "/hubs/city";

    private const int IdCharactersMax = 64;

    public override async Task OnConnectedAsync()
    {
        var view = hub.Clients.Client(Context.ConnectionId);
        if (!feed.TryOpen(Context.ConnectionId, new HubViewSink(view)))
        {
            Context.Abort();
            return;
        }

        await view.SendAsync("alarms", await AlarmFeed.NewsAsync(desk, graph, Context.ConnectionAborted));
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        feed.Close(Context.ConnectionId);
        return Task.CompletedTask;
    }

    public string Watch(string requestJson)
    {
        try
        {
            return JsonSerializer.Serialize(
                feed.Watch(Context.ConnectionId, requestJson ?? ""), ApiJson.Options);
        }
        catch (FormatException refused)
        {
            throw new HubException(refused.Message);
        }
    }

    public void Ack(uint number) => feed.Acknowledge(Context.ConnectionId, number);

    public async Task<string> Checksum()
    {
        try
        {
            return JsonSerializer.Serialize(await feed.ChecksumAsync(Context.ConnectionId), ApiJson.Options);
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
        feed.Inspect(Context.ConnectionId, idOrEmpty);
    }

    private sealed class HubViewSink(ISingleClientProxy client) : IViewSink
    {
        public Task FrameAsync(byte[] frame) => client.SendAsync("frame", frame);

        public Task TwinAsync(string twinJson) => client.SendAsync("twin", twinJson);
    }
}
