using System.Text.Json;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>What a sender is told of how its messages ended.</summary>
public sealed class MessageFeedbackTests
{
    private const string Path = "/devices/cab-1/messages/deviceBound";
    private const string Feedback = "/messages/serviceBound/feedback";

    [Theory]
    [InlineData("full", "Success", "Rejected")]
    [InlineData("positive", "Success")]
    [InlineData("negative", "Rejected")]
    [InlineData("none")]
    [InlineData(null)]
    public async Task WhatWasAskedForIsTold(string? acknowledge, params string[] expected)
    {
        await using var server = await EdgeServer.StartAsync();
        foreach (var (id, suffix) in ((string, string)[])[("m-1", ""), ("m-2", "?reject")])
        {
            await SendAsync(server, id, acknowledge);
            Assert.Equal(204, await DeviceAsync(server, "DELETE", $"{Path}/{await LockAsync(server)}{suffix}"));
        }

        var (_, records) = await ReceiveAsync(server);

        Assert.Equal(expected, records.Select(record => record.GetProperty("statusCode").GetString()));
        Assert.All(records, record => Assert.Equal(
            ("cab-1", "1", record.GetProperty("statusCode").GetString() == "Success" ? "m-1" : "m-2"),
            (record.GetProperty("deviceId").GetString(), record.GetProperty("deviceGenerationId").GetString(),
                record.GetProperty("originalMessageId").GetString())));
    }

    [Fact]
    public async Task ThePubackOfADeviceIsASuccess()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", isClean: false);
        await device.SendAsync(Packets.Subscribe(Packets.V311, 1, ("devices/cab-1/messages/devicebound/#", 1)));
        Assert.Equal(0x90, (await device.ReadAsync())[0]);
        await SendAsync(server, "m-1", "full");
        await HubClient.HearAsync(device);
        Assert.Empty((await ReceiveAsync(server)).Records);
        await device.SendAsync(Packets.Acknowledge(4, 1));
        await Deadline.UntilAsync(() => server.Get<CloudMessages>().CountOf("cab-1") == 0, "it still waits");

        Assert.Equal("Success", Assert.Single((await ReceiveAsync(server)).Records).GetProperty("statusCode").GetString());
    }

    [Fact]
    public async Task WhatNobodyTookInTimeOrWasDroppedIsToldAsThat()
    {
        await using var server = await EdgeServer.StartAsync();
        await SendAsync(server, "late", "negative");
        // Nobody asks for the message any more, only how it ended.
        server.Time.Push(TimeSpan.FromMinutes(61));
        var (first, expired) = await ReceiveAsync(server);
        Assert.Equal("Expired", Assert.Single(expired).GetProperty("statusCode").GetString());
        Assert.Equal(204, (await HubClient.AskAsync(server, "DELETE", $"{Feedback}/{first}")).Status);

        await SendAsync(server, "dropped", "full");
        await HubClient.AskAsync(server, "DELETE", "/devices/cab-1/commands");
        var (second, purged) = await ReceiveAsync(server);
        Assert.Equal("Purged", Assert.Single(purged).GetProperty("statusCode").GetString());
        await HubClient.AskAsync(server, "DELETE", $"{Feedback}/{second}");

        await SendAsync(server, "worn", "full");
        for (var delivery = 1; delivery <= 10; delivery++)
            Assert.Equal(204, await DeviceAsync(server, "POST", $"{Path}/{await LockAsync(server)}/abandon"));
        Assert.Equal(
            "DeliveryCountExceeded", Assert.Single((await ReceiveAsync(server)).Records).GetProperty("statusCode").GetString());
    }

    [Fact]
    public async Task ItIsLockedUntilItIsCompletedGivenBackOrTheLockIsOver()
    {
        await using var server = await EdgeServer.StartAsync();
        await SendAsync(server, "m-1", "full");
        await HubClient.AskAsync(server, "DELETE", "/devices/cab-1/commands");
        var (first, _) = await ReceiveAsync(server);
        Assert.Empty((await ReceiveAsync(server)).Records);

        Assert.Equal(204, (await HubClient.AskAsync(server, "POST", $"{Feedback}/{first}/abandon")).Status);
        var (second, again) = await ReceiveAsync(server);
        Assert.Single(again);
        Assert.Equal(412, (await HubClient.AskAsync(server, "DELETE", $"{Feedback}/{first}")).Status);

        server.Time.Push(TimeSpan.FromSeconds(61));
        Assert.Equal(412, (await HubClient.AskAsync(server, "DELETE", $"{Feedback}/{second}")).Status);
        var (third, late) = await ReceiveAsync(server);
        Assert.Single(late);
        Assert.Equal(204, (await HubClient.AskAsync(server, "DELETE", $"{Feedback}/{third}")).Status);
        Assert.Empty((await ReceiveAsync(server)).Records);
    }

    [Fact]
    public async Task WhatWasNotCompletedIsThereAfterARestartAndNotForEver()
    {
        using var folder = new TemporaryFolder("feedback-");
        await using (var server = await EdgeServer.StartAsync(sessionFolder: folder.Path))
        {
            foreach (var id in (string[])["done", "kept"])
            {
                await SendAsync(server, id, "full");
                await HubClient.AskAsync(server, "DELETE", "/devices/cab-1/commands");
                if (id == "done")
                    await HubClient.AskAsync(server, "DELETE", $"{Feedback}/{(await ReceiveAsync(server)).Lock}");
            }
        }

        await using (var restarted = await EdgeServer.StartAsync(sessionFolder: folder.Path))
        {
            Assert.Equal(
                "kept", Assert.Single((await ReceiveAsync(restarted)).Records).GetProperty("originalMessageId").GetString());
            restarted.Time.Push(TimeSpan.FromMinutes(61));
            Assert.Empty((await ReceiveAsync(restarted)).Records);
        }
    }

    [Fact]
    public async Task NoMoreIsKeptThanMayBeAndNoMoreIsReceivedAtOnce()
    {
        await using var server = await EdgeServer.StartAsync(services: services => services.AddSingleton(
            new HubLimits { FeedbackKeptMax = 3, FeedbackBatchMax = 2 }));
        for (var i = 1; i <= 4; i++)
        {
            await SendAsync(server, $"m-{i}", "full");
            await HubClient.AskAsync(server, "DELETE", "/devices/cab-1/commands");
        }

        var (first, records) = await ReceiveAsync(server);
        Assert.Equal(["m-2", "m-3"], records.Select(record => record.GetProperty("originalMessageId").GetString()));
        await HubClient.AskAsync(server, "DELETE", $"{Feedback}/{first}");
        Assert.Equal(
            "m-4", Assert.Single((await ReceiveAsync(server)).Records).GetProperty("originalMessageId").GetString());
    }

    [Fact]
    public async Task OtherWordsAreRefusedAndOnlyAServiceIsTold()
    {
        await using var server = await EdgeServer.StartAsync();
        var asked = await HubClient.AskAsync(server, "POST", Path, "x", null, ("iothub-ack", "maybe"));
        Assert.Equal(400, asked.Status);
        Assert.Equal(401, (await HubClient.AskAsync(server, "GET", Feedback, token: server.TokenOf("cab-1"))).Status);
        Assert.Equal(
            401, (await HubClient.AskAsync(server, "GET", Feedback, token: HubClient.TokenOf(server, "registryRead"))).Status);
    }

    private static async Task SendAsync(EdgeServer server, string id, string? acknowledge) =>
        Assert.Equal(204, (await HubClient.AskAsync(
            server, "POST", Path, "x", null,
            acknowledge is null
                ? [("iothub-messageid", id)]
                : [("iothub-messageid", id), ("iothub-ack", acknowledge)])).Status);

    private static async Task<int> DeviceAsync(EdgeServer server, string method, string path) =>
        (await HubClient.AskAsync(server, method, path, null, server.TokenOf("cab-1"))).Status;

    private static async Task<string> LockAsync(EdgeServer server)
    {
        var message = await HubClient.AskAsync(server, "GET", Path, null, server.TokenOf("cab-1"));
        return Assert.Single(message.Headers.GetValues("ETag")).Trim('"');
    }

    private static async Task<(string Lock, JsonElement[] Records)> ReceiveAsync(EdgeServer server)
    {
        var answer = await HubClient.AskAsync(server, "GET", Feedback);
        if (answer.Status == 204)
            return ("", []);
        Assert.Equal(200, answer.Status);
        using var records = JsonDocument.Parse(answer.Body!.ToJsonString());
        return (
            Assert.Single(answer.Headers.GetValues("ETag")).Trim('"'),
            [.. records.RootElement.Clone().EnumerateArray()]);
    }
}
