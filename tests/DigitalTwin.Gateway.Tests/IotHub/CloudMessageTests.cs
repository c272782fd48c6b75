using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>Cloud-to-device messages over MQTT and HTTPS.</summary>
public sealed class CloudMessageTests
{
    private const string Path = "/devices/cab-1/messages/deviceBound";
    private const string Filter = "devices/cab-1/messages/devicebound/#";

    [Fact]
    public async Task AMessageWaitsForTheDeviceAndGoesWithItsAcknowledgement()
    {
        await using var server = await EdgeServer.StartAsync();
        await SendAsync(server, "one", 204, ("iothub-messageid", "m 1"), ("iothub-app-zone", "a/b"));
        await SendAsync(server, "two", 204);
        using var device = await SubscribedAsync(server);
        var (topic, payload) = await HubClient.HearAsync(device);
        Assert.Equal("one", payload);
        Assert.Equal(
            "devices/cab-1/messages/devicebound/%24.to=%2Fdevices%2Fcab-1%2Fmessages%2Fdevicebound&%24.mid=m%201&zone=a%2Fb",
            topic);
        Assert.Equal("two", (await HubClient.HearAsync(device)).Payload);
        Assert.Equal(2, server.Get<CloudMessages>().CountOf("cab-1"));
        await device.SendAsync(Packets.Acknowledge(4, 1), Packets.Acknowledge(4, 2));
        await Deadline.UntilAsync(() => server.Get<CloudMessages>().CountOf("cab-1") == 0, "they still wait");
    }

    [Fact]
    public async Task WhatWasNotAcknowledgedComesAgainAfterARestartAndOnlyOnce()
    {
        using var folder = new TemporaryFolder("c2d-");
        await using (var server = await EdgeServer.StartAsync(sessionFolder: folder.Path))
        {
            await SendAsync(server, "one", 204);
            using var device = await SubscribedAsync(server);
            Assert.Equal("one", (await HubClient.HearAsync(device)).Payload);
        }

        await using var restarted = await EdgeServer.StartAsync(sessionFolder: folder.Path);
        await SendAsync(restarted, "two", 204);
        using var back = await RawClient.AdmittedAsync(restarted, Packets.V311, "cab-1", isClean: false);
        Assert.Equal(["one", "two"], [(await HubClient.HearAsync(back)).Payload, (await HubClient.HearAsync(back)).Payload]);
        await back.SendAsync(Packets.Pingreq);
        Assert.Equal([0xD0, 0], await back.ReadAsync());
    }

    [Fact]
    public async Task NoMoreThanFiftyWaitAndNoneLongerThanItsTime()
    {
        await using var server = await EdgeServer.StartAsync();
        for (var i = 0; i < 50; i++)
            await SendAsync(server, "x", 204);
        await SendAsync(server, "x", 403);
        server.Time.Push(TimeSpan.FromMinutes(59));
        await SendAsync(server, "x", 403);
        server.Time.Push(TimeSpan.FromMinutes(2));
        await SendAsync(server, "y", 204);
        Assert.Equal(1, server.Get<CloudMessages>().CountOf("cab-1"));
    }

    [Fact]
    public async Task OverHttpsAMessageIsLockedUntilItIsEnded()
    {
        await using var server = await EdgeServer.StartAsync();
        await SendAsync(server, "one", 204);
        await SendAsync(server, "two", 204);
        var (first, text) = await ReceiveAsync(server);
        Assert.Equal("one", text);
        Assert.Equal("two", (await ReceiveAsync(server)).Body);
        Assert.Equal("", (await ReceiveAsync(server)).Body);
        // Given back it comes again, under another lock; the old one is worth nothing.
        Assert.Equal(204, await DeviceAsync(server, "POST", $"{Path}/{first}/abandon"));
        var (second, again) = await ReceiveAsync(server);
        Assert.Equal("one", again);
        Assert.Equal(412, await DeviceAsync(server, "DELETE", $"{Path}/{first}"));
        Assert.Equal(204, await DeviceAsync(server, "DELETE", $"{Path}/{second}"));
        // A lock that nobody ends is over after a minute.
        server.Time.Push(TimeSpan.FromSeconds(61));
        var (third, late) = await ReceiveAsync(server);
        Assert.Equal("two", late);
        Assert.Equal(204, await DeviceAsync(server, "DELETE", $"{Path}/{third}?reject"));
        Assert.Equal(0, server.Get<CloudMessages>().CountOf("cab-1"));
    }

    [Fact]
    public async Task AMessageIsGivenUpAfterTenDeliveries()
    {
        await using var server = await EdgeServer.StartAsync();
        await SendAsync(server, "one", 204);
        for (var delivery = 1; delivery <= 10; delivery++)
        {
            var (token, body) = await ReceiveAsync(server);
            Assert.Equal("one", body);
            Assert.Equal(204, await DeviceAsync(server, "POST", $"{Path}/{token}/abandon"));
        }

        Assert.Equal("", (await ReceiveAsync(server)).Body);
        Assert.Equal(0, server.Get<CloudMessages>().CountOf("cab-1"));
    }

    [Fact]
    public async Task WhatIsTooLargeOrTooLongIsRefused()
    {
        await using var server = await EdgeServer.StartAsync();
        await SendAsync(server, new string('x', 64 * 1024), 204);
        await SendAsync(server, new string('x', 64 * 1024), 413, ("iothub-app-a", "b"));
        await SendAsync(server, new string('x', 64 * 1024 + 1), 413);
        await SendAsync(server, "x", 400, ("iothub-expiry", server.Time.GetUtcNow().AddDays(3).ToString("o")));
        await SendAsync(server, "x", 400, ("iothub-expiry", "tomorrow"));
        Assert.Equal(404, (await HubClient.AskAsync(server, "POST", Path.Replace("cab-1", "no", StringComparison.Ordinal), "x")).Status);
    }

    [Fact]
    public async Task AFullHubTakesNoMore()
    {
        await using var server = await EdgeServer.StartAsync(
            services: services => services.AddSingleton(new HubLimits { CloudMessagesBytesMax = 10 }));
        await SendAsync(server, "123456", 204);
        await SendAsync(server, "12345", 429);
        await HubClient.AskAsync(server, "DELETE", "/devices/cab-1/commands");
        await SendAsync(server, "12345", 204);
    }

    private static async Task SendAsync(
        EdgeServer server, string body, int expected, params (string Name, string Value)[] headers) =>
        Assert.Equal(expected, (await HubClient.AskAsync(server, "POST", Path, body, null, headers)).Status);

    private static async Task<int> DeviceAsync(EdgeServer server, string method, string path) =>
        (await HubClient.AskAsync(server, method, path, null, server.TokenOf("cab-1"))).Status;

    private static async Task<(string Token, string Body)> ReceiveAsync(EdgeServer server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Http.BaseAddress!, Path));
        request.Headers.TryAddWithoutValidation("Authorization", server.TokenOf("cab-1"));
        using var answer = await server.Http.SendAsync(request);
        return (answer.Headers.ETag?.Tag.Trim('"') ?? "", await answer.Content.ReadAsStringAsync());
    }

    private static async Task<RawClient> SubscribedAsync(EdgeServer server)
    {
        var device = await RawClient.AdmittedAsync(server, Packets.V311, "cab-1", isClean: false);
        await device.SendAsync(Packets.Subscribe(Packets.V311, 1, (Filter, 1)));
        Assert.Equal(0x90, (await device.ReadAsync())[0]);
        return device;
    }
}
