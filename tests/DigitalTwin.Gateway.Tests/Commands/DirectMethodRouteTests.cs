using System.Text.Json;
using DigitalTwin.Gateway.Commands;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.Tests.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Commands;

/// <summary>Commands as direct methods, to a device as a raw client.</summary>
public sealed class DirectMethodRouteTests
{
    private static readonly CommandServer.Parts s_impatient = new()
    {
        Commands = new CommandLimits { MethodAnswerWithin = TimeSpan.FromMilliseconds(200) },
    };

    [Fact]
    public async Task ACommandOfTheDeviceItselfIsAMethodOfItsNameAndPayload()
    {
        await using var server = await CommandServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server.Edge);
        await PlaceContactorAsync(server, "o");
        var (topic, payload) = await HubClient.HearAsync(device);
        Assert.StartsWith("$iothub/methods/POST/setContactor/?$rid=", topic, StringComparison.Ordinal);
        Assert.Equal("true", payload);
        await server.UntilAsync("o", "sent", 1);

        await AnswerAsync(device, topic, 200, """{"took":"3 ms"}""");
        await server.UntilAsync("o", "delivered", 1);
        await HubClient.PublishAsync(
            device, "devices/cab-1/messages/events/", """[{"twin":"cab-1","contactorClosed":true}]""");
        await server.UntilAsync("o", "confirmed", 1);
        Assert.Equal(
            ["queued", "sent direct method setContactor", """delivered answered 200 {"took":"3 ms"}""", "confirmed"],
            await server.StepsAsync("o", "cab-1"));
    }

    [Fact]
    public async Task ACommandOfATwinBehindAConcentratorIsThatOfAComponent()
    {
        await using var server = await CommandServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server.Edge);
        await PlaceDimAsync(server, "o");

        var (topic, payload) = await HubClient.HearAsync(device);

        Assert.StartsWith("$iothub/methods/POST/l-000*setDimLevel/?$rid=", topic, StringComparison.Ordinal);
        Assert.Equal("40", payload);
        await AnswerAsync(device, topic, 204, "");
        await server.UntilAsync("o", "delivered", 1);
    }

    [Theory]
    [InlineData(403, "refused")]
    [InlineData(404, "refused")]
    [InlineData(500, "failed")]
    [InlineData(501, "failed")]
    [InlineData(-1, "failed")]
    public async Task AnAnswerThatSaysNoEndsItWithTheDevicesWords(int status, string state)
    {
        await using var server = await CommandServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server.Edge);
        await PlaceContactorAsync(server, "o");
        await AnswerAsync(device, (await HubClient.HearAsync(device)).Topic, status, """{"why":"door open"}""");

        await server.UntilAsync("o", state, 1);

        Assert.Equal($$"""{{state}} answered {{status}} {"why":"door open"}""", (await server.StepsAsync("o", "cab-1"))[^1]);
    }

    [Fact]
    public async Task TheFirstOfTwoAnswersCounts()
    {
        await using var server = await CommandServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server.Edge);
        await PlaceContactorAsync(server, "first");
        var (topic, _) = await HubClient.HearAsync(device);
        await AnswerAsync(device, topic, 200, "1");
        await AnswerAsync(device, topic, 500, "2");
        await server.UntilAsync("first", "delivered", 1);

        // What comes behind them on the same connection has been worked through after them.
        await PlaceDimAsync(server, "second");
        await AnswerAsync(device, (await HubClient.HearAsync(device)).Topic, 200, "3");
        await server.UntilAsync("second", "delivered", 1);
        Assert.Equal(
            ["queued", "sent direct method setContactor", "delivered answered 200 1"],
            await server.StepsAsync("first", "cab-1"));
    }

    [Fact]
    public async Task AnAnswerThatComesLateStillDelivers()
    {
        await using var server = await CommandServer.StartAsync(s_impatient);
        using var device = await HubClient.DeviceAsync(server.Edge);
        await PlaceContactorAsync(server, "o");
        var (topic, _) = await HubClient.HearAsync(device);
        await server.UntilAsync(
            async () => (await server.StepsAsync("o", "cab-1"))
                .Contains("queued the device did not answer within 0.2 s"),
            "it does not wait again");

        await AnswerAsync(device, topic, 200, "");

        await server.UntilAsync("o", "delivered", 1);
        Assert.Equal("delivered late: answered 200", (await server.StepsAsync("o", "cab-1"))[^1]);
    }

    [Fact]
    public async Task WhoLeavesMethodsUnansweredIsToldByAMessage()
    {
        await using var server = await CommandServer.StartAsync(s_impatient);
        using var device = await ListeningAsync(server);
        await PlaceContactorAsync(server, "o");
        Assert.StartsWith("$iothub/methods/", (await HubClient.HearAsync(device)).Topic, StringComparison.Ordinal);

        var (topic, said) = await HubClient.HearAsync(device);

        Assert.StartsWith("devices/cab-1/messages/devicebound/", topic, StringComparison.Ordinal);
        using var message = JsonDocument.Parse(said);
        Assert.Equal(2, message.RootElement.GetProperty("attempt").GetInt32());
        await device.SendAsync(Packets.Acknowledge(4, 1));
        await server.UntilAsync("o", "delivered", 1);

        // It is not asked in vain again, as long as it stays with its subscriptions.
        await PlaceContactorAsync(server, "next");
        Assert.StartsWith(
            "devices/cab-1/messages/devicebound/", (await HubClient.HearAsync(device)).Topic, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoDoesNotKnowTheMethodIsToldByAMessage()
    {
        await using var server = await CommandServer.StartAsync();
        using var device = await ListeningAsync(server);
        await PlaceContactorAsync(server, "o");
        await AnswerAsync(device, (await HubClient.HearAsync(device)).Topic, 501, "");

        Assert.StartsWith(
            "devices/cab-1/messages/devicebound/", (await HubClient.HearAsync(device)).Topic, StringComparison.Ordinal);
        Assert.Contains("queued the device does not know the method", await server.StepsAsync("o", "cab-1"));
    }

    [Fact]
    public async Task AnOrderWithATimeGoesByMessageBecauseAMethodHasNoPlaceForIt()
    {
        await using var server = await CommandServer.StartAsync();
        using var device = await ListeningAsync(server);
        await PlaceDimAsync(server, "o", "\"forMinutes\":30,");

        var (topic, said) = await HubClient.HearAsync(device);

        Assert.StartsWith("devices/cab-1/messages/devicebound/", topic, StringComparison.Ordinal);
        Assert.Contains("\"until\":", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatTheServerDidNotHearTheAnswerOfBeforeItEndedIsAskedAgain()
    {
        var now = Instant.From(DateTimeOffset.UtcNow);
        await using var server = await CommandServer.StartAsync(
            new CommandInput.Place(now, new CommandOrder
            {
                Id = "o", Name = "setContactor", Payload = "true", Targets = ["cab-1"], By = "aigerim",
                Deadline = now.Plus(TimeSpan.FromHours(1)),
            }),
            new CommandInput.Sent(now, new CommandKey("o", "cab-1"), "direct method setContactor"));
        using var device = await RawClient.AdmittedAsync(server.Edge, Packets.V311, "cab-1");
        // Its answer to the first question was on its way when the server ended.
        await HubClient.PublishAsync(device, "$iothub/methods/res/200/?$rid=1", "");
        await device.SendAsync(Packets.Subscribe(Packets.V311, 1, ("$iothub/methods/POST/#", 0)));
        var topic = await HearBesideSubackAsync(device);
        Assert.StartsWith("$iothub/methods/POST/setContactor/", topic, StringComparison.Ordinal);
        await server.UntilAsync("o", "sent", 1);
        await AnswerAsync(device, topic, 200, "");
        await server.UntilAsync("o", "delivered", 1);
        var steps = await server.StepsAsync("o", "cab-1");
        Assert.Equal(
            ["queued", "sent direct method setContactor",
                "queued the server was started again before the device acknowledged it"], steps[..3]);
        Assert.Equal(["sent direct method setContactor", "delivered answered 200"], steps[^2..]);
    }

    [Fact]
    public async Task AllLightsOfOneDeviceAreAskedAlsoWhereFewMayBeAtOnce()
    {
        await using var server = await CommandServer.StartAsync(
            new CommandServer.Parts { Hub = new HubLimits { MethodsPerDeviceMax = 3 } });
        using var device = await HubClient.DeviceAsync(server.Edge);
        await server.PostAsync(
            "", """{"id":"all","name":"setDimLevel","payload":10,"targets":{"cabinet":"cab-1"},"withinMinutes":5,"by":"a"}""",
            202);
        var told = new HashSet<string>();
        for (var i = 0; i < ApiCity.Lights; i++)
        {
            var (topic, _) = await HubClient.HearAsync(device);
            Assert.True(told.Add(topic.Split('/')[3]));
            await AnswerAsync(device, topic, 200, "");
        }

        await server.UntilAsync("all", "delivered", ApiCity.Lights);
    }

    private static Task<JsonElement> PlaceContactorAsync(CommandServer server, string id) => server.PostAsync(
        "", $$"""{"id":"{{id}}","name":"setContactor","payload":true,"targets":{"twins":["cab-1"]},"withinMinutes":5,"by":"a"}""",
        202);

    private static Task<JsonElement> PlaceDimAsync(CommandServer server, string id, string more = "") => server.PostAsync(
        "", $$"""{"id":"{{id}}",{{more}}"name":"setDimLevel","payload":40,"targets":{"twins":["l-000"]},"withinMinutes":5,"by":"a"}""",
        202);

    // MQTT 3.1.1 §3.8.4: what a subscription brings may come before its SUBACK.
    private static async Task<string> HearBesideSubackAsync(RawClient device)
    {
        var topic = "";
        for (var packet = 0; packet < 2; packet++)
        {
            var bytes = await device.ReadAsync();
            if (bytes[0] != 0x90)
                topic = System.Text.Encoding.UTF8.GetString(bytes, 4, bytes[2] << 8 | bytes[3]);
        }

        return topic;
    }

    // Takes methods and messages.
    private static async Task<RawClient> ListeningAsync(CommandServer server)
    {
        var device = await HubClient.DeviceAsync(server.Edge);
        await device.SendAsync(Packets.Subscribe(Packets.V311, 2, ("devices/cab-1/messages/devicebound/#", 1)));
        Assert.Equal(0x90, (await device.ReadAsync())[0]);
        return device;
    }

    private static Task AnswerAsync(RawClient device, string topic, int status, string payload) =>
        HubClient.PublishAsync(
            device, FormattableString.Invariant($"$iothub/methods/res/{status}/?{topic[topic.IndexOf("$rid", StringComparison.Ordinal)..]}"), payload);
}
