using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Push;

/// <summary>The hub's <c>alarms</c> message through the npm client, in both hub protocols.</summary>
public sealed class AlarmNewsTests
{
    private const string Lights = """{"kinds":["streetlight"]}""";

    [NodeTheory]
    [InlineData("messagepack")]
    [InlineData("json")]
    public async Task AViewIsToldAtOnceAndOfEveryChange(string protocol)
    {
        await using var server = await HubServer.StartAsync();
        await using var view = NodeView.Start(server.Hub, protocol, Lights);
        var before = await NewsAsync(view, news => news.Revision == 0);
        Assert.Equal((0, 0), (before.Medium, before.Unacknowledged));

        await SignalAsync(server, "b-1-c", "LEAK", isRaised: true);
        var raised = await NewsAsync(view, news => news.Revision > before.Revision);
        Assert.Equal((1, 1), (raised.Medium, raised.Unacknowledged));

        await server.City.Desk.ActAsync(
            new AlarmInput.Acknowledge(Now, "b-1-c:LEAK", "Olga", null), CancellationToken.None);
        var seen = await NewsAsync(view, news => news.Revision > raised.Revision);
        Assert.Equal((1, 0), (seen.Medium, seen.Unacknowledged));

        await SignalAsync(server, "b-1-c", "LEAK", isRaised: false);
        var gone = await NewsAsync(view, news => news.Revision > seen.Revision);
        Assert.Equal((0, 0), (gone.Medium, gone.Unacknowledged));
    }

    [NodeFact]
    public async Task WhoComesLateIsToldAtOnceHowItStands()
    {
        await using var server = await HubServer.StartAsync();
        await SignalAsync(server, "b-1-e", "OUTAGE", isRaised: true);
        await SignalAsync(server, "fd-1", "NO_SUPPLY", isRaised: true);
        await SignalAsync(server, "l-001", "LAMP_FAILURE", isRaised: true); // journalled: nobody is called
        await using var view = NodeView.Start(server.Hub, "messagepack", Lights);

        // The very first message, before anything changes: the outage follows from the dead feeder and is hidden.
        var news = await NewsAsync(view, _ => true);
        Assert.Equal((1, 0, 0, 0, 1), (news.Critical, news.High, news.Medium, news.Low, news.Unacknowledged));
        Assert.Equal(server.City.Desk.Revision, news.Revision);
        Assert.Null(news.Banner);
    }

    [NodeFact]
    public async Task AStormOfAlarmsIsOneShortMessageARound()
    {
        await using var server = await HubServer.StartAsync();
        await using var view = NodeView.Start(server.Hub, "messagepack", Lights);
        var first = await NewsAsync(view, _ => true);
        for (var i = 0; i < 1_000; i++)
            await SignalAsync(server, $"l-{i % 30:000}", "OVERHEAT", isRaised: i / 30 % 2 == 0);

        // A thousand transitions, told in a handful of messages that each hold seven numbers, whatever the city holds.
        var last = server.City.Desk.Revision;
        Assert.True(last >= first.Revision + 1_000);
        var messages = 0;
        await NewsAsync(view, news =>
        {
            messages++;
            return news.Revision >= last;
        });
        Assert.True(messages < 100, $"{messages} messages");
    }

    private static Instant Now => Instant.From(DateTimeOffset.UtcNow);

    private static async Task SignalAsync(HubServer server, string twin, string code, bool isRaised) =>
        Assert.Equal(AlarmOutcome.Applied, await server.City.Desk.ActAsync(
            new AlarmInput.Signal(Now, twin, code, isRaised, Now, 1), CancellationToken.None));

    private static async Task<Gateway.Api.AlarmNews> NewsAsync(NodeView view, Func<Gateway.Api.AlarmNews, bool> isWanted)
    {
        while (true)
        {
            var text = await view.NextAsync("alarms");
            Assert.InRange(text.Length, 1, 400);
            var news = JsonSerializer.Deserialize<Gateway.Api.AlarmNews>(text, Gateway.Api.ApiJson.Options)!;
            if (isWanted(news))
                return news;
        }
    }
}
