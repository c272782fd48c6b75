using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Gateway.Tests.LoRaWan;

namespace DigitalTwin.Gateway.Tests.Commands;

/// <summary>Commands of LoRaWAN devices, from the order over the network server to the uplink that confirms it.</summary>
public sealed class LoRaWanRouteTests : IAsyncLifetime
{
    private const string Acknowledged = $"\"queueItemId\": \"{NetworkServerDouble.QueueItem}\", \"acknowledged\": true";
    private const string NotAcknowledged = $"\"queueItemId\": \"{NetworkServerDouble.QueueItem}\", \"fCntDown\": 3";

    private readonly string _folder = Directory.CreateTempSubdirectory("lorawan-commands-").FullName;
    private NetworkServerDouble _network = null!;

    public async Task InitializeAsync() => _network = await NetworkServerDouble.StartAsync();

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task ACommandIsSentThenDeliveredByTheAcknowledgementThenConfirmedByTheUplink()
    {
        await using var server = await StartAsync();
        await PlaceAsync(server);
        await server.UntilAsync("o", "sent", 1);
        var (path, body) = Assert.Single(_network.Received);
        Assert.Equal($"/api/devices/{LoRaWanCity.ZenopixEui}/queue", path);
        Assert.Equal("hAFG", body.GetProperty("queueItem").GetProperty("data").GetString()); // 84 01 46: 70 %
        Assert.True(body.GetProperty("queueItem").GetProperty("confirmed").GetBoolean());

        // That a gateway sent it says nothing of the device.
        await ToldAsync(server, "txack", $"\"queueItemId\": \"{NetworkServerDouble.QueueItem}\"");
        Assert.StartsWith("sent downlink ", (await server.StepsAsync("o", "l-2"))[^1], StringComparison.Ordinal);
        await ToldAsync(server, "ack", Acknowledged);
        await server.UntilAsync("o", "delivered", 1);
        await UplinkAsync(server, percent: 20);
        await UplinkAsync(server, percent: 71);
        await server.UntilAsync("o", "confirmed", 1);

        var steps = await server.StepsAsync("o", "l-2");
        Assert.Equal(["delivered acknowledged", "confirmed"], steps[^2..]);
        Assert.Equal(4, steps.Length);
    }

    [Fact]
    public async Task ADeviceThatDoesNotAcknowledgeIsToldAgainWhenItIsHeard()
    {
        await using var server = await StartAsync();
        await PlaceAsync(server);
        await server.UntilAsync("o", "sent", 1);
        await ToldAsync(server, "ack", NotAcknowledged);
        await server.UntilAsync(
            async () => (await server.StepsAsync("o", "l-2"))[^1] == "queued the device has not acknowledged it",
            "it does not wait again");

        await UplinkAsync(server, percent: 20);

        await server.UntilAsync("o", "sent", 1);
        Assert.Equal(2, _network.Received.Count);
        await ToldAsync(server, "ack", Acknowledged);
        await server.UntilAsync("o", "delivered", 1);
    }

    [Fact]
    public async Task WhileTheNetworkServerIsDownTheCommandWaitsAndSaysWhy()
    {
        _network.Token = "Bearer another";
        await using var server = await StartAsync();
        await PlaceAsync(server);
        await server.UntilAsync(
            async () => (await server.StepsAsync("o", "l-2"))[^1] == "queued the network server answered 401",
            "it does not say what the network server answered");
        Assert.Empty(_network.Received);

        _network.Token = "Bearer chirp-token";
        await UplinkAsync(server, percent: 20);
        await server.UntilAsync("o", "sent", 1);
        Assert.Single(_network.Received);
    }

    [Fact]
    public async Task ADeviceThatNeverComesHasNotGotItWhenItsTimeIsOver()
    {
        await using var server = await StartAsync();
        await PlaceAsync(server);
        await server.UntilAsync("o", "sent", 1);

        server.Edge.Time.Push(TimeSpan.FromMinutes(6));

        await server.UntilAsync("o", "expired", 1);
        Assert.Equal("expired never acknowledged", (await server.StepsAsync("o", "l-2"))[^1]);
        // What it says of it afterwards changes nothing any more.
        await ToldAsync(server, "ack", Acknowledged);
        Assert.Equal("expired never acknowledged", (await server.StepsAsync("o", "l-2"))[^1]);
    }

    [Fact]
    public async Task ADownlinkThatWasOnItsWayIsStillKnownAfterARestartAndNotSentAgain()
    {
        string sent;
        await using (var server = await StartAsync())
        {
            await PlaceAsync(server);
            await server.UntilAsync("o", "sent", 1);
            sent = (await server.StepsAsync("o", "l-2"))[^1];
        }

        await using var restarted = await StartAsync();
        var id = sent.Split(' ')[2];
        await restarted.UntilAsync(
            async () => (await restarted.Edge.Http.GetAsync($"/api/v1/lorawan/devices/{LoRaWanCity.ZenopixEui}/downlinks/{id}"))
                .StatusCode == HttpStatusCode.OK,
            "the downlink is not known any more");
        await ToldAsync(restarted, "ack", Acknowledged);
        await restarted.UntilAsync("o", "delivered", 1);

        Assert.Equal(["queued", sent, "delivered acknowledged"], await restarted.StepsAsync("o", "l-2"));
        Assert.Single(_network.Received);
        Assert.Contains("\"state\":\"delivered\"", await restarted.Edge.Http.GetStringAsync(
            $"/api/v1/lorawan/devices/{LoRaWanCity.ZenopixEui}/downlinks/{id}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("downlink 0199 through city-lns as 1bbc", "0199", "city-lns", "1bbc")]
    [InlineData("downlink 0199 through ttn", "0199", "ttn", null)]
    public void WhatIsKnownOfADownlinkIsReadAsItWasWritten(string text, string id, string server, string? item)
    {
        Assert.True(DownlinkTrace.TryParse(text, out var trace));
        Assert.Equal(new DownlinkTrace(id, server, item), trace);
        Assert.Equal(text, trace.ToString());
    }

    [Theory]
    [InlineData("message")]
    [InlineData("direct method l-000*setDimLevel")]
    [InlineData("downlink 0199 through")]
    [InlineData("")]
    public void WhatWentAnotherWayIsNoDownlink(string text) => Assert.False(DownlinkTrace.TryParse(text, out _));

    private Task<CommandServer> StartAsync() => CommandServer.StartAsync(new CommandServer.Parts(_folder)
    {
        Twins = LoRaWanCity.Twins(),
        Networks = new NetworkServers(
        [
            LoRaWanCity.Server(
                "chirp", NetworkServerKind.ChirpStack, LoRaWanCity.ChirpStackSecret, _network.Url, "chirp-token"),
        ]),
    });

    private static Task<JsonElement> PlaceAsync(CommandServer server) => server.PostAsync(
        "", """{"id":"o","name":"setDimLevel","payload":70,"targets":{"twins":["l-2"]},"withinMinutes":5,"by":"a"}""", 202);

    private static async Task UplinkAsync(CommandServer server, int percent)
    {
        var time = DateTimeOffset.UtcNow.ToString("o");
        await PostAsync(server, "up", NetworkEvents.ChirpStackUplink(
            LoRaWanCity.ZenopixEui, 8, "AQI=", id: Guid.NewGuid().ToString(), time: time,
            more: FormattableString.Invariant($$""" "object": {"dim_value": {{percent}}}, """)));
    }

    private static Task ToldAsync(CommandServer server, string name, string more) => PostAsync(
        server, name, NetworkEvents.ChirpStackEvent(LoRaWanCity.ZenopixEui, more, id: Guid.NewGuid().ToString()));

    private static async Task PostAsync(CommandServer server, string name, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/lorawan/chirpstack?event={name}")
        {
            Content = new StringContent(body, new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", LoRaWanCity.ChirpStackSecret);
        using var answer = await server.Edge.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }
}
