using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.Provisioning;

/// <summary>Devices that register: what they are given, and every way to be refused.</summary>
public sealed class RegistrationTests
{
    private static readonly byte[] s_admitted = [0x20, 2, 0, 0];
    private static readonly byte[] s_refused = [0x20, 2, 0, 5];

    [Fact]
    public async Task ARegistrationOverMqttIsAnsweredAndMayBeAskedForAgain()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        using var device = await RawClient.ConnectAsync(server.MqttPort);
        await device.AdmitAsync(Packets.Connect(
            Packets.V311, "m-1", Enrolment.UserName(Enrolment.ScopeOf(server), "m-1"), Enrolment.Token(server, "m-1")));
        await device.SendAsync(Packets.Subscribe(
            Packets.V311, 1, ("$dps/registrations/res/#", 1), ("$iothub/twin/res/#", 0)));
        // The other filter is a device's, which it is not yet.
        Assert.Equal([0x90, 4, 0, 1, 1, 0x80], await device.ReadAsync());
        await device.SendAsync(Packets.Publish(
            Packets.V311, "$dps/registrations/PUT/iotdps-register/?$rid=r1", """{"registrationId":"m-1"}""", qos: 0));
        var (topic, payload) = await HubClient.HearAsync(device);
        Assert.Equal("$dps/registrations/res/200/?$rid=r1", topic);
        var answer = JsonNode.Parse(payload)!;
        var state = answer["registrationState"]!;
        Assert.Equal(
            ("assigned", "m-1", "meters"),
            (answer["status"]!.GetValue<string>(), state["deviceId"]!.GetValue<string>(),
                state["symmetricKey"]!["enrollmentGroupId"]!.GetValue<string>()));
        await device.SendAsync(Packets.Acknowledge(4, 1), Packets.Publish(
            Packets.V311,
            $"$dps/registrations/GET/iotdps-get-operationstatus/?$rid=r2&operationId={answer["operationId"]}", " ", qos: 0));
        (topic, payload) = await HubClient.HearAsync(device);
        Assert.Equal("$dps/registrations/res/200/?$rid=r2", topic);
        Assert.Equal("assigned", JsonNode.Parse(payload)!["status"]!.GetValue<string>());
        // Its telemetry is another connection's matter: 3.1.1 knows no other refusal.
        await device.SendAsync(
            Packets.Acknowledge(4, 2), Packets.Publish(Packets.V311, "devices/m-1/messages/events/", "{}", qos: 0));
        Assert.Empty(await device.ReadAsync());
    }

    [Fact]
    public async Task WhatWasAnsweredIsOnDiskAndTheSameAfterwards()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server, more: ""","initialTwin":{"tags":{"lot":"A"},"properties":{"desired":{"n":1}}}""");
        var first = await Enrolment.RegisterAsync(server, "m-1");
        Assert.Equal("assigned", first.Body["status"]!.GetValue<string>());
        Assert.True(DeviceRegistry.Open(server.DataFolder).TryGet("m-1", out var kept));
        Assert.Equal(Enrolment.DeviceKey("m-1"), Convert.ToBase64String(kept.PrimaryKey));
        Assert.Contains("\"lot\":\"A\"", await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "hub-twins.ndjson")));
        var group = new EnrolmentGroups(server.DataFolder, new ProvisioningLimits(), new DigitalTwin.Gateway.IotHub.HubLimits());
        Assert.Equal(Enrolment.ScopeOf(server), group.IdScope);
        Assert.Equal(Enrolment.GroupKey, Convert.ToBase64String(group.Find("meters")!.Keys!.Primary));

        // The twin is the service's from now on: a second registration lays nothing over it.
        await HubClient.AskAsync(server, "PATCH", "/twins/m-1", """{"tags":{"lot":"B"},"properties":{"desired":{"n":2}}}""");
        var lines = (await File.ReadAllLinesAsync(Path.Combine(server.DataFolder, "devices.ndjson"))).Length;
        var again = await Enrolment.RegisterAsync(server, "m-1");
        Assert.Equal(first.Body["operationId"]!.GetValue<string>(), again.Body["operationId"]!.GetValue<string>());
        Assert.Equal(lines, (await File.ReadAllLinesAsync(Path.Combine(server.DataFolder, "devices.ndjson"))).Length);
        var twin = (await HubClient.AskAsync(server, "GET", "/twins/m-1")).Body!;
        Assert.Equal(("B", 2), (twin["tags"]!["lot"]!.GetValue<string>(), twin["properties"]!["desired"]!["n"]!.GetValue<int>()));
    }

    [Fact]
    public async Task EitherKeyOfTheGroupIsGoodAndARotatedOneReachesTheDevice()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        var second = Enrolment.Token(server, "m-1", Enrolment.DeviceKey("m-1", Enrolment.SecondKey));
        Assert.Equal("assigned", (await Enrolment.RegisterAsync(server, "m-1", second)).Body["status"]!.GetValue<string>());
        var third = Convert.ToBase64String(Enumerable.Repeat((byte)3, 32).ToArray());
        await Enrolment.AddGroupAsync(server, primary: Enrolment.SecondKey, secondary: third);
        Assert.Equal(401, (await Enrolment.RegisterAsync(server, "m-1")).Status);
        Assert.Equal("assigned", (await Enrolment.RegisterAsync(server, "m-1", second)).Body["status"]!.GetValue<string>());
        Assert.True(server.Devices.TryGet("m-1", out var identity));
        Assert.Equal(
            (Enrolment.DeviceKey("m-1", Enrolment.SecondKey), Enrolment.DeviceKey("m-1", third)),
            (Convert.ToBase64String(identity.PrimaryKey), Convert.ToBase64String(identity.SecondaryKey)));
    }

    [Fact]
    public async Task WhoProvesNothingIsRefused()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        var scope = Enrolment.ScopeOf(server);
        var now = server.Time.GetUtcNow();
        var good = Enrolment.Token(server, "m-1");
        var expired = Enrolment.Token(scope, "m-1", Enrolment.DeviceKey("m-1"), now.AddMinutes(-1));
        var otherScope = Enrolment.Token("0neOTHER", "m-1", Enrolment.DeviceKey("m-1"), now.AddHours(1));
        var otherId = Enrolment.Token(server, "m-2");
        var policy = good.Replace("skn=registration", "skn=device", StringComparison.Ordinal);
        foreach (var token in (string[])[Enrolment.Token(server, "m-1", Enrolment.GroupKey), expired, otherScope, otherId, policy, "nonsense"])
        {
            var (status, body) = await Enrolment.RegisterAsync(server, "m-1", token);
            Assert.Equal((401, 401_002), (status, body["errorCode"]!.GetValue<int>()));
            Assert.Equal(s_refused, await ConnectAsync(server, scope, "m-1", token));
        }

        Assert.Equal(404_001, (await Enrolment.RegisterAsync(server, "m-1", otherScope, scope: "0neOTHER")).Body["errorCode"]!.GetValue<int>());
        Assert.Equal(s_refused, await ConnectAsync(server, "0neOTHER", "m-1", otherScope));
        Assert.Equal(s_admitted, await ConnectAsync(server, scope, "m-1", good));
        Assert.False(server.Devices.TryGet("m-1", out _));
        Assert.Equal(
            (12, 2),
            (server.Rejects.CountOf(DigitalTwin.Gateway.Ingest.RejectReason.BadCredentials),
                server.Rejects.CountOf(DigitalTwin.Gateway.Ingest.RejectReason.ExpiredCredentials)));
    }

    [Fact]
    public async Task AnIdThatNoDeviceMayHaveIsRefused()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        var id = new string('m', 65);
        var (status, body) = await Enrolment.RegisterAsync(server, id);
        Assert.Equal((400, 400_004), (status, body["errorCode"]!.GetValue<int>()));
        Assert.Equal([0x20, 2, 0, 2], await ConnectAsync(server, Enrolment.ScopeOf(server), id, Enrolment.Token(server, id)));
        // The body may not ask for another than the token proves.
        (status, _) = await Enrolment.RegisterAsync(server, "m-1", body: """{"registrationId":"m-2"}""");
        Assert.Equal(400, status);
        Assert.Equal(400, (await Enrolment.RegisterAsync(server, "m-1", body: "[]")).Status);
        Assert.Equal(0, server.Devices.List().Count(device => device.Id.StartsWith('m')));
    }

    [Fact]
    public async Task ADisabledGroupOrDeviceIsToldSo()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        await Enrolment.RegisterAsync(server, "m-1");
        await HubClient.AskAsync(server, "PUT", "/devices/m-1", """{"deviceId":"m-1","status":"disabled"}""", null, ("If-Match", "*"));
        var (status, body) = await Enrolment.RegisterAsync(server, "m-1");
        Assert.Equal((200, "disabled"), (status, body["status"]!.GetValue<string>()));
        Assert.True(server.Devices.TryGet("m-1", out var device));
        Assert.Equal((DeviceStatus.Disabled, "meters"), (device.Status, device.Group));

        await HubClient.AskAsync(server, "PUT", "/enrollmentGroups/meters", """{"provisioningStatus":"disabled"}""");
        (status, body) = await Enrolment.RegisterAsync(server, "m-2");
        Assert.Equal((200, "disabled"), (status, body["registrationState"]!["status"]!.GetValue<string>()));
        Assert.False(server.Devices.TryGet("m-2", out _));
        var reject = await server.NewestRejectAsync("device-disabled");
        Assert.Contains("'meters' is disabled", reject.GetProperty("detail").GetString());
        Assert.Equal(2, server.Rejects.CountOf(DigitalTwin.Gateway.Ingest.RejectReason.DeviceDisabled));
    }

    [Fact]
    public async Task ADeviceOfAnotherGroupOrOfNoneIsNotTakenOver()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        var other = Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());
        await Enrolment.AddGroupAsync(server, "others", ""","adoptsKnownDevices":true""", other, other);
        await Enrolment.RegisterAsync(server, "m-1");
        var (status, body) = await Enrolment.RegisterAsync(server, "m-1", Enrolment.Token(server, "m-1", Enrolment.DeviceKey("m-1", other)));
        Assert.Equal((409, 409_000), (status, body["errorCode"]!.GetValue<int>()));
        Assert.Equal("meters", GroupOf(server, "m-1"));

        // The city has made this one; only a group that says so may have it.
        Assert.True(server.Devices.TryGet("cab-1", out var before));
        Assert.Equal(409, (await Enrolment.RegisterAsync(server, "cab-1")).Status);
        Assert.True(server.Devices.TryGet("cab-1", out var kept));
        Assert.Equal(before.Etag, kept.Etag);
        Assert.Equal(2, server.Rejects.CountOf(DigitalTwin.Gateway.Ingest.RejectReason.ForeignDevice));
        var adopted = await Enrolment.RegisterAsync(server, "cab-1", Enrolment.Token(server, "cab-1", Enrolment.DeviceKey("cab-1", other)));
        Assert.Equal("assigned", adopted.Body["status"]!.GetValue<string>());
        Assert.True(server.Devices.TryGet("cab-1", out kept));
        Assert.Equal((Enrolment.DeviceKey("cab-1", other), "others"), (Convert.ToBase64String(kept.PrimaryKey), kept.Group));
    }

    [Fact]
    public async Task ADeviceWithTheKeysThatItsGroupMakesIsConfirmed()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        await HubClient.AskAsync(server, "PUT", "/devices/m-1",
            $$$$"""{"deviceId":"m-1","authentication":{"symmetricKey":{"primaryKey":"{{{{Enrolment.DeviceKey("m-1")}}}}","secondaryKey":"{{{{Enrolment.DeviceKey("m-1", Enrolment.SecondKey)}}}}"}}}""");
        Assert.Equal("assigned", (await Enrolment.RegisterAsync(server, "m-1")).Body["status"]!.GetValue<string>());
        Assert.Equal("meters", GroupOf(server, "m-1"));
    }

    [Fact]
    public async Task OnlyACertificateThatTheGroupsAuthoritySignedForTheDeviceIsGood()
    {
        using var root = Enrolment.Authority("root");
        using var authority = Enrolment.Signed(root, "factory", isAuthority: true);
        using var namesake = Enrolment.Signed(root, "factory", isAuthority: true);
        using var stranger = Enrolment.Authority("factory");
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        await Enrolment.AddAuthorityAsync(server, "probes", authority);
        var scope = Enrolment.ScopeOf(server);
        foreach (var (signer, name, isGood) in (IEnumerable<(X509Certificate2, string, bool)>)
            [(authority, "p-1", true), (authority, "p-2", false), (stranger, "p-1", false), (namesake, "p-1", false), (root, "p-1", false)])
        {
            using var certificate = Enrolment.Signed(signer, name);
            Assert.Equal(isGood ? s_admitted : s_refused, await ConnectAsync(server, scope, "p-1", null, certificate));
        }

        using var self = Enrolment.Authority("p-1");
        Assert.Equal(s_refused, await ConnectAsync(server, scope, "p-1", null, self));
        Assert.Equal(s_refused, await ConnectAsync(server, scope, "p-1", null));
        using var good = Enrolment.Signed(authority, "p-1");
        server.Time.Push(TimeSpan.FromDays(40));
        Assert.Equal(s_refused, await ConnectAsync(server, scope, "p-1", null, good));
    }

    [Fact]
    public async Task MoreRegistrationsThanMayBeASecondAreToldToComeLater()
    {
        await using var server = await EdgeServer.StartAsync(
            services: services => services.AddSingleton(new ProvisioningLimits { RegistrationsPerSecondMax = 0 }));
        await Enrolment.AddGroupAsync(server);
        var answer = await HubClient.AskAsync(
            server, "PUT", $"/{Enrolment.ScopeOf(server)}/registrations/m-1/register", "{}", Enrolment.Token(server, "m-1"));
        Assert.Equal((429, 429_001), (answer.Status, answer.Body!["errorCode"]!.GetValue<int>()));
        Assert.Equal("3", answer.Headers.RetryAfter!.ToString());
        Assert.False(server.Devices.TryGet("m-1", out _));
    }

    [Fact]
    public async Task TheStateOfARegistrationIsToldToTheDeviceAndToServices()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server, more: ""","iotHubHostName":"hub.city.example" """);
        var path = $"/{Enrolment.ScopeOf(server)}/registrations/m-1";
        Assert.Equal(404, (await HubClient.AskAsync(server, "POST", path, "{}", Enrolment.Token(server, "m-1"))).Status);
        var operation = (await Enrolment.RegisterAsync(server, "m-1")).Body["operationId"]!.GetValue<string>();
        var state = await HubClient.AskAsync(server, "POST", path, "{}", Enrolment.Token(server, "m-1"));
        Assert.Equal(("assigned", "hub.city.example"), (state.Body!["status"]!.GetValue<string>(), state.Body["assignedHub"]!.GetValue<string>()));
        Assert.Equal(200, (await HubClient.AskAsync(server, "GET", $"{path}/operations/{operation}", null, Enrolment.Token(server, "m-1"))).Status);
        Assert.Equal(404, (await HubClient.AskAsync(server, "GET", $"{path}/operations/5.other", null, Enrolment.Token(server, "m-1"))).Status);
        var listed = await HubClient.AskAsync(server, "POST", "/registrations/meters/query", """{"query":"*"}""");
        Assert.Equal("m-1", Assert.Single(listed.Body!.AsArray())!["registrationId"]!.GetValue<string>());
        Assert.Equal(200, (await HubClient.AskAsync(server, "GET", "/registrations/m-1")).Status);
        Assert.Equal(401, (await HubClient.AskAsync(server, "GET", "/registrations/m-1", null, Enrolment.Token(server, "m-1"))).Status);
    }

    private static string? GroupOf(EdgeServer server, string id) =>
        server.Devices.TryGet(id, out var identity) ? identity.Group : null;

    private static Task<byte[]> ConnectAsync(
        EdgeServer server, string scope, string id, string? token, X509Certificate2? certificate = null) =>
        TlsClient.ConnectAsync(
            server, Packets.Connect(Packets.V311, id, Enrolment.UserName(scope, id), token), certificate);
}
