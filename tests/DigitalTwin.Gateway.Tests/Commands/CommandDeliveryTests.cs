using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Commands;

/// <summary>What is told to devices, and what is said of it.</summary>
public sealed class CommandDeliveryTests
{
    [Fact]
    public async Task ACommandIsSentThenDeliveredByThePubackThenConfirmedByTelemetry()
    {
        await using var server = await CommandServer.StartAsync();
        using var cabinet = await CommandedCabinet.ListeningAsync(server);
        await PlaceAsync(server, "l-000", "\"id\":\"o-1\",\"forMinutes\":30,");
        var (packetId, topic, said) = await cabinet.NextAsync();
        Assert.StartsWith("devices/cab-1/messages/devicebound/%24.mid=o-1%2Fl-000&", topic, StringComparison.Ordinal);
        Assert.Equal(
            ("setDimLevel", "l-000", 40, "o-1", 1),
            (said.GetProperty("command").GetString(), said.GetProperty("twin").GetString(),
                said.GetProperty("payload").GetInt32(), said.GetProperty("id").GetString(),
                said.GetProperty("attempt").GetInt32()));
        Assert.True(said.TryGetProperty("until", out _));

        await server.UntilAsync("o-1", "sent", 1);
        await cabinet.AcknowledgeAsync(packetId);
        await server.UntilAsync("o-1", "delivered", 1);
        await cabinet.ReportAsync("l-000", 80);
        await cabinet.ReportAsync("l-000", 41);
        await server.UntilAsync("o-1", "confirmed", 1);

        Assert.Equal(
            ["queued", "sent message", "delivered acknowledged", "confirmed"], await server.StepsAsync("o-1", "l-000"));
        Assert.Equal("finished", (await server.GetAsync("/o-1")).GetProperty("state").GetString());
        // The engine knows that the light was asked: what is planned for it is what was ordered.
        await server.UntilAsync(
            async () =>
            {
                await cabinet.ReportAsync("l-000", 41);
                return await server.Edge.ValueOfAsync("l-000", "plannedDimPercent") == 40;
            },
            "the engine does not know that the light was asked");
    }

    [Fact]
    public async Task AnOrderForADeviceThatIsOfflineWaitsForItAndSaysSo()
    {
        await using var server = await CommandServer.StartAsync();
        await PlaceAsync(server, "l-000", "\"id\":\"o\",");
        await server.UntilAsync(
            async () => await server.StepsAsync("o", "l-000") is ["queued", "queued the device is offline"],
            "it does not say that the device is offline");
        Assert.Equal(1, (await server.GetAsync("/o")).GetProperty("counts").GetProperty("queued").GetInt32());

        using var cabinet = await CommandedCabinet.ListeningAsync(server);
        var (packetId, _, _) = await cabinet.NextAsync();
        await cabinet.AcknowledgeAsync(packetId);
        await server.UntilAsync("o", "delivered", 1);
    }

    [Fact]
    public async Task ADeviceThatIsLostBeforeItAcknowledgedIsToldAgain()
    {
        await using var server = await CommandServer.StartAsync();
        using (var cabinet = await CommandedCabinet.ListeningAsync(server))
        {
            await PlaceAsync(server, "l-000", "\"id\":\"o\",");
            await cabinet.NextAsync();
            await server.UntilAsync("o", "sent", 1);
        }

        await server.UntilAsync("o", "queued", 1);
        using var back = await CommandedCabinet.ListeningAsync(server);
        var (packetId, _, said) = await back.NextAsync();
        Assert.Equal(2, said.GetProperty("attempt").GetInt32());
        await back.AcknowledgeAsync(packetId);
        await server.UntilAsync("o", "delivered", 1);
        Assert.Contains(
            "queued the connection ended before the device acknowledged it", await server.StepsAsync("o", "l-000"));
    }

    [Fact]
    public async Task WhatWasOnItsWayWhenTheServerEndedIsSentAgain()
    {
        var now = Instant.From(DateTimeOffset.UtcNow);
        await using var server = await CommandServer.StartAsync(
            new CommandInput.Place(now, new CommandOrder
            {
                Id = "o", Name = "setDimLevel", Payload = "40", Targets = ["l-000", "l-001"], By = "aigerim",
                Deadline = now.Plus(TimeSpan.FromHours(1)), Expectation = new CommandExpectation("dimLevelPercent", 40, 2),
            }),
            new CommandInput.Sent(now, new CommandKey("o", "l-000"), "message"),
            new CommandInput.Sent(now, new CommandKey("o", "l-001"), "message"),
            new CommandInput.Delivered(now, new CommandKey("o", "l-001"), "acknowledged"));
        using var cabinet = await CommandedCabinet.ListeningAsync(server);

        var (_, _, said) = await cabinet.NextAsync();
        Assert.Equal(("l-000", 2), (said.GetProperty("twin").GetString(), said.GetProperty("attempt").GetInt32()));
        Assert.Equal(["queued", "sent message", "delivered acknowledged"], await server.StepsAsync("o", "l-001"));
    }

    [Fact]
    public async Task AllLightsOfOneDeviceAreToldAlsoWhereFewMayWaitForIt()
    {
        await using var server = await CommandServer.StartAsync(
            new CommandServer.Parts { Limits = new GatewayLimits { MessagesWaitingMax = 4 } });
        using var cabinet = await CommandedCabinet.ListeningAsync(server);
        await server.PostAsync(
            "", """{"id":"all","name":"setDimLevel","payload":10,"targets":{"cabinet":"cab-1"},"withinMinutes":5,"by":"a"}""",
            202);
        var told = new HashSet<string>();
        for (var i = 0; i < Api.ApiCity.Lights; i++)
        {
            var (packetId, _, said) = await cabinet.NextAsync();
            told.Add(said.GetProperty("twin").GetString()!);
            await cabinet.AcknowledgeAsync(packetId);
        }

        Assert.Equal(Api.ApiCity.Lights, told.Count);
        await server.UntilAsync("all", "delivered", Api.ApiCity.Lights);
    }

    private static Task<System.Text.Json.JsonElement> PlaceAsync(CommandServer server, string twin, string more) => server.PostAsync(
        "", $$"""{ {{more}}"name":"setDimLevel","payload":40,"targets":{"twins":["{{twin}}"]},"withinMinutes":5,"by":"a"}""",
        202);
}
