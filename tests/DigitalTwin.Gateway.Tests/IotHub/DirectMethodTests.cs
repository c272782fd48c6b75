using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>Direct methods: from REST to the device and back.</summary>
public sealed class DirectMethodTests
{
    private const string Call = """{"methodName":"dim","payload":{"level":40},"responseTimeoutInSeconds":60}""";

    [Fact]
    public async Task TheDevicesAnswerIsTheCallers()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server);
        var call = HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", Call);
        var (topic, payload) = await HubClient.HearAsync(device);
        Assert.StartsWith("$iothub/methods/POST/dim/?$rid=", topic, StringComparison.Ordinal);
        Assert.Equal("""{"level":40}""", payload);
        var requestId = topic[(topic.IndexOf('=', StringComparison.Ordinal) + 1)..];
        await HubClient.PublishAsync(device, $"$iothub/methods/res/207/?$rid={requestId}", """{"ok":true}""");
        var (status, body, _) = await call;
        Assert.Equal(200, status);
        Assert.Equal("""{"status":207,"payload":{"ok":true}}""", body!.ToJsonString());
    }

    [Fact]
    public async Task AnotherDeviceCannotAnswer()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server);
        using var other = await HubClient.DeviceAsync(server, "air-1");
        var call = HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", Call);
        var requestId = (await HubClient.HearAsync(device)).Topic.Split('=')[1];
        await HubClient.PublishAsync(other, $"$iothub/methods/res/200/?$rid={requestId}", "1");
        await HubClient.PublishAsync(other, "$iothub/twin/GET/?$rid=1", "");
        // Its own answer shows that what it published before is dealt with.
        await HubClient.HearAsync(other);
        await HubClient.PublishAsync(device, $"$iothub/methods/res/200/?$rid={requestId}", "2");
        Assert.Equal(2, (await call).Body!["payload"]!.GetValue<int>());
    }

    [Fact]
    public async Task WhoIsNotThereIsNotWaitedForUnlessAsked()
    {
        await using var server = await EdgeServer.StartAsync();
        var offline = await HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", Call);
        Assert.Equal((404, "DeviceNotOnline"), (offline.Status, Assert.Single(offline.Headers.GetValues("iothub-errorcode"))));
        var unknown = await HubClient.AskAsync(server, "POST", "/twins/nobody/methods", Call);
        Assert.Equal((404, "DeviceNotFound"), (unknown.Status, Assert.Single(unknown.Headers.GetValues("iothub-errorcode"))));

        var call = HubClient.AskAsync(
            server, "POST", "/twins/cab-1/methods", """{"methodName":"dim","connectTimeoutInSeconds":60}""");
        using var device = await HubClient.DeviceAsync(server);
        var requestId = (await HubClient.HearAsync(device)).Topic.Split('=')[1];
        await HubClient.PublishAsync(device, $"$iothub/methods/res/200/?$rid={requestId}", "");
        Assert.Equal(200, (await call).Status);
    }

    // Requests used to be counted from 1 at every start, so that an answer of before went to whoever asked first.
    [Fact]
    public async Task AnAnswerToWhatWasAskedBeforeARestartIsNobodys()
    {
        var requests = new List<string>();
        for (var start = 0; start < 2; start++)
        {
            await using var server = await EdgeServer.StartAsync();
            using var device = await HubClient.DeviceAsync(server);
            var call = HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", Call);
            requests.Add((await HubClient.HearAsync(device)).Topic.Split('=')[1]);
            foreach (var request in requests)
                await HubClient.PublishAsync(device, $"$iothub/methods/res/200/?$rid={request}", $"\"{request}\"");
            Assert.Equal(requests[^1], (await call).Body!["payload"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task AnAnswerThatIsNotJsonIsNamed()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server);
        var call = HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", Call);
        var requestId = (await HubClient.HearAsync(device)).Topic.Split('=')[1];
        await HubClient.PublishAsync(device, $"$iothub/methods/res/200/?$rid={requestId}", "{");
        Assert.Equal(502, (await call).Status);
    }

    [Theory]
    [InlineData("""{"payload":1}""")]
    [InlineData("""{"methodName":"a/b"}""")]
    [InlineData("""{"methodName":"dim","responseTimeoutInSeconds":4}""")]
    [InlineData("""{"methodName":"dim","responseTimeoutInSeconds":301}""")]
    [InlineData("""{"methodName":"dim","connectTimeoutInSeconds":301}""")]
    [InlineData("""[]""")]
    public async Task AMalformedCallIsRefused(string call)
    {
        await using var server = await EdgeServer.StartAsync();
        Assert.Equal(400, (await HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", call)).Status);
    }

    [Fact]
    public async Task WhoDoesNotAnswerInTimeIsNotWaitedFor()
    {
        await using var server = await StartAsync(new HubLimits { MethodSecondsMin = 0 });
        using var device = await HubClient.DeviceAsync(server);
        const string AtOnce = """{"methodName":"dim","responseTimeoutInSeconds":0}""";
        Assert.Equal(504, (await HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", AtOnce)).Status);
        // An answer that comes too late is nobody's, and does no harm.
        var requestId = (await HubClient.HearAsync(device)).Topic.Split('=')[1];
        await HubClient.PublishAsync(device, $"$iothub/methods/res/200/?$rid={requestId}", "1");
        var call = HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", Call);
        var nextId = (await HubClient.HearAsync(device)).Topic.Split('=')[1];
        await HubClient.PublishAsync(device, $"$iothub/methods/res/200/?$rid={nextId}", "2");
        Assert.Equal(2, (await call).Body!["payload"]!.GetValue<int>());
    }

    [Fact]
    public async Task NoMoreCallsWaitThanMayAndNoneIsTooLarge()
    {
        await using var server = await StartAsync(new HubLimits { MethodsPerDeviceMax = 1 });
        using var device = await HubClient.DeviceAsync(server);
        var first = HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", Call);
        var requestId = (await HubClient.HearAsync(device)).Topic.Split('=')[1];
        Assert.Equal(429, (await HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", Call)).Status);
        await HubClient.PublishAsync(device, $"$iothub/methods/res/200/?$rid={requestId}", "1");
        Assert.Equal(200, (await first).Status);
        var large = $$"""{"methodName":"dim","payload":"{{new string('x', 128 * 1024 - 1)}}"}""";
        Assert.Equal(413, (await HubClient.AskAsync(server, "POST", "/twins/cab-1/methods", large)).Status);
    }

    private static Task<EdgeServer> StartAsync(HubLimits limits) =>
        EdgeServer.StartAsync(services: services => services.AddSingleton(limits));
}
