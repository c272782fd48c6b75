using System.Text.Json;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Commands;
using DigitalTwin.Gateway.EventIngest;
using DigitalTwin.Gateway.HubCommands;
using DigitalTwin.Gateway.Tests.Commands;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Time;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.HubCommands;

/// <summary>Commands to devices that are connected to an IoT hub.</summary>
public sealed class HubCommandRouteTests
{
    [Fact]
    public async Task ACommandIsADirectMethodAtTheHubAndWhatTheDeviceAnswersIsItsEnd()
    {
        var hub = new HubDouble("a", _ => HubReply.Answered(200, """{"took":"3 ms"}"""));
        await using var server = await StartAsync(hub);
        await PlaceAsync(server, "o", "l-000");
        await server.UntilAsync("o", "delivered", 1);
        var asked = Assert.Single(hub.Asked);
        Assert.Equal(("l-000*setDimLevel", "cab-1", "40"), (asked.What, asked.Device, asked.Sent));
        Assert.Equal(TimeSpan.FromSeconds(30), asked.Within);
        Assert.Equal(
            ["queued", "sent direct method l-000*setDimLevel", """delivered answered 200 {"took":"3 ms"}"""],
            await server.StepsAsync("o", "l-000"));
    }

    [Theory]
    [InlineData(0, 204, SendingState.Delivered, "answered 204")]
    [InlineData(0, 299, SendingState.Delivered, "answered 299")]
    [InlineData(0, 400, SendingState.Refused, "answered 400")]
    [InlineData(0, 499, SendingState.Refused, "answered 499")]
    [InlineData(0, 500, SendingState.Failed, "answered 500")]
    [InlineData(0, 501, SendingState.Failed, "answered 501")]
    [InlineData(0, 300, SendingState.Failed, "answered 300")]
    [InlineData(404_103, 0, SendingState.NotSent, "the device is offline")]
    [InlineData(404, 0, SendingState.NotSent, "the device is offline")]
    [InlineData(404_001, 0, SendingState.Failed, "no IoT hub knows the device")]
    [InlineData(429_001, 0, SendingState.NotSent, "the IoT hub asks for a pause")]
    [InlineData(429_002, 0, SendingState.NotSent, "the IoT hub asks for a pause")]
    [InlineData(429, 0, SendingState.NotSent, "the IoT hub asks for a pause")]
    [InlineData(403_002, 0, SendingState.NotSent, "the IoT hub asks for a pause")]
    [InlineData(401_002, 0, SendingState.NotSent, "the IoT hub does not let this gateway in")]
    [InlineData(403, 0, SendingState.NotSent, "the IoT hub does not let this gateway in")]
    [InlineData(504_101, 0, SendingState.NotSent, "the device did not answer within 30 s")]
    [InlineData(408, 0, SendingState.NotSent, "the device did not answer within 30 s")]
    [InlineData(400_004, 0, SendingState.Failed, "the IoT hub does not take it:")]
    [InlineData(413_001, 0, SendingState.Failed, "the IoT hub does not take it:")]
    [InlineData(500_001, 0, SendingState.NotSent, "the IoT hub is not reached")]
    [InlineData(503_001, 0, SendingState.NotSent, "the IoT hub is not reached")]
    public void WhatTheHubSaysDecidesWhetherItIsTriedAgain(int error, int status, SendingState state, string detail)
    {
        var report = HubErrors.ReportOf(new HubReply(error, status), TimeSpan.FromSeconds(30));
        Assert.Equal((state, detail), (report.State, report.Detail.TrimEnd()));
    }

    [Fact]
    public async Task ADeviceThatIsConnectedHereIsNotLookedForThere()
    {
        var hub = new HubDouble("a", _ => HubReply.Answered(200, null));
        await using var server = await StartAsync(hub);
        using var cabinet = await CommandedCabinet.ListeningAsync(server);
        await PlaceAsync(server, "o", "l-000");
        var (packetId, _, _) = await cabinet.NextAsync();
        await cabinet.AcknowledgeAsync(packetId);
        await server.UntilAsync("o", "delivered", 1);
        Assert.Empty(hub.Asked);
    }

    [Fact]
    public async Task TheHubThatKnowsTheDeviceIsFoundAndAskedFirstFromThenOn()
    {
        var one = new HubDouble("a", _ => HubReply.Refused(404_001, "DeviceNotFound"));
        var other = new HubDouble("b", _ => HubReply.Answered(200, null));
        await using var server = await StartAsync(one, other);
        await PlaceAsync(server, "first", "l-000");
        await server.UntilAsync("first", "delivered", 1);
        await PlaceAsync(server, "second", "l-001");
        await server.UntilAsync("second", "delivered", 1);
        Assert.Equal((1, 2), (one.Asked.Count, other.Asked.Count));
    }

    [Fact]
    public async Task AHubThatIsNotReachedKeepsTheCommandWaiting()
    {
        var hub = new HubDouble("a", _ => throw new HttpRequestException("no route to host"));
        await using var server = await StartAsync(hub);
        await PlaceAsync(server, "o", "l-000");
        await server.UntilAsync(
            async () => (await server.StepsAsync("o", "l-000"))[^1] == "queued the IoT hub is not reached", "not queued");
    }

    [Fact]
    public async Task AHubThatAsksForAPauseIsLeftAloneForIt()
    {
        var isThrottled = true;
        var hub = new HubDouble("a", _ => isThrottled ? HubReply.Refused(429_001, null) : HubReply.Answered(200, null));
        await using var server = await StartAsync(hub);
        await PlaceAsync(server, "first", "l-000");
        await UntilLastAsync(server, "first", "l-000", "queued the IoT hub asks for a pause");
        isThrottled = false;
        await PlaceAsync(server, "second", "l-001");
        await UntilLastAsync(server, "second", "l-001", "queued the IoT hub asks for a pause");
        Assert.Single(hub.Asked);
        server.Edge.Time.Push(TimeSpan.FromSeconds(11));
        await PlaceAsync(server, "third", "l-002");
        await server.UntilAsync("third", "delivered", 1);
    }

    // contracts §10: what stands until a time is a property, which the hub keeps for a device that is away.
    [Fact]
    public async Task AnOrderThatStandsUntilATimeIsADesiredProperty()
    {
        var hub = new HubDouble("a", _ => HubReply.Answered(200, null));
        await using var server = await StartAsync(hub);
        var until = new Instant(server.Edge.Time.GetUtcNow().AddHours(1).ToUnixTimeSeconds() * 1_000);
        await PlaceAsync(server, "o", "l-000", $",\"until\":\"{until}\"");
        await server.UntilAsync("o", "sent", 1);
        var asked = Assert.Single(hub.Asked);
        Assert.Equal(("patch", "cab-1"), (asked.What, asked.Device));
        // As documented, with this order's id and time.
        var documented = Checkout.JsonExamples("docs/contracts.md", "## 10. Commands")[2]
            .Replace("storm-2026-11-21", "o", StringComparison.Ordinal)
            .Replace("2026-11-21T14:00:00.000Z", until.ToString(), StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(documented), JsonNode.Parse(asked.Sent)), asked.Sent);
        Assert.Equal("sent desired property", (await server.StepsAsync("o", "l-000"))[^1]);
    }

    [Theory]
    [InlineData(413_001)]
    [InlineData(400_004)]
    public async Task WhereATwinIsFullTheValueGoesAsAMethod(int refusal)
    {
        var hub = new HubDouble("a", what => what == "patch"
            ? HubReply.Refused(refusal, "too large")
            : HubReply.Answered(200, null));
        await using var server = await StartAsync(hub);
        var until = new Instant(server.Edge.Time.GetUtcNow().AddHours(1).ToUnixTimeSeconds() * 1_000);
        await PlaceAsync(server, "o", "l-000", $",\"until\":\"{until}\"");
        await server.UntilAsync("o", "delivered", 1);
        Assert.Equal(["patch", "l-000*setDimLevel"], hub.Asked.Select(asked => asked.What));
    }

    [Fact]
    public async Task AfterARestartOnlyWhatTheHubItselfKeepsIsNotSentAgain()
    {
        await using var server = await StartAsync(new HubDouble("a", _ => HubReply.Answered(200, null)));
        var route = server.Edge.Services.GetServices<ICommandRoute>().OfType<HubCommandRoute>().Single();
        Assert.True(server.Edge.Graph.TryFind("l-000", out var twin));
        Assert.True(route.TakesUp(twin, Sent("desired property")));
        Assert.False(route.TakesUp(twin, Sent("direct method l-000*setDimLevel")));

        static SentCommand Sent(string via) => new(
            new CommandKey("o", "l-000"), "setDimLevel", "40", Instant.Utc(2026, 11, 21), via);
    }

    [Fact]
    public async Task ADeviceThatComesToTheHubIsToldAtOnce()
    {
        var isOnline = false;
        var hub = new HubDouble("a", _ => Volatile.Read(ref isOnline)
            ? HubReply.Answered(200, null)
            : HubReply.Refused(404_103, "DeviceNotOnline"));
        await using var server = await StartAsync(hub);
        await PlaceAsync(server, "o", "l-000");
        await UntilLastAsync(server, "o", "l-000", "queued the device is offline");
        Volatile.Write(ref isOnline, true);
        await using var partition = server.Edge.Get<EventDesk>().Open(new EventPlace("lifecycle", "0"));
        await partition.OfferAsync(
            new HubEvent("{}"u8.ToArray(), DateTimeOffset.UtcNow, 1, "1")
            {
                Properties = new Dictionary<string, object> { ["deviceId"] = "cab-1", ["opType"] = "deviceConnected" },
                SystemProperties = new Dictionary<string, object>
                {
                    ["iothub-message-source"] = "deviceConnectionStateEvents",
                },
            },
            _ => Task.CompletedTask, default);
        await server.UntilAsync("o", "delivered", 1);
    }

    private static Task<CommandServer> StartAsync(params IHubService[] hubs) =>
        CommandServer.StartAsync(new CommandServer.Parts { Hubs = hubs });

    private static Task<JsonElement> PlaceAsync(CommandServer server, string id, string light, string more = "") =>
        server.PostAsync("", $$"""
            {"id":"{{id}}","name":"setDimLevel","payload":40,"targets":{"twins":["{{light}}"]},"withinMinutes":60,"by":"t"{{more}}}
            """, expected: 202);

    private static Task UntilLastAsync(CommandServer server, string order, string twin, string step) =>
        server.UntilAsync(async () => (await server.StepsAsync(order, twin))[^1] == step, $"{order}: is not '{step}'");
}
