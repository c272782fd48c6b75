using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.Mqtt;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>The identity registry over REST, and who may use it.</summary>
public sealed class RegistryApiTests
{
    [Fact]
    public async Task ADeviceIsMadeChangedAndDeleted()
    {
        await using var server = await EdgeServer.StartAsync();
        var made = await HubClient.AskAsync(server, "PUT", "/devices/new-1", """{"deviceId":"new-1"}""");
        Assert.Equal(200, made.Status);
        var first = KeysOf(made.Body!);
        Assert.Equal(DeviceIdentity.KeyBytes, Convert.FromBase64String(first.Primary).Length);
        Assert.Equal(409, (await HubClient.AskAsync(server, "PUT", "/devices/new-1", """{"deviceId":"new-1"}""")).Status);

        // Rotation: the secondary key becomes the primary, and a new one takes its place.
        var third = Convert.ToBase64String(Enumerable.Repeat((byte)3, DeviceIdentity.KeyBytes).ToArray());
        var rotated = $$$$"""{"deviceId":"new-1","authentication":{"symmetricKey":{"primaryKey":"{{{{first.Secondary}}}}","secondaryKey":"{{{{third}}}}"}}}""";
        var etag = made.Body!["etag"]!.GetValue<string>();
        Assert.Equal(200, (await HubClient.AskAsync(server, "PUT", "/devices/new-1", rotated, null, ("If-Match", etag))).Status);
        Assert.Equal(412, (await HubClient.AskAsync(server, "PUT", "/devices/new-1", rotated, null, ("If-Match", etag))).Status);
        var read = await HubClient.AskAsync(server, "GET", "/devices/new-1");
        Assert.Equal((first.Secondary, third), KeysOf(read.Body!));
        Assert.Equal(200, await PostAsync(server, first.Secondary));
        Assert.Equal(200, await PostAsync(server, third));
        Assert.Equal(401, await PostAsync(server, first.Primary));

        Assert.Equal(412, (await HubClient.AskAsync(server, "DELETE", "/devices/new-1", null, null, ("If-Match", etag))).Status);
        Assert.Equal(204, (await HubClient.AskAsync(server, "DELETE", "/devices/new-1", null, null, ("If-Match", "*"))).Status);
        Assert.Equal(404, (await HubClient.AskAsync(server, "GET", "/devices/new-1")).Status);
        // What is on disk is the same.
        Assert.False(DeviceRegistry.Open(server.DataFolder).TryGet("new-1", out _));
    }

    [Fact]
    public async Task ADisabledDeviceIsDisconnectedAtOnce()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server);
        var disabled = await HubClient.AskAsync(
            server, "PUT", "/devices/cab-1", """{"deviceId":"cab-1","status":"disabled"}""", null, ("If-Match", "*"));
        Assert.Equal("disabled", disabled.Body!["status"]!.GetValue<string>());
        Assert.Empty(await device.RestAsync());
        Assert.Equal(
            "Disconnected", (await HubClient.AskAsync(server, "GET", "/devices/cab-1")).Body!["connectionState"]!.GetValue<string>());
    }

    [Fact]
    public async Task ABulkRequestSaysWhichDevicesFailed()
    {
        await using var server = await EdgeServer.StartAsync();
        var good = await HubClient.AskAsync(server, "POST", "/devices",
            """[{"id":"n-1","importMode":"create"},{"id":"n-2","importMode":"createOrUpdate","status":"disabled"}]""");
        Assert.True(good.Body!["isSuccessful"]!.GetValue<bool>());
        var mixed = await HubClient.AskAsync(server, "POST", "/devices",
            """[{"id":"n-1","importMode":"create"},{"id":"n-3","importMode":"update"},{"id":"n-2","importMode":"Delete"},{"id":"n/4"}]""");
        Assert.Equal(400, mixed.Status);
        Assert.Equal(
            [("n-1", "DeviceAlreadyExists"), ("n-3", "DeviceNotFound"), ("n/4", "ArgumentInvalid")],
            mixed.Body!["errors"]!.AsArray().Select(
                one => (one!["deviceId"]!.GetValue<string>(), one["errorCode"]!.GetValue<string>())));
        Assert.False(server.Devices.TryGet("n-2", out _));
        var many = new JsonArray([.. Enumerable.Range(0, 101).Select(i => new JsonObject { ["id"] = $"m-{i}" })]);
        Assert.Equal(400, (await HubClient.AskAsync(server, "POST", "/devices", many.ToJsonString())).Status);
        Assert.False(server.Devices.TryGet("m-0", out _));

        var statistics = (await HubClient.AskAsync(server, "GET", "/statistics/devices")).Body!;
        Assert.Equal(server.Devices.Count, statistics["totalDeviceCount"]!.GetValue<int>());
        var listed = (await HubClient.AskAsync(server, "GET", "/devices?top=2")).Body!.AsArray();
        Assert.Equal(
            server.Devices.List().Take(2).Select(one => one.Id), listed.Select(one => one!["deviceId"]!.GetValue<string>()));
    }

    // Each endpoint with one policy that may and one that may not.
    [Theory]
    [InlineData("GET", "/devices/cab-1", "registryRead", "service")]
    [InlineData("GET", "/devices", "registryRead", "device")]
    [InlineData("GET", "/statistics/devices", "registryReadWrite", "service")]
    [InlineData("DELETE", "/devices/cab-1", "registryReadWrite", "registryRead")]
    [InlineData("GET", "/twins/cab-1", "service", "registryReadWrite")]
    [InlineData("PATCH", "/twins/cab-1", "service", "registryReadWrite")]
    [InlineData("DELETE", "/devices/cab-1/commands", "service", "registryReadWrite")]
    public async Task APolicyMayWhatItsRightsSay(string method, string path, string may, string mayNot)
    {
        await using var server = await EdgeServer.StartAsync();
        var body = method == "PATCH" ? "{}" : null;
        Assert.Equal(401, (await HubClient.AskAsync(server, method, path, body, HubClient.TokenOf(server, mayNot))).Status);
        Assert.Equal(401, (await HubClient.AskAsync(server, method, path, body, server.TokenOf("cab-1"))).Status);
        Assert.Equal(401, (await HubClient.AskAsync(server, method, path, body, "")).Status);
        var forged = HubClient.TokenOf(server, mayNot).Replace($"skn={mayNot}", $"skn={may}", StringComparison.Ordinal);
        Assert.Equal(401, (await HubClient.AskAsync(server, method, path, body, forged)).Status);
        Assert.InRange((await HubClient.AskAsync(server, method, path, body, HubClient.TokenOf(server, may))).Status, 200, 204);
    }

    [Fact]
    public async Task APolicyTokenExpiresAndItsFileIsPrivate()
    {
        await using var server = await EdgeServer.StartAsync();
        var token = HubClient.TokenOf(server);
        Assert.Equal(200, (await HubClient.AskAsync(server, "GET", "/devices", null, token)).Status);
        server.Time.Push(TimeSpan.FromHours(2));
        Assert.Equal(401, (await HubClient.AskAsync(server, "GET", "/devices", null, token)).Status);
        // People copy the keys out of it: none is written with escapes.
        var policies = await File.ReadAllTextAsync(Path.Combine(server.DataFolder, HubPolicies.FileName));
        Assert.DoesNotContain('\\', policies);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Path.Combine(server.DataFolder, HubPolicies.FileName)));
    }

    [Fact]
    public async Task ADeviceConnectsWithATokenOfThePolicyThatMay()
    {
        await using var server = await EdgeServer.StartAsync();
        using var admitted = await RawClient.ConnectAsync(server.MqttPort);
        await admitted.AdmitAsync(Packets.Connect(Packets.V311, "cab-1", "localhost/cab-1/", HubClient.TokenOf(server, "device")));
        using var refused = await RawClient.ConnectAsync(server.MqttPort);
        await refused.SendAsync(Packets.Connect(Packets.V311, "cab-1", "localhost/cab-1/", HubClient.TokenOf(server, "service")));
        Assert.Equal([0x20, 2, 0, 5], await refused.ReadAsync());
    }

    [Fact]
    public async Task WhatTheHubHasNoRoomForIsThrottled()
    {
        await using var server = await EdgeServer.StartAsync(services: services => services.AddSingleton(
            new HubLimits { TwinsBytesMax = 600, QueriesAtOnceMax = 0 }));
        const string Query = """{"query":"SELECT * FROM devices"}""";
        Assert.Equal(429, (await HubClient.AskAsync(server, "POST", "/devices/query", Query)).Status);
        Assert.Equal(200, (await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", """{"tags":{"zone":"A"}}""")).Status);
        var large = $$"""{"tags":{"zone":"{{new string('x', 600)}}"} }""";
        Assert.Equal(429, (await HubClient.AskAsync(server, "PATCH", "/twins/air-1", large)).Status);
        // What was refused is not there, and what there is may still be made smaller.
        Assert.Empty((await HubClient.AskAsync(server, "GET", "/twins/air-1")).Body!["tags"]!.AsObject());
        Assert.Equal(200, (await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", """{"tags":{"zone":null}}""")).Status);

        await using var busy = await EdgeServer.StartAsync(services: services => services.AddSingleton(
            new HubLimits { ServiceRequestsPerSecondMax = 0 }));
        var throttled = await HubClient.AskAsync(busy, "GET", "/devices");
        Assert.Equal((429, "1"), (throttled.Status, throttled.Headers.RetryAfter?.ToString()));
    }

    [Theory]
    [InlineData("/devices/a", true)]
    [InlineData("/twins/a/methods", true)]
    [InlineData("/statistics/devices", true)]
    [InlineData("/twinsx", false)]
    [InlineData("/api/v1/devices", false)]
    [InlineData("/", false)]
    public void TheDevicesPortServesTheHubAndNothingOfThePage(string path, bool isServed) =>
        Assert.Equal(isServed, HubServices.IsServiceApi(path));

    private static (string Primary, string Secondary) KeysOf(JsonNode identity)
    {
        var keys = identity["authentication"]!["symmetricKey"]!;
        return (keys["primaryKey"]!.GetValue<string>(), keys["secondaryKey"]!.GetValue<string>());
    }

    // 401 or not: what the device may say is another matter.
    private static async Task<int> PostAsync(EdgeServer server, string key)
    {
        var token = SasToken.Create(
            "localhost", "new-1", Convert.FromBase64String(key), server.Time.GetUtcNow().AddHours(1));
        var status = (await HubClient.AskAsync(server, "POST", "/devices/new-1/messages/events", "[]", token)).Status;
        return status == 401 ? 401 : 200;
    }
}
