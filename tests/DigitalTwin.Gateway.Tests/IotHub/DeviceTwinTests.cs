using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>Device twins: over MQTT as the device, over REST as the service, and over a restart.</summary>
public sealed class DeviceTwinTests
{
    [Fact]
    public async Task ADeviceReadsItsTwinAndReportsProperties()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server);
        await HubClient.PublishAsync(device, "$iothub/twin/GET/?$rid=a1", " ");
        var (topic, twin) = await HubClient.HearAsync(device);
        Assert.Equal("$iothub/twin/res/200/?$rid=a1", topic);
        AssertJson("""{"desired":{"$version":1},"reported":{"$version":1}}""", twin);

        await HubClient.PublishAsync(
            device, "$iothub/twin/PATCH/properties/reported/?$rid=a2", """{"lamp":{"hours":7,"kind":"LED"},"старый":1}""");
        Assert.Equal(("$iothub/twin/res/204/?$rid=a2&$version=2", ""), await HubClient.HearAsync(device));
        await HubClient.PublishAsync(
            device, "$iothub/twin/PATCH/properties/reported/?$rid=a3", """{"lamp":{"hours":8},"старый":null}""");
        Assert.Equal(("$iothub/twin/res/204/?$rid=a3&$version=3", ""), await HubClient.HearAsync(device));

        var (status, body, _) = await HubClient.AskAsync(server, "GET", "/twins/cab-1");
        Assert.Equal(200, status);
        var reported = body!["properties"]!["reported"]!.AsObject();
        Assert.NotNull(reported["$metadata"]!["lamp"]!["hours"]!["$lastUpdated"]);
        Assert.Null(reported["$metadata"]!["старый"]);
        reported.Remove("$metadata");
        AssertJson("""{"lamp":{"hours":8,"kind":"LED"},"$version":3}""", reported.ToJsonString());
        Assert.Equal("Connected", body["connectionState"]!.GetValue<string>());
    }

    [Fact]
    public async Task AChangeOfDesiredPropertiesReachesTheConnectedDeviceInOrder()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server);
        for (var level = 2; level <= 6; level++)
        {
            var patch = $$$$"""{"tags":{"zone":"A"},"properties":{"desired":{"level":{{{{level}}}}}}}""";
            Assert.Equal(200, (await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", patch)).Status);
        }

        for (var level = 2; level <= 6; level++)
        {
            var (topic, payload) = await HubClient.HearAsync(device);
            Assert.Equal($"$iothub/twin/PATCH/properties/desired/?$version={level}", topic);
            AssertJson($$"""{"level":{{level}},"$version":{{level}}}""", payload);
        }

        // A replacement names what is gone; tags are nobody's business but the service's.
        await HubClient.AskAsync(server, "PUT", "/twins/cab-1", """{"properties":{"desired":{"colour":"warm"}}}""");
        var (_, replaced) = await HubClient.HearAsync(device);
        AssertJson("""{"level":null,"colour":"warm","$version":7}""", replaced);
        await HubClient.PublishAsync(device, "$iothub/twin/GET/?$rid=z", "");
        AssertJson(
            """{"desired":{"colour":"warm","$version":7},"reported":{"$version":1}}""",
            (await HubClient.HearAsync(device)).Payload);
    }

    [Fact]
    public async Task WhoNamesAnOldEtagIsRefused()
    {
        await using var server = await EdgeServer.StartAsync();
        var etag = (await HubClient.AskAsync(server, "GET", "/twins/cab-1")).Headers.ETag!.Tag;
        const string Patch = """{"tags":{"zone":"A"}}""";
        var first = await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", Patch, null, ("If-Match", etag));
        Assert.Equal(200, first.Status);
        var second = await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", Patch, null, ("If-Match", etag));
        Assert.Equal(412, second.Status);
        Assert.Equal("PreconditionFailed", Assert.Single(second.Headers.GetValues("iothub-errorcode")));
        // As the SDK sends a star, and the one that holds now.
        foreach (var good in (string[])["\"\\\"*\\\"\"", "*", "\"*\""])
            Assert.Equal(
                200, (await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", Patch, null, ("If-Match", good))).Status);
        var now = (await HubClient.AskAsync(server, "GET", "/twins/cab-1")).Body!["etag"]!.GetValue<string>();
        Assert.Equal(
            200, (await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", Patch, null, ("If-Match", $"\"{now}\""))).Status);
    }

    [Theory]
    [InlineData("""{"a.b":1}""")]
    [InlineData("""{"$a":1}""")]
    [InlineData("""{"a b":1}""")]
    [InlineData("""{"":1}""")]
    [InlineData("""{"a":4503599627370497}""")]
    [InlineData("""{"a":1e300}""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""[1]""")]
    [InlineData("""{""")]
    [InlineData("""{"1":{"2":{"3":{"4":{"5":{"6":{"7":{"8":{"9":{"10":{"11":1}}}}}}}}}}}""")]
    public async Task WhatATwinMayNotHoldIsRefused(string patch)
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server);
        await HubClient.PublishAsync(device, "$iothub/twin/PATCH/properties/reported/?$rid=1", patch);
        Assert.Equal("$iothub/twin/res/400/?$rid=1", (await HubClient.HearAsync(device)).Topic);
        var answer = await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", $$$"""{"properties":{"desired":{{{patch}}}}}""");
        Assert.Equal(400, answer.Status);
        Assert.Equal(1, (await server.Get<DeviceTwins>().GetAsync("cab-1"))!.Version);
    }

    [Fact]
    public async Task ASectionHasAtMostItsBytes()
    {
        await using var server = await EdgeServer.StartAsync();
        // {"a":[…]} with one-byte numbers and commas: 2n + 7 bytes of n numbers.
        Assert.Equal(200, await TagsAsync((8_192 - 7) / 2));
        Assert.Equal(400, await TagsAsync((8_192 - 7) / 2 + 1));

        async Task<int> TagsAsync(int count)
        {
            var tags = $$"""{"a":[{{string.Join(',', Enumerable.Repeat('1', count))}}]}""";
            Assert.Equal(2 * count + 7, tags.Length);
            return (await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", $$"""{"tags":{{tags}}}""")).Status;
        }
    }

    [Fact]
    public async Task ADeviceThatAsksTooOftenIsTold()
    {
        await using var server = await EdgeServer.StartAsync(
            services: services => services.AddSingleton(new HubLimits { TwinRequestsPerSecondMax = 0 }));
        using var device = await HubClient.DeviceAsync(server);
        await HubClient.PublishAsync(device, "$iothub/twin/GET/?$rid=1", "");
        Assert.Equal("$iothub/twin/res/429/?$rid=1", (await HubClient.HearAsync(device)).Topic);
    }

    [Fact]
    public async Task TwinsSurviveARestartAndGoWithTheirDevice()
    {
        using var folder = new TemporaryFolder("twins-");
        await using (var server = await EdgeServer.StartAsync(sessionFolder: folder.Path))
        {
            await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", """{"tags":{"zone":"Север"}}""");
            await HubClient.AskAsync(server, "PATCH", "/twins/air-1", """{"tags":{"zone":"B"}}""");
            Assert.Equal(204, (await HubClient.AskAsync(server, "DELETE", "/devices/air-1")).Status);
            await HubClient.AskAsync(server, "PUT", "/devices/air-1", """{"deviceId":"air-1"}""");
        }

        // What a crash leaves of a line is as if it had not come.
        await File.AppendAllTextAsync(Path.Combine(folder.Path, DeviceTwins.FileName), """{"deviceId":"cab-1","ver""");
        await using var restarted = await EdgeServer.StartAsync(sessionFolder: folder.Path);
        var kept = await HubClient.AskAsync(restarted, "GET", "/twins/cab-1");
        Assert.Equal("Север", kept.Body!["tags"]!["zone"]!.GetValue<string>());
        Assert.Empty((await HubClient.AskAsync(restarted, "GET", "/twins/air-1")).Body!["tags"]!.AsObject());
    }

    private static void AssertJson(string expected, string actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"{expected}\n{actual}");
}
